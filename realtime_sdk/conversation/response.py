"""A response: what the model makes in one go, an ordered list of items."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, TypeAlias

from ..events import ClientEvent, StatusDetails, WireResponse
from .feed import Feed, NewEvent, Outcome
from .items import FunctionCallItem, OtherItem
from .message import MessageItem
from .playouts import Playout

TAG = "realtime_sdk"
"""Key of the metadata entry by which a response is matched with the request for it."""

ResponseItem: TypeAlias = MessageItem | FunctionCallItem | OtherItem
"""What a model makes; `item.type` tells which."""

Cancel: TypeAlias = "Callable[[Response], Awaitable[None]]"


class Response:
    """One response of the model; iterate over it for its items in the order the model made them."""

    def __init__(self, wire: WireResponse, new_event: NewEvent, cancel: Cancel) -> None:
        self.id = wire.id
        self.status = wire.status or "in_progress"  # then completed, cancelled, incomplete or failed
        self.status_details: StatusDetails | None = wire.status_details  # why it ended as it did
        self.usage: dict[str, Any] | None = None  # the wire's token counts; None until it is done
        self.metadata = {k: v for k, v in (wire.metadata or {}).items() if k != TAG}
        self.tag = (wire.metadata or {}).get(TAG)  # which request of ours it answers; None: nobody's
        self.out_of_band = "conversation_id" in wire.model_fields_set and wire.conversation_id is None
        self.spoken = wire.output_modalities != ("text",)  # whether its messages have sound
        self.items: list[ResponseItem] = []
        self.stopped = False  # interrupted: what still comes of it is dropped
        self._owed: list[ClientEvent] | None = None  # to be sent once the server has ended it; None: sent at once
        self._cancel = cancel
        self._feed: Feed[ResponseItem] = Feed(new_event)
        self._done: Outcome[Response] = Outcome(new_event)

    def __repr__(self) -> str:
        return f"<Response {self.id} {self.status} {len(self.items)} items>"

    def __aiter__(self) -> AsyncIterator[ResponseItem]:
        return aiter(self._feed)

    @property
    def running(self) -> bool:
        """Whether the server is still making it."""
        return not self._done.settled

    async def done(self) -> Response:
        """Wait until the server ended it; its sound may go on for long. Returns the response itself."""
        return await self._done.wait()

    async def played(self) -> list[Playout]:
        """Wait until the playout of each of its messages is settled; one `Playout` a message, in order."""
        await self.done()
        return [await item.played() for item in self.items if isinstance(item, MessageItem)]

    async def cancel(self) -> None:
        """Stop it: the server makes no more of it, and what has not sounded never will. Waits until it has ended."""
        if self.running:
            await self._cancel(self)
            await self.done()

    def add(self, item: ResponseItem) -> None:
        """The model began an item."""
        self.items.append(item)
        self._feed.put(item)

    def stop(self, *, cancelled: bool) -> None:
        """It was interrupted. `cancelled`: the server cancels it by itself, and goes on with it until it does."""
        self.stopped = True
        if cancelled:
            self._owed = []

    def owe(self, corrections: list[ClientEvent]) -> list[ClientEvent]:
        """Return what of these events, which put items of it right, can be sent now; the rest waits for its end."""
        if self._owed is None:
            return corrections
        self._owed += corrections
        return []

    def settle(self) -> list[ClientEvent]:
        """Return what has waited for its end."""
        owed, self._owed = self._owed or [], None
        return owed

    def end(self, wire: WireResponse | None, status: str) -> None:
        """The server ended it (`wire` None: the connection did)."""
        self.status = status
        if wire is not None:
            self.status_details, self.usage = wire.status_details, wire.usage
        self._feed.end()
        self._done.set(self)
