"""Notices that nobody has spoken for some time."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import anyio

from . import clock
from .conversation import (
    Disconnected,
    Idle,
    PlayoutFinished,
    ResponseFinished,
    ResponseStarted,
    Router,
    SdkEvent,
    ToolFinished,
    ToolStarted,
    UserSpeechStarted,
    UserSpeechStopped,
)
from .conversation.response_queue import Turn


@dataclass(frozen=True, slots=True)
class WhenIdle:
    """What happens when neither the user has spoken nor a reply was heard for so many seconds.

    The seconds run from the end of the last sound that was heard, or of the user's last turn; they do not run during a
    reply in progress, a running tool or a pause. It happens once, and again only after somebody has spoken.
    """

    seconds: float
    request: Mapping[str, Any] | None = None  # the fields of the response that is asked for; None: none is

    @classmethod
    def tell(cls, seconds: float) -> WhenIdle:
        """Leave it to the application, which gets an `Idle` event."""
        return cls(seconds)

    @classmethod
    def ask(cls, seconds: float, **fields: Any) -> WhenIdle:
        """Emit the event, and ask for a response; `fields` are those of `Session.respond`, such as `instructions`."""
        return cls(seconds, fields)


class IdleWatch:
    """Follows who speaks, by what the session tells, and acts once nobody has for long enough."""

    def __init__(
        self, policy: WhenIdle, router: Router, *, tell: Callable[[SdkEvent], None], ask: Callable[..., object]
    ) -> None:
        self._policy = policy
        self._router = router
        self._tell = tell
        self._ask = ask
        self._since: float | None = None  # wall clock of the last sign of life; None: it was told that there is none
        self._user_speaks = False
        self._calls: set[str] = set()  # ids of the calls that run
        self._news = asyncio.Event()  # set when there was a sign of life

    def notice(self, event: SdkEvent) -> None:
        """Take what the session tells."""
        if (react := self._REACTIONS.get(type(event))) is not None:
            self._since = react(self, event)
            self._news.set()

    async def run(self) -> None:
        """Watch until cancelled."""
        self._since = clock.wall()
        while True:
            self._news.clear()
            with anyio.move_on_after(self._left) as waiting:
                await self._news.wait()
            if waiting.cancelled_caught and self._since is not None:
                self._tell(Idle(clock.wall(), self._since))
                self._since = None
                if self._policy.request is not None:
                    self._ask(**self._policy.request)

    @property
    def _left(self) -> float:
        """Seconds until it is time, as things stand."""
        is_answered = self._calls or self._router.is_speaking or self._router.queue.turn is not Turn.FREE
        if self._since is None or self._user_speaks or is_answered:
            return math.inf
        return max(0.0, self._since + self._policy.seconds - clock.wall())

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
        """Nobody can be asked any more."""

    _REACTIONS: ClassVar[dict[type, Callable[[IdleWatch, Any], float | None]]] = {
        UserSpeechStarted: _user_started,
        UserSpeechStopped: _user_stopped,
        PlayoutFinished: _playout_finished,
        ResponseStarted: _alive,
        ResponseFinished: _alive,
        ToolStarted: _tool_started,
        ToolFinished: _tool_finished,
        Disconnected: _ended,
    }
