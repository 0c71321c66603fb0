"""Detects that neither the user nor a reply was heard for some time."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from .._runtime.arguments import check_seconds
from ..conversation._effects import NOTHING, Effects, emitting
from ..conversation._sdk_events import (
    Disconnected,
    Idle,
    PlayoutFinished,
    Reconnected,
    ResponseFinished,
    ResponseStarted,
    SdkEvent,
    ToolFinished,
    ToolStarted,
    UserSpeechStarted,
    UserSpeechStopped,
)
from ..protocol._field_names import check_response_fields

if TYPE_CHECKING:
    from ..conversation._engine import Engine


@dataclass(frozen=True, slots=True)
class IdlePolicy:
    """The action after a time in which neither the user spoke nor a reply was heard; made by a class method.

    seconds: of silence, from the end of the last reply or of the user's last turn; they do not run during a reply, a
    running tool or a pause. It happens once, and again only after the user or a reply was heard. request: the fields of
    the response that is requested then; None: none is.
    """

    seconds: float
    request: Mapping[str, Any] | None = None

    @classmethod
    def notify(cls, seconds: float) -> IdlePolicy:
        """Emit an `Idle` event, and leave the rest to the application.

        Raises:
            UsageError: `seconds` is no positive number.

        """
        check_seconds("seconds", seconds)
        return cls(seconds)

    @classmethod
    def prompt(cls, seconds: float, **fields: Any) -> IdlePolicy:
        """Emit the event, and request a response; `fields` are those of `Session.respond`, such as `instructions`.

        Raises:
            UsageError: `seconds` is no positive number, or a response has no such field.

        """
        check_seconds("seconds", seconds)
        check_response_fields(fields, caller="IdlePolicy.prompt")
        return cls(seconds, fields)


class IdleDetector:
    """Measures the silence by the events of the session. Pure; `at` is wall-clock seconds."""

    def __init__(self, policy: IdlePolicy, engine: Engine, at: float) -> None:
        self._policy = policy
        self._engine = engine
        self._since: float | None = at  # wall clock of the last activity; None: the silence was reported
        self._user_speaks = False
        self._calls: set[str] = set()  # ids of the calls that run

    @property
    def deadline(self) -> float:
        """The wall-clock time at which the silence is to be reported; infinity: there is none."""
        answering = self._calls or self._engine.speaking or self._engine.response_pending
        if self._since is None or self._user_speaks or answering:
            return math.inf
        return self._since + self._policy.seconds

    def on_event(self, event: SdkEvent) -> None:
        """Record an event of the session."""
        if (handler := self._HANDLERS.get(type(event))) is not None:
            self._since = handler(self, event)

    def expire(self, at: float) -> Effects:
        """Report the silence, once it has lasted."""
        if self._since is None or at < self.deadline:
            return NOTHING
        idle = emitting(Idle(at, self._since))
        self._since = None
        return idle if self._policy.request is None else idle + self._engine.submit(self._policy.request, at)[1]

    def _user_started(self, event: UserSpeechStarted) -> float:
        self._user_speaks = True
        return event.at

    def _user_stopped(self, event: UserSpeechStopped) -> float:
        self._user_speaks = False
        return event.at

    def _playout_finished(self, event: PlayoutFinished) -> float:
        return event.playout.finished_at or event.at

    def _tool_started(self, event: ToolStarted) -> float:
        self._calls.add(event.call.id)
        return event.at

    def _tool_finished(self, event: ToolFinished) -> float:
        self._calls.discard(event.call.id)
        return event.at

    def _active(self, event: ResponseStarted | ResponseFinished | Reconnected) -> float:
        return event.at

    def _disconnected(self, event: Disconnected) -> None:
        """Nothing can be requested: the silence is not reported until there is a connection again."""
        self._user_speaks = False

    _HANDLERS: ClassVar[dict[type, Callable[[IdleDetector, Any], float | None]]] = {
        UserSpeechStarted: _user_started,
        UserSpeechStopped: _user_stopped,
        PlayoutFinished: _playout_finished,
        ResponseStarted: _active,
        ResponseFinished: _active,
        ToolStarted: _tool_started,
        ToolFinished: _tool_finished,
        Disconnected: _disconnected,
        Reconnected: _active,
    }
