"""The places of a conversation's items: those of a plain list, without its cost in a long conversation."""

from __future__ import annotations

import pytest
from hypothesis import given, settings, strategies as st

from realtime_sdk.conversation._live_conversation import LiveConversation
from realtime_sdk.conversation.items._live_items import LiveOtherItem
from realtime_sdk.protocol._objects import WireItem

from ..effort import tries

IDS = [f"item_{n}" for n in range(6)]
PREVIOUS = [None, "root", *IDS]


class PlainPlaces:
    """The rule in its plainest form: a list that is searched at every step."""

    def __init__(self) -> None:
        self.places: list[str] = []
        self._previous: dict[str, str] = {}

    def add(self, item: str, previous: str | None) -> None:
        if item in self.places:
            return
        if previous is not None:
            self._previous[item] = previous
        if previous == "root":
            self.places.insert(0, item)
        elif previous in self.places:
            self.places.insert(self.places.index(previous) + 1, item)
        else:
            self.places.append(item)
        for follower in [other for other in self.places if self._previous.get(other) == item != other]:
            start = self.places.index(follower)
            end = start + 1
            while end < len(self.places) and self.places[end] != item:
                if self._previous.get(self.places[end]) not in self.places[start:end]:
                    break
                end += 1
            moved, self.places[start:end] = self.places[start:end], []
            place = self.places.index(item) + 1
            self.places[place:place] = moved

    def remove(self, item: str) -> None:
        if item in self.places:
            self.places.remove(item)
            self._previous.pop(item, None)


def conversation() -> LiveConversation:
    return LiveConversation(None)


def item(id: str) -> LiveOtherItem:
    return LiveOtherItem(WireItem(id=id, type="other"))


ADDED = st.tuples(st.sampled_from(IDS), st.sampled_from(PREVIOUS))
REMOVED = st.tuples(st.sampled_from(IDS), st.just("removed"))


@pytest.mark.slow
@settings(max_examples=tries(3000))
@given(st.lists(ADDED | ADDED | ADDED | REMOVED, max_size=20))
def test_the_order_is_that_of_the_plain_rule(steps: list[tuple[str, str | None]]) -> None:
    plain, live = PlainPlaces(), conversation()
    for id, previous in steps:
        if previous == "removed":
            plain.remove(id)
            live.remove(id)
        else:
            plain.add(id, previous)
            live.add(item(id), previous)
        assert [item.id for item in live.live_items] == plain.places


def test_an_item_that_is_given_to_the_server_again_stands_where_the_server_puts_it() -> None:
    live = conversation()
    for id, previous in (("call", "root"), ("text", "call")):
        live.add(item(id), previous)
    live.give_again("call")
    live.add(item("speech"), "text")  # which the server has taken before it
    live.add(item("call"), "speech")
    live.add(item("output"), "call")
    live.add(item("call"), "text")  # its place is said once
    assert [item.id for item in live.live_items] == ["text", "speech", "call", "output"]


class Counted(str):
    """An id that counts how often one is compared."""

    comparisons = 0

    def __eq__(self, other: object) -> bool:
        Counted.comparisons += 1
        return str.__eq__(self, other)

    __hash__ = str.__hash__


def test_an_item_at_the_end_of_a_long_conversation_costs_what_the_first_did() -> None:
    live = conversation()
    for n in range(1000):
        Counted.comparisons = 0
        live.reserve(Counted(f"item_{n}"), Counted(f"item_{n - 1}"))
        assert Counted.comparisons <= 10
