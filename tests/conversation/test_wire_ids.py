"""Ids on the wire are those of one connection; ids of the application's objects stay."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, strategies as st

from realtime_sdk.conversation.history._wire_ids import LIMIT, WireIds, shortened
from realtime_sdk.protocol import ConversationItemCreate, ConversationItemDelete, ConversationItemTruncate, parse


def received(kind: str, **fields: Any) -> Any:
    return parse(json.dumps({"type": kind, **fields}))


def create(item_id: str, **fields: Any) -> ConversationItemCreate:
    return ConversationItemCreate(item={"id": item_id, "type": "message", "role": "user", "content": []}, **fields)


def test_on_the_first_connection_ids_are_the_same_on_both_sides() -> None:
    ids, event = WireIds(), ConversationItemDelete(item_id="item_1")
    assert ids.outgoing(event) is event
    deleted = received("conversation.item.deleted", item_id="item_1")
    assert ids.incoming(deleted) is deleted


def test_on_a_later_connection_a_restored_item_is_known_by_its_new_id() -> None:
    ids = WireIds(1, ["item_1"])
    made: Any = ids.outgoing(create("item_1"))
    wire = made.item["id"]
    assert wire != "item_1"
    assert ids.outgoing(ConversationItemDelete(item_id="item_1")) == ConversationItemDelete(item_id=wire)
    assert ids.outgoing({"type": "conversation.item.retrieve", "item_id": "item_1"})["item_id"] == wire  # type: ignore[index]
    added: Any = ids.incoming(received("conversation.item.added", item={"id": wire, "type": "message", "role": "user"}))
    assert added.item.id == "item_1"


def test_an_item_that_the_server_does_not_hold_is_not_spoken_of() -> None:
    ids = WireIds(1, ["item_1"])
    assert ids.outgoing(ConversationItemTruncate(item_id="item_1", content_index=0, audio_end_ms=0)) is None
    behind: Any = ids.outgoing(create("item_2", previous_item_id="item_1"))
    assert behind.previous_item_id is None


def test_an_id_that_a_new_server_gives_again_is_another_item_here() -> None:
    ids = WireIds(1, ["item_1"])
    added: Any = ids.incoming(received("conversation.item.added", item={"id": "item_1", "type": "message"}))
    assert added.item.id == "item_1.1"
    delta = received("response.output_text.delta", response_id="r", item_id="item_1", content_index=0, delta="a")
    translated: Any = ids.incoming(delta)
    assert translated.item_id == "item_1.1"
    assert ids.outgoing(ConversationItemDelete(item_id="item_1.1")) == ConversationItemDelete(item_id="item_1")


def test_what_is_still_said_of_a_replaced_item_is_dropped() -> None:
    ids = WireIds(1, ["item_1"])
    first: Any = ids.outgoing(create("item_1"))
    again: Any = ids.outgoing(create("item_1"))
    assert first.item["id"] != again.item["id"]
    assert ids.incoming(received("conversation.item.deleted", item_id=first.item["id"])) is None
    deleted: Any = ids.incoming(received("conversation.item.deleted", item_id=again.item["id"]))
    assert deleted.item_id == "item_1"


def test_the_items_of_a_finished_response_are_translated() -> None:
    ids = WireIds(1, ["item_1"])
    response = {"id": "r", "output": [{"id": "item_1", "type": "message"}]}
    done: Any = ids.incoming(received("response.done", response=response))
    assert [item.id for item in done.response.output] == ["item_1.1"]


def test_an_item_of_an_earlier_session_gets_an_id_of_this_connection() -> None:
    ids = WireIds()
    ids.add_earlier(["item_1"])
    made: Any = ids.outgoing(create("item_1"))
    assert made.item["id"] != "item_1"


@pytest.mark.parametrize(("number", "given", "new"), [
    (0, ["item_1"], "item_1.1"),
    (2, ["item_1"], "item_1.2"),
    (0, ["item_1", "item_1.1"], "item_1.2"),  # an earlier session restored items, too
])  # fmt: skip
def test_an_id_of_an_item_of_an_earlier_session_that_the_server_gives_again_is_another_item_here(
    number: int, given: list[str], new: str
) -> None:
    ids = WireIds(number)
    ids.add_earlier(given)
    added: Any = ids.incoming(received("conversation.item.added", item={"id": "item_1", "type": "message"}))
    assert added.item.id == new
    assert ids.outgoing(ConversationItemDelete(item_id=new)) == ConversationItemDelete(item_id="item_1")
    assert ids.outgoing(ConversationItemDelete(item_id="item_1")) is None


def test_items_of_an_earlier_session_keep_their_ids_on_all_connections() -> None:
    first = WireIds()
    later = first.succeeded(1, ["item_9"]), first.continued(1)
    first.add_earlier(["item_1"])
    for ids in (first, *later):
        added: Any = ids.incoming(received("conversation.item.added", item={"id": "item_1", "type": "message"}))
        assert added.item.id == "item_1.1"


def test_an_id_of_the_servers_own_is_sent_back_as_it_came_whatever_its_length() -> None:
    ids, long = WireIds(), "item_" + "6f1c2b1e" * 5
    ids.incoming(received("conversation.item.added", item={"id": long, "type": "message"}))
    for event in (
        ConversationItemTruncate(item_id=long, content_index=0, audio_end_ms=0), ConversationItemDelete(item_id=long)
    ):  # fmt: skip
        assert ids.outgoing(event) is event
    behind = create("item_1", previous_item_id=long)
    assert ids.outgoing(behind) is behind


def test_the_output_of_a_call_of_the_servers_own_has_the_id_that_the_server_gave_the_call() -> None:
    ids, long = WireIds(), "chatcmpl-tool-" + "6f1c2b1e" * 4
    ids.incoming(received("conversation.item.added", item={"id": "a", "type": "function_call", "call_id": long}))
    output = {"type": "conversation.item.create", "item": {"type": "function_call_output", "call_id": long}}
    assert ids.outgoing(output) is output


@given(st.text(max_size=100))
def test_no_id_is_longer_than_servers_take_and_the_same_one_is_always_shortened_alike(item_id: str) -> None:
    assert len(shortened(item_id)) <= LIMIT
    assert shortened(item_id) == shortened(item_id) == shortened(shortened(item_id))


@given(st.lists(st.text(min_size=1, max_size=60), unique=True, max_size=8), st.integers(0, 3))
def test_every_id_comes_back_as_it_went(item_ids: list[str], number: int) -> None:
    ids = WireIds(number, item_ids if number else ())
    wires: list[str] = []
    for item_id in item_ids:
        made: Any = ids.outgoing(create(item_id))
        wires.append(made.item["id"])
    assert len(set(wires)) == len(item_ids)
    for item_id, wire in zip(item_ids, wires, strict=True):
        deleted: Any = ids.incoming(received("conversation.item.deleted", item_id=wire))
        assert deleted.item_id == item_id


@pytest.mark.parametrize("number", [0, 1])
def test_the_ids_of_calls_are_shortened_alike_in_the_call_and_in_its_output(number: int) -> None:
    ids, long = WireIds(number), "call_" * 20
    call: Any = ids.outgoing({"type": "conversation.item.create", "item": {"type": "function_call", "call_id": long}})
    output: Any = ids.outgoing(
        {"type": "conversation.item.create", "item": {"type": "function_call_output", "call_id": long}}
    )
    assert call["item"]["call_id"] == output["item"]["call_id"] == shortened(long)
    item = {"id": "a", "type": "function_call", "call_id": shortened(long)}
    added: Any = ids.incoming(received("conversation.item.added", item=item))
    assert added.item.call_id == long
