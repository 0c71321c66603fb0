"""The conversation as the engine keeps it: items are placed, replaced and removed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeAlias

from ..protocol._codec import ClientEvent
from ._conversation import Conversation
from ._live_items import LiveFunctionCall, LiveFunctionCallOutput, LiveOtherItem, ServerCopy
from ._live_message import LiveMessage
from ._wire_ids import ROOT

LiveConversationItem: TypeAlias = LiveMessage | LiveFunctionCall | LiveFunctionCallOutput | LiveOtherItem
"""An item of a conversation."""


class LiveConversation(Conversation):
    """Keeps the server's order, which is a linked list, not the order of arrival.

    A place is given once, by the first event that names an item's predecessor, and kept: later events often say null.
    """

    def __init__(self, send: Callable[[ClientEvent], object]) -> None:
        self._live: dict[str, LiveConversationItem] = {}
        self._places: list[str] = []
        self._previous: dict[str, str] = {}  # id → the id of its predecessor, which may have no place yet
        super().__init__(send, self._live, self._places)

    def get(self, item_id: str) -> LiveConversationItem | None:
        """The item of this id, if there is one."""
        return self._live.get(item_id)

    @property
    def live_items(self) -> Iterator[LiveConversationItem]:
        """The items, in order."""
        return (self._live[item_id] for item_id in self._places if item_id in self._live)

    def predecessor(self, item_id: str) -> str:
        """The item in front of another among those that the server holds; `ROOT`: there is none."""
        previous = ROOT
        for item in self.live_items:
            if item.id == item_id:
                break
            previous = previous if item.server_copy is ServerCopy.NONE else item.id
        return previous

    def reserve(self, item_id: str, previous: str | None) -> None:
        """Give an item its place behind another (None, or one that has no place: at the end; `"root"`: in front)."""
        if item_id in self._places:
            return
        if previous is not None:
            self._previous[item_id] = previous
        if previous == ROOT:
            self._places.insert(0, item_id)
        elif previous in self._places:
            self._places.insert(self._places.index(previous) + 1, item_id)
        else:
            self._places.append(item_id)
        self._move_followers(item_id)

    def add(self, item: LiveConversationItem, previous: str | None = None) -> None:
        """Put an item at its place."""
        self._live[item.id] = item
        self.reserve(item.id, previous)

    def remove(self, item_id: str) -> None:
        """Remove an item that the server has deleted, and of which nothing was heard."""
        if item_id in self._places:
            self._places.remove(item_id)
            self._previous.pop(item_id, None)
        item = self._live.pop(item_id, None)
        if isinstance(item, LiveMessage):
            item.deleted_on_server()

    def _move_followers(self, previous: str) -> None:
        """Move the items that name `previous` as their predecessor behind it, each with those that stand behind it."""
        for item_id in [other for other in self._places if self._previous.get(other) == previous != other]:
            start = self._places.index(item_id)
            end = start + 1
            while end < len(self._places) and self._follows(end, start) and self._places[end] != previous:
                end += 1
            moved, self._places[start:end] = self._places[start:end], []
            place = self._places.index(previous) + 1
            self._places[place:place] = moved

    def _follows(self, place: int, start: int) -> bool:
        """Whether the item at `place` stands behind one of the items from `start` on."""
        return self._previous.get(self._places[place]) in self._places[start:place]
