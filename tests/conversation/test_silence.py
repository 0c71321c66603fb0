"""A server that falls silent in the middle of a response: how long it is waited for."""

from __future__ import annotations

from typing import Any

import pytest

from realtime_sdk.conversation._sdk_events import ResponseFinished
from realtime_sdk.protocol._codec import ProtocolViolation

from .wire import TIMEOUT, Wire

RESPONSE_SILENCE = 120.0  # seconds for which a response in the making may be silent

CALL = Wire.item("item_2", type="function_call", call_id="call_1", name="clock")

AUDIO = "response.output_audio"

EVENTS: dict[str, dict[str, Any]] = {
    "response.output_item.added": {"item": Wire.item("item_3")},
    "response.output_item.done": {"item": Wire.item("item_1")},
    f"{AUDIO}.delta": {"item_id": "item_1", "content_index": 0, "delta": "AAAA"},
    f"{AUDIO}_transcript.delta": {"item_id": "item_1", "content_index": 0, "delta": "Hm."},
    "response.output_text.delta": {"item_id": "item_1", "content_index": 0, "delta": "Hm."},
    "response.function_call_arguments.delta": {"item_id": "item_2", "delta": "{"},
    "response.mcp_call.in_progress": {"item_id": "item_2"},  # has no handler
}


def is_over(wire: Wire) -> bool:
    return not wire.response("resp_1").running


def test_an_active_response_may_be_silent_for_two_minutes() -> None:
    wire = Wire()
    wire.begin()
    wire.wait(RESPONSE_SILENCE - 1.0)
    assert not is_over(wire)
    wire.wait(2.0)
    (violation,) = wire.emitted(ProtocolViolation)
    assert violation.reason == "the server did not end response resp_1: 120 s of silence"
    (finished,) = wire.emitted(ResponseFinished)
    assert finished.response.status == "incomplete"


@pytest.mark.parametrize("kind", EVENTS)
def test_each_event_that_names_the_response_ends_the_silence(kind: str) -> None:
    wire = Wire()
    wire.begin()
    wire.add("item_1")
    wire.receive("response.output_item.added", response_id="resp_1", item=CALL)
    wire.wait(RESPONSE_SILENCE - 1.0)
    wire.receive(kind, response_id="resp_1", **EVENTS[kind])
    wire.wait(RESPONSE_SILENCE - 1.0)
    assert not is_over(wire)
    wire.wait(2.0)
    assert is_over(wire)


def test_an_event_that_names_only_an_item_of_the_response_ends_the_silence() -> None:
    wire = Wire()
    wire.begin()
    wire.receive("response.output_item.added", response_id="resp_1", item=CALL)
    wire.wait(RESPONSE_SILENCE - 1.0)
    wire.receive("response.mcp_call.in_progress", item_id="item_2")
    wire.wait(RESPONSE_SILENCE - 1.0)
    assert not is_over(wire)


def test_a_request_waits_no_longer_than_a_minute_for_the_end_of_a_response_whose_items_have_ended() -> None:
    wire = Wire()
    wire.begin()
    wire.say("item_1", "Hello.", 300)
    request, _ = wire.submit()
    assert wire.wait(4 * TIMEOUT - 1.0) == []
    (sent,) = wire.wait(2.0)
    assert sent["event_id"] == request.event_id


def test_a_request_waits_for_a_model_that_reasons() -> None:
    wire = Wire()
    wire.begin()
    wire.submit()
    assert wire.wait(RESPONSE_SILENCE - 1.0) == []
    assert not is_over(wire)


def test_a_response_whose_items_have_ended_is_awaited_while_no_request_waits() -> None:
    wire = Wire()
    wire.begin()
    wire.say("item_1", "Hello.", 300)
    wire.wait(RESPONSE_SILENCE - 1.0)
    assert not is_over(wire)


def test_the_time_to_end_a_response_runs_from_its_interruption() -> None:
    wire = Wire()
    wire.begin()
    wire.wait(RESPONSE_SILENCE - 1.0)
    wire.interrupt()
    wire.wait(TIMEOUT - 0.1)
    assert not is_over(wire)
    wire.wait(0.2)
    assert is_over(wire)
