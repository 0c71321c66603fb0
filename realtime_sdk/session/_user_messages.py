"""The user's messages on their way: in order, though an image may have to be prepared before one can be sent."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from .._runtime import clock
from .._runtime.event_loop import own_event
from .._runtime.threads import run_in_thread
from ..conversation._completion import Completion
from ..errors import ConnectionLost, RealtimeError
from ..protocol._conversation import ConversationItemCreate
from ._images import Part
from ._runtime import SessionRuntime

PartSource: TypeAlias = Part | Callable[[], Part]
"""A content part, or a function that makes it in a thread."""

@dataclass(frozen=True, slots=True, eq=False)
class _Message:
    """A message that has not been sent."""

    content: Sequence[PartSource]
    respond: bool
    sent: Completion[None]  # done once it is on its way
    at: float  # wall clock at which it was given


class UserMessages:
    """Sends messages in the order in which they were given.

    While one is prepared, those behind it wait, and so do requests for responses, which may be about it.
    """

    def __init__(self, runtime: SessionRuntime) -> None:
        self._runtime = runtime
        self._waiting: deque[_Message] = deque()  # the first one is being prepared

    def send(self, content: Sequence[PartSource], *, respond: bool) -> Completion[None]:
        """Send a message; the completion is set once it is on its way, and fails if it can't be prepared.

        respond: have it answered.
        """
        if not (self._waiting or any(callable(part) for part in content)):
            return self._send(content, respond=respond, at=clock.wall())
        self._runtime.link.connection.require_room()
        message = _Message(content, respond, Completion(own_event()), clock.wall())
        self._waiting.append(message)
        if len(self._waiting) == 1:
            self._runtime.engine.hold_requests()
            self._runtime.tasks.start_soon(self._run)
        return message.sent

    async def _run(self) -> None:
        try:
            while self._waiting:
                await self._prepare(self._waiting[0])
                self._waiting.popleft()
        finally:
            self._drop()  # of a session that is left
            self._runtime.apply(self._runtime.engine.release_requests(clock.wall()))

    async def _prepare(self, message: _Message) -> None:
        try:
            content = [await _made(part) if callable(part) else part for part in message.content]
            sent = self._send(content, respond=message.respond, at=message.at)
        except RealtimeError as failure:
            if not message.sent.waiters:
                self._runtime.log.warning(f"a message of the user's was not sent: {failure}")
            message.sent.set_exception(failure)
        else:
            self._runtime.tasks.start_soon(_complete, message.sent, sent)

    def _send(self, content: Sequence[Any], *, respond: bool, at: float) -> Completion[None]:
        item = {"type": "message", "role": "user", "content": list(content)}
        sent = self._runtime.send(ConversationItemCreate(item=item))
        if respond and self._runtime.link.end_reason is None:
            request, effects = self._runtime.engine.submit_continuation(clock.wall())
            if request is not None:
                self._runtime.turn_timer.sent(at, request)
            self._runtime.apply(effects)
        return sent

    def _drop(self) -> None:
        """Send nothing of what still waits."""
        for message in self._waiting:
            self._runtime.log.not_sent("conversation.item.create")
            message.sent.set_exception(self._runtime.link.end_reason or ConnectionLost("the session has ended"))
        self._waiting.clear()


async def _made(part: Callable[[], Part]) -> Part:
    return await run_in_thread(part, abandon_on_cancel=True)


async def _complete(completion: Completion[None], by: Completion[None]) -> None:
    """Complete one as another one is."""
    try:
        await by
        completion.set_result(None)
    except RealtimeError as failure:
        completion.set_exception(failure)
    finally:
        completion.set_exception(ConnectionLost("the session has ended"))  # where this task is cancelled
