"""A response, as an application reads it: what the model makes in one go, an ordered list of items."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from typing import Final, TypeAlias

from ..protocol._objects import ErrorDetails, StatusDetails, WireResponse
from ._completion import Completion, EventFactory, Pending
from ._refusal import refusal_of
from ._session_object import SessionObject
from ._streams import ReplayableStream
from .items._items import FunctionCallItem, OtherItem
from .items._mcp_items import McpApprovalRequestItem, McpCallItem, McpListToolsItem
from .message._message import MessageItem
from .message._playout import Playout
from .usage._usage import Usage

TAG: Final = "realtime_sdk"
"""Key of the metadata entry by which a response is matched with the request for it."""

ResponseItem: TypeAlias = (
    MessageItem | FunctionCallItem | McpCallItem | McpListToolsItem | McpApprovalRequestItem | OtherItem
)
"""An item that a model makes; `item.type` says which."""


class Response(SessionObject, public=True):
    """One response of the model; iterate over it for its items in the order the model made them.

    A session makes responses (`LiveResponse`); the constructor is not for applications.
    """

    def __init__(
        self, wire: WireResponse, event_factory: EventFactory, items: Sequence[ResponseItem],
        cancel: Callable[[Completion[Response]], Pending[Response]],
    ) -> None:  # fmt: skip
        self._id = wire.id
        self._status = wire.status or "in_progress"
        self._status_details = wire.status_details
        self._usage: Usage | None = None
        self._metadata = {key: value for key, value in (wire.metadata or {}).items() if key != TAG}
        self._items = items
        self._cancel = cancel  # has the session cancel it; the completion is set once the server has ended it
        self._stream: ReplayableStream[ResponseItem] = ReplayableStream(event_factory)
        self._done: Completion[Response] = Completion(event_factory)

    def __repr__(self) -> str:
        return f"<Response {self.id} {self.status} {len(self._items)} items>"

    def __aiter__(self) -> AsyncIterator[ResponseItem]:
        return aiter(self._stream)

    @property
    def id(self) -> str:
        """Its id on the server; `""`: the server does not say."""
        return self._id

    @property
    def status(self) -> str:
        """`"in_progress"`, then `"completed"`, `"cancelled"`, `"incomplete"` or `"failed"`."""
        return self._status

    @property
    def status_details(self) -> StatusDetails | None:
        """Why it ended as it did; None: it has not ended, or the server does not say."""
        return self._status_details

    @property
    def usage(self) -> Usage | None:
        """What it cost, in tokens; None: it is not done, or the server counts none."""
        return self._usage

    @property
    def metadata(self) -> dict[str, str]:
        """The metadata of the request for it, as the server repeats them; empty if there are none."""
        return self._metadata

    @property
    def items(self) -> list[ResponseItem]:
        """Its items so far, in order."""
        return list(self._items)

    async def done(self) -> Response:
        """Wait until the server ended it; its audio may go on for long. Returns the response itself."""
        return await self._done.wait()

    async def text(self) -> str:
        """Wait until the server ended it; returns what it wrote or said, as generated: a line for each message.

        Raises:
            ServerRefused: it failed. Another end, such as its limit of tokens, is in `status` and `status_details`.

        """
        await self.done()
        if self.status == "failed":
            error = None if self.status_details is None else self.status_details.error
            raise refusal_of(ErrorDetails(message="the response failed") if error is None else error)
        return "\n".join(item.transcript for item in self._items if isinstance(item, MessageItem) and item.transcript)

    async def played(self) -> list[Playout]:
        """Wait until the playout of each of its messages is finished; one `Playout` a message, in order.

        In a session without a speaker a message is heard once the application has taken it from `item.audio()`.
        A message that the server adds behind the response's end is not waited for: no reader of the response gets it.
        """
        await self.done()
        return [await item.played() for item in self._stream.values if isinstance(item, MessageItem)]

    def cancel(self) -> Pending[Response]:
        """Silence this response and no other, whether the server is done with it or not.

        The server makes no more of it, and the rest is never heard. It acts when it is called; awaiting it waits until
        the server has ended the response.
        """
        return self._cancel(self._done)
