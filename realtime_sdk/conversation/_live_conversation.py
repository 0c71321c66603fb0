"""The conversation as the engine keeps it: items are placed, replaced and removed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from ._conversation import Conversation, ConversationServer
from .history._wire_ids import ROOT
from .items._items import ServerCopy
from .items._live_items import LiveFunctionCallOutput
from .items._live_mcp import LiveToolItem
from .message._live_message import LiveMessage

LiveConversationItem: TypeAlias = LiveMessage | LiveFunctionCallOutput | LiveToolItem
"""An item of a conversation."""


class LiveConversation(Conversation):
    """Keeps the server's order, which is a linked list, not the order of arrival.

    A place is given once, by the first event that names an item's predecessor, and kept: later events often say null.
    """

    def __init__(self, server: ConversationServer | None) -> None:
        self._live: dict[str, LiveConversationItem] = {}
        self._places: list[str] = []
        self._placed: set[str] = set()  # the ids in it: a long conversation is not searched at each event
        self._given_again: set[str] = set()  # the ids in it whose place the server has yet to say
        self._previous: dict[str, str] = {}  # id → the id of its predecessor, which may have no place yet
        self._waiting: dict[str, list[str]] = {}  # id of a predecessor that has no place → those with a place behind it
        super().__init__(server, self._live, self._places)

    @classmethod
    def detached(cls) -> LiveConversation:
        """Return one that no server holds."""
        return cls(None)

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
        if item_id in self._placed:
            if previous is None or item_id not in self._given_again:
                return
            self._given_again.discard(item_id)
            self._places.remove(item_id)
        if previous is not None:
            self._previous[item_id] = previous
        if previous == ROOT:
            self._places.insert(0, item_id)
        elif previous in self._placed:
            self._places.insert(self._place_behind(previous), item_id)
        else:
            self._places.append(item_id)
            if previous is not None:
                self._waiting.setdefault(previous, []).append(item_id)
        self._placed.add(item_id)
        if item_id in self._waiting:
            self._move_followers(item_id)

    def add(self, item: LiveConversationItem, previous: str | None = None) -> None:
        """Put an item at its place."""
        self._live[item.id] = item
        self.reserve(item.id, previous)

    def give_again(self, item_id: str) -> None:
        """The server is given an item that it did not have: it stands behind all others, until the server says where.

        What the server adds in the meantime may stand in front of it.
        """
        self._places.remove(item_id)
        self._places.append(item_id)
        self._previous.pop(item_id, None)
        self._given_again.add(item_id)

    def remove(self, *item_ids: str) -> None:
        """Remove items that the server has deleted, and of which nothing was heard."""
        if removed := self._placed.intersection(item_ids):
            self._placed -= removed
            self._given_again -= removed
            self._places[:] = [other for other in self._places if other not in removed]
            for item_id in removed:
                self._previous.pop(item_id, None)
            for other in self._places:
                if (previous := self._previous.get(other)) in removed:
                    self._waiting.setdefault(previous, []).append(other)
        for item_id in item_ids:
            item = self._live.pop(item_id, None)
            if isinstance(item, LiveMessage) and not item.discarded:  # else its deletion is still to be sent
                item.deleted_on_server()

    def _move_followers(self, previous: str) -> None:
        """Move the items that name `previous` as their predecessor behind it, each with those that stand behind it."""
        waiting = {other for other in self._waiting.pop(previous, ()) if self._previous.get(other) == previous != other}
        for item_id in sorted(waiting, key=self._places.index):
            start = self._places.index(item_id)
            end = start + 1
            while end < len(self._places) and self._follows(end, start) and self._places[end] != previous:
                end += 1
            moved, self._places[start:end] = self._places[start:end], []
            place = self._place_behind(previous)
            self._places[place:place] = moved

    def _place_behind(self, item_id: str | None) -> int:
        """The place behind an item, sought from the end, where most are."""
        place = len(self._places)
        while self._places[place - 1] != item_id:
            place -= 1
        return place

    def _follows(self, place: int, start: int) -> bool:
        """Whether the item at `place` stands behind one of the items from `start` on."""
        return self._previous.get(self._places[place]) in self._places[start:place]
