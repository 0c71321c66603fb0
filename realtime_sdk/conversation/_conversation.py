"""The conversation, as an application reads it: its items in order, with the texts that were heard."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol, TypeAlias, overload

from .._runtime.arguments import shown
from ..errors import UsageError
from ..protocol._objects import WireItem
from ._completion import Pending
from ._session_object import SessionObject
from .history._exported import FORMAT, exported_items
from .items._items import FunctionCallItem, FunctionCallOutputItem, OtherItem
from .items._mcp_items import McpApprovalRequestItem, McpCallItem, McpListToolsItem
from .message._message import MessageItem

ConversationItem: TypeAlias = (
    MessageItem | FunctionCallItem | FunctionCallOutputItem | McpCallItem | McpListToolsItem | McpApprovalRequestItem
    | OtherItem
)  # fmt: skip
"""An item of a conversation; `item.type` says which."""


class ConversationServer(Protocol):
    """How a conversation reaches the server that holds it."""

    def restore(self, items: Sequence[Any]) -> Pending[None]:
        """Add exported items, here and on the server."""
        ...

    def delete(self, item_id: str) -> Pending[None]:
        """Delete an item."""
        ...

    def retrieve(self, item_id: str) -> Pending[WireItem]:
        """Ask for an item."""
        ...


class Conversation(SessionObject, public=True):
    """The items of a session in the server's order.

    A session makes it (`LiveConversation`); the constructor is not for applications.
    """

    def __init__(
        self, server: ConversationServer | None, items: Mapping[str, ConversationItem], order: Sequence[str]
    ) -> None:
        self._server = server  # None: none holds it
        self._items = items  # by id
        self._order = order  # ids; a place may be reserved before its item comes

    def __repr__(self) -> str:
        return f"<Conversation {len(self)} items>"

    def __iter__(self) -> Iterator[ConversationItem]:
        return (self._items[id] for id in self._order if id in self._items)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    @overload
    def __getitem__(self, key: str | int) -> ConversationItem: ...
    @overload
    def __getitem__(self, key: slice) -> list[ConversationItem]: ...
    def __getitem__(self, key: str | int | slice) -> ConversationItem | list[ConversationItem]:
        """The item of an id, or at a place, such as -1 for the last; the items at a slice of places.

        Raises:
            KeyError: there is no item of this id.
            IndexError: there is no item at this place.

        """
        if isinstance(key, str):
            if key not in self._items:
                raise KeyError(f"the conversation has no item {shown(key)}; get() returns None then")
            return self._items[key]
        items = self.items
        if isinstance(key, int) and not -len(items) <= key < len(items):
            count = "1 item" if len(items) == 1 else f"{len(items)} items"
            raise IndexError(f"the conversation has {count}: there is none at place {key}")
        return items[key]

    def __contains__(self, item_id: object) -> bool:
        return item_id in self._items

    @property
    def items(self) -> list[ConversationItem]:
        """The items, in order."""
        return list(self)

    def get(self, item_id: str) -> ConversationItem | None:
        """The item of this id, if there is one."""
        return self._items.get(item_id)

    def export(self) -> dict[str, Any]:
        """The conversation as JSON: texts as heard and as generated, tool calls with their outputs, times.

        It is as if the talk ended now: a message that is still being heard is interrupted at the word that was heard.
        """
        return {"format": FORMAT, "items": [item.export() for item in self]}

    def restore(self, exported: Mapping[str, Any]) -> Pending[None]:
        """Give an exported conversation to the server, behind what it holds already.

        More than 50 items take several turns of the event loop: await it until they are here, and on their way to the
        server. They all appear at once, at the latest when `session.conversation` is read, or when something is sent
        that belongs behind them: that call then does the rest of the work.

        Here the items are what they were, with their phases and times; a message of which nothing was heard is left
        out. The model's audio can't be given back: the server gets the text that was heard, and a placeholder for
        speech that was not transcribed. It gets no call without its output, for which it would wait.

        Raises:
            UsageError: not what `export` wrote, or damaged; it names the value. After the first 50 items, awaiting
                raises it.
            ConnectionLost: the session has ended; awaiting raises it.

        """
        return self._server_of("restore").restore(exported_items(exported))

    def delete(self, item: ConversationItem | str) -> Pending[None]:
        """Have the server forget an item, and remove it here; await it until the server has confirmed that.

        item: the item, or its id.

        Raises:
            UsageError: it is not in the conversation.
            ServerRefused: the server refused; awaiting raises it, as it does `RequestTimedOut` and `ConnectionLost`.

        """
        return self._server_of("delete").delete(self._id_of(item))

    def retrieve(self, item: ConversationItem | str) -> Pending[WireItem]:
        """Ask the server for an item as it holds it, with its audio; await it for the item.

        item: the item, or its id.

        Raises:
            UsageError: it is not in the conversation, or the server does not hold it.
            ServerRefused: the server refused; awaiting raises it, as it does `RequestTimedOut` and `ConnectionLost`.

        """
        return self._server_of("retrieve").retrieve(self._id_of(item))

    def _id_of(self, item: ConversationItem | str) -> str:
        item_id = item if isinstance(item, str) else getattr(item, "id", None)
        if not isinstance(item_id, str) or item_id not in self._items:
            raise UsageError(f"the conversation has no item {shown(item)}: take one of `session.conversation`")
        return item_id

    def _server_of(self, name: str) -> ConversationServer:
        if self._server is None:
            raise UsageError(f"this conversation is no session's: it has no server to {name} items")
        return self._server
