"""Servers that reuse ids, repeat events, or leave ids out: what is kept, and for how long."""

from __future__ import annotations

import anyio

from realtime_sdk.conversation._registry import CALL_IDS_KEPT, ENDED_KEPT, Registry
from realtime_sdk.conversation._sdk_events import ResponseFinished
from realtime_sdk.conversation._settings import MessageSettings
from realtime_sdk.conversation.items._live_items import LiveFunctionCall
from realtime_sdk.protocol import WireItem

from .wire import RATE, Wire, never_cancel


def twice() -> Wire:
    """Two responses, each with a message of the same id; the first has audio."""
    wire = Wire()
    wire.begin("resp_1")
    wire.add("item_1", "resp_1")
    wire.audio("item_1", 300, "resp_1")
    wire.done("resp_1")
    wire.begin("resp_2")
    wire.add("item_1", "resp_2")
    return wire


def test_a_late_delta_belongs_to_the_message_in_the_response_that_it_names() -> None:
    wire = twice()
    wire.text_done("item_1", "Let me see.", "resp_1")
    assert wire.message("item_1").transcript == ""


def test_a_delta_without_a_response_belongs_to_the_newest_message_of_its_id() -> None:
    wire = twice()
    wire.play(500)  # the first has been heard
    wire.audio("item_1", 200, response="")
    assert wire.message("item_1").playout.duration == 0.2


def test_a_repeated_description_belongs_to_the_newest_item_of_its_id() -> None:
    wire = twice()
    wire.receive("conversation.item.done", item=Wire.item("item_1", status="incomplete"))
    first, second = (wire.response(id).items[0] for id in ("resp_1", "resp_2"))
    assert (first.status, second.status) == ("in_progress", "incomplete")


def test_the_last_eight_ended_responses_are_kept() -> None:
    wire = Wire()
    for n in range(ENDED_KEPT + 1):
        wire.begin(f"resp_{n}")
        wire.done(f"resp_{n}")
    wire.events.clear()
    wire.done("resp_1")
    assert wire.emitted(ResponseFinished) == []
    wire.done("resp_0")
    assert len(wire.emitted(ResponseFinished)) == 1


def test_the_last_thousand_call_ids_are_kept() -> None:
    registry = Registry(MessageSettings(anyio.Event, RATE), anyio.Event, never_cancel)
    calls = [
        LiveFunctionCall(WireItem(id=f"item_{n}", type="function_call", call_id=f"call_{n}"))
        for n in range(CALL_IDS_KEPT + 1)
    ]
    assert all(registry.claim_call(call) for call in calls)
    assert not registry.claim_call(calls[1])
    assert registry.claim_call(calls[0])


def arguments_done(wire: Wire, item_id: str, call_id: str) -> None:
    wire.receive(
        "response.function_call_arguments.done", response_id="resp_1", item_id=item_id, output_index=0,
        call_id=call_id, name=f"look_{call_id}", arguments="{}",
    )  # fmt: skip


def test_calls_without_an_item_of_their_own_are_all_run() -> None:
    wire = Wire()
    wire.begin("resp_1")
    wire.audio("item_1", 300)
    arguments_done(wire, "item_1", "call_1")
    arguments_done(wire, "item_1", "call_2")
    arguments_done(wire, "item_1", "call_2")  # repeated
    wire.done("resp_1")
    assert [(call.name, call.call_id) for call in wire.calls] == [("look_call_1", "call_1"), ("look_call_2", "call_2")]
    assert [item.type for item in wire.response("resp_1").items] == ["message", "function_call", "function_call"]


def test_a_call_under_the_id_of_an_unfinished_call_is_another_one() -> None:
    wire = Wire()
    wire.begin("resp_1")
    arguments_done(wire, "item_1", "call_1")
    arguments_done(wire, "item_1", "call_2")
    wire.done("resp_1")
    assert [call.name for call in wire.calls] == ["look_call_1", "look_call_2"]
