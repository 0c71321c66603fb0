"""The conversation, as an application reads it: its items in order, with the texts that were heard."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from ..errors import UsageError
from ..protocol._codec import ClientEvent
from ..protocol._conversation import ConversationItemCreate
from ._items import FunctionCallItem, FunctionCallOutputItem, OtherItem
from ._message import MessageItem
from ._session_object import SessionObject

ConversationItem: TypeAlias = MessageItem | FunctionCallItem | FunctionCallOutputItem | OtherItem
"""An item of a conversation; `item.type` says which."""

FORMAT = "realtime_sdk.conversation/1"
"""The format that `Conversation.export` writes and `Conversation.restore` reads."""


class Conversation(SessionObject, public=True):
    """The items of a session in the server's order.

    A session makes it (`LiveConversation`); the constructor is not for applications.
    """

    def __init__(
        self, send: Callable[[ClientEvent], object], items: Mapping[str, ConversationItem], order: Sequence[str]
    ) -> None:
        self._send = send  # how `restore` reaches the server
        self._items = items  # by id
        self._order = order  # ids; a place may be reserved before its item comes

    def __iter__(self) -> Iterator[ConversationItem]:
        return (self._items[id] for id in self._order if id in self._items)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __getitem__(self, item_id: str) -> ConversationItem:
        return self._items[item_id]

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
        """The conversation as JSON: texts as heard, tool calls with their outputs, times."""
        return {"format": FORMAT, "items": [item.export() for item in self]}

    def restore(self, exported: dict[str, Any]) -> None:
        """Give an exported conversation to the server, behind what it holds already.

        The model's audio can't be given back: its messages return as the text that was heard, and those never heard do
        not return. A call without its output is left out: the server would wait for it.

        Raises:
            UsageError: not what `export` wrote.

        """
        given = exported.get("format") if isinstance(exported, dict) else type(exported).__name__
        if given != FORMAT:
            raise UsageError(f"not an exported conversation: its `format` is {given!r}, not {FORMAT!r}")
        try:
            items = list(_wire_items(exported["items"]))
        except (KeyError, TypeError) as error:
            raise UsageError(f"a damaged conversation: an item of it lacks {error}") from error
        for item in items:
            self._send(ConversationItemCreate(item=item))

def _wire_items(items: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for item in items:
        if item["type"] == "message" and item["text"]:
            kind = "output_text" if item["role"] == "assistant" else "input_text"
            content = [{"type": kind, "text": item["text"]}]
            yield {"type": "message", "role": item["role"], "content": content}
        elif item["type"] == "function_call" and item["output"] is not None:
            call = {key: item[key] for key in ("name", "call_id", "arguments")}
            yield {"type": "function_call", **call}
            yield {"type": "function_call_output", "call_id": item["call_id"], "output": item["output"]}
