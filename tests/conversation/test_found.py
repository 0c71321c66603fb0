"""What the core does not do yet, each by the shortest talk that shows it."""

from __future__ import annotations

import math

import pytest

from realtime_sdk.conversation import RequestState
from realtime_sdk.errors import ServerRefused

from .test_requests import COLLISION, echoing, state_of, value_of
from .wire import TIMEOUT, Wire


def test_an_out_of_band_response_is_not_played() -> None:
    wire = Wire()
    wire.begin()
    spoken = wire.add("item_1")
    wire.begin("resp_2", conversation_id=None)
    wire.receive("response.output_item.added", response_id="resp_2", item=Wire.item("item_2"))
    aside = wire.message("item_2")
    wire.audio("item_2", 500, "resp_2")
    wire.text("item_2", "Aside.", "resp_2")
    wire.audio("item_1", 300)
    wire.done("resp_2", conversation_id=None)
    wire.done()
    wire.play(400)
    assert wire.playout(spoken).position == 0.3
    assert (wire.playout(aside).position, wire.playout(aside).transcript) == (0.0, "Aside.")
    assert "item_2" not in wire.engine.conversation


def test_an_out_of_band_response_says_nothing_about_the_one_beside_it() -> None:
    wire = Wire()
    wire.begin()
    spoken = wire.add("item_1")
    wire.audio("item_1", 300)
    wire.begin("resp_2", conversation_id=None)
    wire.receive("response.output_item.added", response_id="resp_2", item=Wire.item("item_2"))
    wire.audio("item_2", 500, "resp_2")
    wire.play(500)
    wire.audio("item_1", 300)
    wire.done()
    wire.play(500)
    assert wire.playout(spoken).position == 0.6


def test_words_that_come_after_the_next_message_sounds_are_generated_and_were_not_shown() -> None:
    wire = Wire()
    wire.begin()
    first = wire.add("item_1")
    wire.audio("item_1", 300)
    wire.add("item_2")
    wire.audio("item_2", 500)
    wire.play(500)
    wire.text_done("item_1", "Let me see.")
    wire.done()
    wire.play(500)
    assert first.transcript == "Let me see."
    assert first.heard == wire.playout(first).transcript == ""


def test_a_request_that_collided_has_no_exit_that_is_due_while_another_response_runs() -> None:
    wire = echoing()
    request, _ = wire.ask()
    wire.error(COLLISION, event_id=request.event_id)
    wire.begin("resp_own")  # it was this one: its end is awaited
    assert wire.wait(5.0) == []
    assert [event["event_id"] for event in wire.done("resp_own")] == [request.event_id]


def test_a_request_that_collided_has_no_exit_that_is_due_while_another_request_is_on_its_way() -> None:
    wire = Wire()
    request, _ = wire.ask()
    wire.ask()
    wire.error(COLLISION, event_id=request.event_id)  # the second is sent
    wire.wait(5.0)
    assert wire.engine.deadline > wire.at


def test_a_request_that_collided_and_is_begun_all_the_same_is_answered() -> None:
    wire = echoing()
    request, _ = wire.ask()
    wire.begin("resp_own")
    wire.error(COLLISION, event_id=request.event_id)
    wire.done("resp_own")
    wire.error(COLLISION, event_id=request.event_id)
    wire.begin("resp_2", request=request.event_id)
    assert value_of(request.answer) is wire.response("resp_2")


def test_a_collision_that_is_reported_twice_leaves_no_caller_waiting() -> None:
    wire = echoing()
    request, _ = wire.ask()
    wire.begin("resp_own")
    wire.error(COLLISION, event_id=request.event_id)
    wire.error(COLLISION, event_id=request.event_id)
    wire.done("resp_own")
    assert state_of(request) is RequestState.SENT  # it waits for its turn, as after the first


def test_a_request_that_is_refused_while_it_waits_fails() -> None:
    wire = echoing()
    request, _ = wire.ask()
    wire.begin("resp_own")
    wire.error(COLLISION, event_id=request.event_id)
    wire.error("invalid_value", "no such voice", event_id=request.event_id)
    assert request.answer.settled
    with pytest.raises(ServerRefused, match="no such voice"):
        value_of(request.answer)


def test_an_update_that_is_confirmed_too_late_is_closed() -> None:
    wire = Wire()
    update = wire.update(instructions="Be kind.")
    wire.wait(TIMEOUT)
    wire.receive("session.updated", session={})
    assert state_of(update) is RequestState.CLOSED


def test_nothing_is_due_once_the_connection_has_ended() -> None:
    wire = Wire()
    wire.begin()
    wire.receive("response.output_item.added", response_id="resp_1", item=Wire.item("item_1", type="function_call"))
    wire.disconnect()
    assert wire.engine.deadline == math.inf
    assert wire.response("resp_1").complete


def test_a_message_that_comes_behind_the_end_of_its_response_settles_though_its_text_has_no_end() -> None:
    wire = Wire()
    wire.begin()
    wire.done()
    message = wire.add("item_1")
    wire.text("item_1", "Late.")
    wire.audio("item_1", 300)
    wire.receive("response.output_item.done", response_id="resp_1", item=Wire.item("item_1"))
    wire.play(500)
    wire.take_exits()
    assert wire.playout(message).transcript == "Late."


def test_a_message_that_comes_behind_the_end_of_its_response_settles_though_the_servers_ids_are_used_again() -> None:
    wire = Wire()
    wire.begin()
    wire.done()
    message = wire.add("item_1")
    wire.ask()
    wire.begin()  # some servers count anew each turn
    wire.done()
    wire.take_exits()
    assert message.settled
