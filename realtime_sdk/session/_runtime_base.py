"""The part of a session's runtime that its own parts use: what it has, requests, and the effects to apply."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

from anyio.abc import TaskGroup

from .._runtime import clock
from .._runtime.event_loop import assert_own_loop
from ..conversation._completion import Completion
from ..conversation._effects import Effects
from ..conversation._engine import Engine
from ..conversation._live_response import LiveResponse
from ..conversation._response import Response
from ..conversation._sdk_events import SdkEvent
from ..conversation.requests._requests import Request
from ..tools._active import ActiveTools
from ..turns._controller import TurnController
from ._operation import Operation, failed
from ._rest import Rest
from .connection._link import Link
from .observers._log import SessionLog

T = TypeVar("T")


class RuntimeBase(ABC):
    """The side of a `SessionRuntime` that the parts see which run calls, fill silences, restore and configure."""

    loop: asyncio.AbstractEventLoop
    log: SessionLog
    tasks: TaskGroup
    tools: ActiveTools
    link: Link
    engine: Engine
    controller: TurnController
    rest: Rest
    emit: Callable[[SdkEvent], None]

    @abstractmethod
    def apply(self, effects: Effects) -> list[Completion[None]]:
        """Apply effects; return a completion for each event to send, which is set once it is on its way."""

    def refusal(self, kind: str, name: str, count: int = 1) -> Operation[Any] | None:
        """A failed operation in place of one that sends `count` events of this type, once the connection has ended."""
        if self.link.end_reason is None:
            return None
        self.log.not_sent(kind, count)
        return failed(self.link.end_reason, name)

    def request(self, request: Request[T], effects: Effects, name: str) -> Operation[T]:
        """Apply the effects of a request, which is withdrawn once its caller gives up."""
        self.apply(effects)
        return Operation(request.answer, name, partial(self.withdraw, request))

    def cancel(self, response: LiveResponse, done: Completion[Response]) -> Operation[Response]:
        """Silence a response; `done` is set once the server has ended it."""
        assert_own_loop(self.loop, "cancel")
        self.apply(self.controller.cancel([response], clock.wall()))
        return Operation(done, "Response.cancel")

    def withdraw(self, request: Request[Any]) -> None:
        """Withdraw a request whose caller gave up; a response that has begun is cancelled."""
        at = clock.wall()
        if isinstance(begun := request.answer.result, LiveResponse):  # it began just as its caller gave up
            self.apply(self.controller.cancel([begun], at))
        self.apply(self.engine.withdraw(request, at))
