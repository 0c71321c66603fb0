"""Detects that neither the user nor a reply was heard for some time."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar

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
from ._idle import IdlePolicy

if TYPE_CHECKING:
    from ..conversation._engine import Engine


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
