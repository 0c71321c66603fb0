"""The user's messages on their way: in order, though an image may have to be prepared before one can be sent."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from ..._runtime import clock
from ..._runtime.event_loop import own_event
from ..._runtime.threads import run_in_thread
from ...conversation._completion import Completion
from ...errors import ConnectionLost, RealtimeError, UsageError
from ...protocol._conversation import ConversationItemCreate
from ._images import Part

if TYPE_CHECKING:
    from ...conversation._effects import Effects
    from ...conversation.requests._requests import ResponseRequest
    from .._runtime import SessionRuntime

PartSource: TypeAlias = Part | Callable[[], Part]
"""A content part, or a function that makes it in a thread."""

WAITING_LIMIT: Final = 100
"""Messages that may wait until they are sent: images may be given faster than they are prepared."""


@dataclass(frozen=True, slots=True, eq=False)
class _Message:
    """A message that has not been sent."""

    content: Sequence[PartSource]
    respond: bool
    sent: Completion[None]  # done once it is on its way
    at: float  # wall clock at which it was given


class UserMessages:
    """Sends messages in the order in which they were given.

    While one is prepared, those behind it wait, and so do later requests for responses, which may be about it.
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
        if len(self._waiting) >= WAITING_LIMIT:
            raise UsageError(f"{WAITING_LIMIT} messages wait for images to be prepared: await one before the next")
        message = _Message(content, respond, Completion(own_event()), clock.wall())
        self._waiting.append(message)
        self._runtime.engine.message_given()
        if len(self._waiting) == 1:
            self._runtime.tasks.start_soon(self._run)
        return message.sent

    async def _run(self) -> None:
        try:
            while self._waiting:
                message = self._waiting[0]
                sent = await self._prepare(message)
                self._waiting.popleft()
                respond = sent and self._is_answered(message.respond)
                request, effects = self._runtime.engine.message_sent(clock.wall(), respond=respond)
                self._requested(request, effects, message.at)
        finally:
            self._drop()  # of a session that is left

    async def _prepare(self, message: _Message) -> bool:
        """Send a message once all its parts are made; returns whether it was sent."""
        try:
            sent = self._create([await _made(part) if callable(part) else part for part in message.content])
        except RealtimeError as failure:
            if not message.sent.waiters:
                self._runtime.log.warning(f"a message of the user's was not sent: {failure}")
            message.sent.set_exception(failure)
            return False
        self._runtime.tasks.start_soon(_complete, message.sent, sent)
        return True

    def _send(self, content: Sequence[Any], *, respond: bool, at: float) -> Completion[None]:
        sent = self._create(content)
        if self._is_answered(respond):
            self._requested(*self._runtime.engine.submit_continuation(clock.wall()), at)
        return sent

    def _create(self, content: Sequence[Any]) -> Completion[None]:
        item = {"type": "message", "role": "user", "content": list(content)}
        return self._runtime.send(ConversationItemCreate(item=item))

    def _is_answered(self, respond: bool) -> bool:
        return respond and self._runtime.link.end_reason is None

    def _requested(self, request: ResponseRequest | None, effects: Effects, at: float) -> None:
        """A response to a message given at wall-clock time `at` is requested; None: it is not."""
        if request is not None:
            self._runtime.turn_reports.timer.sent(at, request)
        self._runtime.apply(effects)

    def _drop(self) -> None:
        """Send nothing of what still waits."""
        for message in self._waiting:
            self._runtime.log.not_sent("conversation.item.create")
            message.sent.set_exception(self._runtime.link.end_reason or ConnectionLost("the session has ended"))
            self._requested(*self._runtime.engine.message_sent(clock.wall(), respond=False), message.at)
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
