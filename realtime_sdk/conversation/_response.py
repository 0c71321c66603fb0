"""A response: what the model makes in one go, an ordered list of items."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Coroutine
from enum import Enum
from typing import Any, Final, TypeAlias

from ..protocol._codec import ClientEvent
from ..protocol._objects import StatusDetails, WireResponse
from ._completion import Completion, NewEvent
from ._items import FunctionCallItem, OtherItem
from ._message import MessageItem
from ._playouts import Playout
from ._streams import ReplayableStream

TAG: Final = "realtime_sdk"
"""Key of the metadata entry by which a response is matched with the request for it."""

ResponseItem: TypeAlias = MessageItem | FunctionCallItem | OtherItem
"""What a model makes; `item.type` tells which."""

Cancel: TypeAlias = "Callable[[Response, Completion[Response]], Coroutine[Any, Any, Response]]"
"""How the session cancels a response; the completion is set once the server has ended it."""


class ResponseState(Enum):
    """Whether the server is making a response, and whether it is still wanted."""

    ACTIVE = "active"
    CANCELLING = "cancelling"  # cut, and the server has not ended it: what still comes is dropped
    DONE = "done"  # ended by the server, or by the end of waiting for that
    DISCARDED = "discarded"  # ended, and cut: what comes late is dropped


class ResponseEvent(Enum):
    """What can happen to a response."""

    CUT = "cut"  # interrupted or cancelled from this side
    END = "end"


# A missing entry is a step that changes nothing: a response is cut once and ends once.
TRANSITIONS: Final[dict[tuple[ResponseState, ResponseEvent], ResponseState]] = {
    (ResponseState.ACTIVE, ResponseEvent.CUT): ResponseState.CANCELLING,
    (ResponseState.ACTIVE, ResponseEvent.END): ResponseState.DONE,
    (ResponseState.CANCELLING, ResponseEvent.END): ResponseState.DISCARDED,
    (ResponseState.DONE, ResponseEvent.CUT): ResponseState.DISCARDED,
}


class Response:
    """One response of the model; iterate over it for its items in the order the model made them."""

    def __init__(
        self, wire: WireResponse, new_event: NewEvent, cancel: Cancel, *, out_of_band: bool = False,
        interruptible: bool = True, at: float = 0.0,
    ) -> None:  # fmt: skip
        self.id: str = wire.id
        self.status: str = wire.status or "in_progress"  # then completed, cancelled, incomplete or failed
        self.status_details: StatusDetails | None = wire.status_details  # why it ended as it did
        self.usage: dict[str, Any] | None = None  # the wire's token counts; None until it is done
        self.metadata: dict[str, str] = {key: value for key, value in (wire.metadata or {}).items() if key != TAG}
        self.out_of_band = out_of_band  # it writes to no conversation, and is not played
        self.interruptible = interruptible  # False: the user's speech does not cut it
        self.requested = False  # it answers a request of this side
        self.spoken: bool = wire.output_modalities != ("text",)  # whether its messages have sound
        self.items: list[ResponseItem] = []
        self.state: ResponseState = ResponseState.ACTIVE
        self.last_event_at = at  # wall clock of the last event of it
        self._deferred: list[ClientEvent] | None = None  # sent once the server has ended it; None: sent at once
        self._cancel = cancel
        self._stream: ReplayableStream[ResponseItem] = ReplayableStream(new_event)
        self._done: Completion[Response] = Completion(new_event)

    def __repr__(self) -> str:
        return f"<Response {self.id} {self.status} {len(self.items)} items>"

    def __aiter__(self) -> AsyncIterator[ResponseItem]:
        return aiter(self._stream)

    @property
    def running(self) -> bool:
        """Whether the server is still making it."""
        return self.state in (ResponseState.ACTIVE, ResponseState.CANCELLING)

    @property
    def stopped(self) -> bool:
        """Whether it was cut: what still comes of it is dropped."""
        return self.state in (ResponseState.CANCELLING, ResponseState.DISCARDED)

    @property
    def messages(self) -> list[MessageItem]:
        """Its messages, in order."""
        return [item for item in self.items if isinstance(item, MessageItem)]

    @property
    def complete(self) -> bool:
        """Whether it has items, and the server has ended each of them."""
        return bool(self.items) and all(item.closed for item in self.items)

    @property
    def over(self) -> bool:
        """Whether the server has ended it and each of its items."""
        return not self.running and all(item.closed for item in self.items)

    async def done(self) -> Response:
        """Wait until the server ended it; its sound may go on for long. Returns the response itself."""
        return await self._done.wait()

    async def played(self) -> list[Playout]:
        """Wait until the playout of each of its messages is settled; one `Playout` a message, in order.

        A message that the server adds behind the response's end is not waited for: no reader of the response gets it.
        """
        await self.done()
        return [await item.played() for item in self._stream.values if isinstance(item, MessageItem)]

    def cancel(self) -> Coroutine[Any, Any, Response]:
        """Silence this response and no other, whether the server is done with it or not.

        The server makes no more of it, and what has not sounded never will. It acts when it is called; awaiting what
        it returns waits until the server has ended the response.
        """
        return self._cancel(self, self._done)

    def add(self, item: ResponseItem) -> None:
        """The model began an item."""
        item.response = self
        self.items.append(item)
        if not self._stream.ended:
            self._stream.put(item)

    def cut(self, *, cancelled: bool) -> None:
        """It was interrupted. `cancelled`: the server cancels it by itself, and goes on with it until it does."""
        if cancelled:
            self._deferred = []
        self._step(ResponseEvent.CUT)

    def defer(self, corrections: list[ClientEvent]) -> list[ClientEvent]:
        """Return those of these corrections of its items that can be sent now; the rest waits for its end."""
        if self._deferred is None:
            return corrections
        self._deferred += corrections
        return []

    def flush_deferred(self) -> list[ClientEvent]:
        """Return what has waited for its end."""
        deferred, self._deferred = self._deferred or [], None
        return deferred

    def end(self, wire: WireResponse | None, status: str) -> None:
        """The server ended it (`wire` None: this side gave up waiting, or the connection ended)."""
        self.status = status
        if wire is not None:
            self.status_details, self.usage = wire.status_details, wire.usage
        self._step(ResponseEvent.END)
        self._stream.end()
        self._done.set_result(self)

    def _step(self, happened: ResponseEvent) -> None:
        self.state = TRANSITIONS.get((self.state, happened), self.state)
