"""Reports that for some time neither the user nor a reply was heard."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from ..conversation._effects import NOTHING, Effects, emitting
from ..conversation._engine import Engine
from ..conversation._sdk_events import (
    Disconnected,
    Idle,
    PlayoutFinished,
    ResponseFinished,
    ResponseStarted,
    SdkEvent,
    ToolFinished,
    ToolStarted,
    UserSpeechStarted,
    UserSpeechStopped,
)


@dataclass(frozen=True, slots=True)
class IdlePolicy:
    """What happens when neither the user has spoken nor a reply was heard for so many seconds.

    The seconds run from the end of the last sound that was heard, or of the user's last turn; they do not run during a
    reply in progress, a running tool or a pause. It happens once, and again only after the next sound of either.
    """

    seconds: float
    request: Mapping[str, Any] | None = None  # the fields of the response that is asked for; None: none is

    @classmethod
    def notify(cls, seconds: float) -> IdlePolicy:
        """Leave it to the application, which gets an `Idle` event."""
        return cls(seconds)

    @classmethod
    def prompt(cls, seconds: float, **fields: Any) -> IdlePolicy:
        """Emit the event, and ask for a response; `fields` are those of `Session.respond`, such as `instructions`."""
        return cls(seconds, fields)


class IdleDetector:
    """Follows who speaks, by what the session emits. Pure; `at` is wall-clock seconds."""

    def __init__(self, policy: IdlePolicy, engine: Engine, at: float) -> None:
        self._policy = policy
        self._engine = engine
        self._since: float | None = at  # wall clock of the last sign of life; None: the silence was reported
        self._user_speaks = False
        self._calls: set[str] = set()  # ids of the calls that run

    @property
    def deadline(self) -> float:
        """The wall-clock time at which the silence is to be reported, as things stand."""
        answering = self._calls or self._engine.speaking or self._engine.response_pending
        if self._since is None or self._user_speaks or answering:
            return math.inf
        return self._since + self._policy.seconds

    def on_event(self, event: SdkEvent) -> None:
        """Take what the session emits."""
        if (react := self._REACTIONS.get(type(event))) is not None:
            self._since = react(self, event)

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

    def _alive(self, event: ResponseStarted | ResponseFinished) -> float:
        return event.at

    def _ended(self, event: Disconnected) -> None:
        """No one can be asked any more."""

    _REACTIONS: ClassVar[dict[type, Callable[[IdleDetector, Any], float | None]]] = {
        UserSpeechStarted: _user_started,
        UserSpeechStopped: _user_stopped,
        PlayoutFinished: _playout_finished,
        ResponseStarted: _alive,
        ResponseFinished: _alive,
        ToolStarted: _tool_started,
        ToolFinished: _tool_finished,
        Disconnected: _ended,
    }
