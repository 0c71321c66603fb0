"""The order of the conversation's items is that of the server's links, whenever these arrive."""

from __future__ import annotations

from itertools import permutations

import pytest

from .wire import Wire

CHAIN = {"item_1": "root", "item_2": "item_1", "item_3": "item_2", "item_4": "item_3"}


def link(wire: Wire, item: str, previous: str | None, role: str = "user") -> None:
    """The server adds an item behind another."""
    wire.receive("conversation.item.added", previous_item_id=previous, item=Wire.item(item, role=role))


def order(wire: Wire) -> list[str]:
    return [item.id for item in wire.engine.conversation]


@pytest.mark.parametrize("items", list(permutations(CHAIN)))
def test_items_stand_in_the_order_of_their_links_whenever_these_arrive(items: tuple[str, ...]) -> None:
    wire = Wire()
    for item in items:
        link(wire, item, CHAIN[item])
    assert order(wire) == list(CHAIN)


@pytest.mark.parametrize("items", [("a", "b", "c"), ("b", "a", "c"), ("b", "c", "a")])
def test_an_item_inserted_after_another_precedes_those_inserted_there_earlier(
    items: tuple[str, ...],
) -> None:
    wire = Wire()
    for item in items:
        link(wire, item, None if item == "a" else "a")
    assert order(wire) == ["a", "c", "b"]


def test_links_in_a_circle_lose_no_item() -> None:
    wire = Wire()
    for item, previous in (("a", "c"), ("b", "a"), ("c", "b"), ("d", "d")):
        link(wire, item, previous)
    assert sorted(order(wire)) == ["a", "b", "c", "d"]


def test_an_item_without_a_predecessor_is_the_first_where_the_server_names_predecessors() -> None:
    wire = Wire()
    link(wire, "user_1", None)
    link(wire, "item_2", "user_1", role="assistant")
    link(wire, "system_3", None, role="system")
    assert order(wire) == ["system_3", "user_1", "item_2"]


def test_an_item_without_a_predecessor_is_the_last_where_the_server_names_none_but_the_root() -> None:
    wire = Wire()
    link(wire, "user_1", "root")
    link(wire, "item_2", None, role="assistant")
    link(wire, "user_3", None)
    assert order(wire) == ["user_1", "item_2", "user_3"]
