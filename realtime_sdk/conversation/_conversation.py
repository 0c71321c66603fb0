"""The conversation: its items in order, told from what was heard."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeAlias

from ..errors import UsageError
from ..protocol._codec import ClientEvent
from ..protocol._conversation import ConversationItemCreate
from ._items import FunctionCallItem, FunctionCallOutputItem, OtherItem
from ._message import MessageItem

ConversationItem: TypeAlias = MessageItem | FunctionCallItem | FunctionCallOutputItem | OtherItem
"""What a conversation holds; `item.type` tells which."""

FORMAT = "realtime_sdk.conversation/1"
"""What `Conversation.export` writes and `Conversation.restore` reads."""


class Conversation:
    """The items of a session in the server's order, which is a linked list, not the order of arrival.

    A place is given once, by the first event that names an item's predecessor, and kept: later events often say null.
    """

    def __init__(self, send: Callable[[ClientEvent], object]) -> None:
        self._send = send  # how `restore` reaches the server
        self._items: dict[str, ConversationItem] = {}
        self._order: list[str] = []  # ids; a place may be reserved before its item comes
        self._previous: dict[str, str] = {}  # id → that of the item behind which it stands, known yet or not

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

    def reserve(self, item_id: str, previous: str | None) -> None:
        """Give an item its place behind another (None, or one that is not known: at the end; `"root"`: in front)."""
        if item_id in self._order:
            return
        if previous is not None:
            self._previous[item_id] = previous
        if previous == "root":
            self._order.insert(0, item_id)
        elif previous in self._order:
            self._order.insert(self._order.index(previous) + 1, item_id)
        else:
            self._order.append(item_id)
        self._draw_behind(item_id)

    def add(self, item: ConversationItem, previous: str | None = None) -> None:
        """Put an item at its place."""
        self._items[item.id] = item
        self.reserve(item.id, previous)

    def remove(self, item_id: str) -> None:
        """The server holds the item no more, and what it said was never heard."""
        if item_id in self._order:
            self._order.remove(item_id)
            self._previous.pop(item_id, None)
        item = self._items.pop(item_id, None)
        if isinstance(item, MessageItem):
            item.deleted = True

    def export(self) -> dict[str, Any]:
        """The conversation as JSON: texts as heard, tool calls with their outputs, times."""
        return {"format": FORMAT, "items": [item.export() for item in self]}

    def restore(self, exported: dict[str, Any]) -> None:
        """Give an exported conversation to the server, behind what it holds already.

        The model's sound can't be given back: its messages return as the text that was heard, and those never heard do
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

    def _draw_behind(self, previous: str) -> None:
        """Move those that were waiting for `previous` behind it, each with those that stand behind it."""
        for item_id in [other for other in self._order if self._previous.get(other) == previous != other]:
            start = self._order.index(item_id)
            end = start + 1
            while end < len(self._order) and self._follows(end, start) and self._order[end] != previous:
                end += 1
            moved, self._order[start:end] = self._order[start:end], []
            place = self._order.index(previous) + 1
            self._order[place:place] = moved

    def _follows(self, place: int, start: int) -> bool:
        """Whether the item at `place` stands behind one of those from `start` on."""
        return self._previous.get(self._order[place]) in self._order[start:place]


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
