"""Requests to the server: none collides with another, and each finds its own answer."""

from __future__ import annotations

import math

import pytest

from realtime_sdk.conversation._sdk_events import ServerError
from realtime_sdk.conversation.requests._requests import RequestState
from realtime_sdk.errors import ServerRefused, UsageError

from .request_steps import COLLISION, detecting, echoing, speak, state_of, value_of
from .wire import TIMEOUT, Wire

# One at a time


def test_a_request_is_sent_at_once_while_no_response_is_active() -> None:
    wire = Wire()
    request, (sent,) = wire.submit(instructions="Be brief.")
    assert (sent["type"], sent["event_id"]) == ("response.create", request.event_id)
    assert sent["response"]["instructions"] == "Be brief."
    assert not request.answer.done
    wire.begin(request=request.event_id)
    assert value_of(request.answer) is wire.response("resp_1")
    assert state_of(request) is RequestState.CLOSED


def test_a_second_request_waits_for_the_end_of_the_first() -> None:
    wire = Wire()
    first, _ = wire.submit()
    second, sent = wire.submit()
    assert sent == []
    assert wire.begin("resp_1", request=first.event_id) == []
    (sent_then,) = wire.done("resp_1")
    assert sent_then["event_id"] == second.event_id
    wire.begin("resp_2", request=second.event_id)
    assert value_of(first.answer) is wire.response("resp_1")
    assert value_of(second.answer) is wire.response("resp_2")


def test_requests_are_sent_in_the_order_of_their_submission() -> None:
    wire = Wire()
    requests = [wire.submit()[0] for _ in range(4)]
    for n, request in enumerate(requests):
        assert [event["event_id"] for event in wire.sent] == [request.event_id for request in requests[: n + 1]]
        wire.begin(f"resp_{n}", request=request.event_id)
        wire.done(f"resp_{n}")


def test_a_request_waits_for_a_response_that_the_server_began_by_itself() -> None:
    wire = Wire()
    wire.begin("resp_own")
    request, sent = wire.submit()
    assert sent == []
    assert [event["event_id"] for event in wire.done("resp_own")] == [request.event_id]


def test_a_request_waits_while_the_user_has_the_floor() -> None:
    wire = Wire()
    wire.engine.yield_floor()
    request, sent = wire.submit()
    assert sent == []
    effects, _ = wire.engine.regain_floor(wire.at, turn_taken=False)
    assert [event["event_id"] for event in wire.apply(effects)] == [request.event_id]


def test_out_of_band_requests_do_not_wait() -> None:
    wire = Wire()
    wire.begin("resp_own")
    asides = [wire.submit(conversation="none", metadata={"topic": topic}) for topic in ("summary", "mood")]
    assert [sent["response"]["metadata"]["topic"] for _, (sent,) in asides] == ["summary", "mood"]
    assert not wire.engine.requests.responses.outstanding


def test_an_out_of_band_response_does_not_block_requests() -> None:
    wire = Wire()
    out_of_band, _ = wire.submit(conversation="none")
    wire.begin("resp_out_of_band", request=out_of_band.event_id, conversation_id=None)
    request, sent = wire.submit()
    assert [event["event_id"] for event in sent] == [request.event_id]
    assert wire.response("resp_out_of_band").out_of_band


# Whose answer it is


def test_a_response_shows_only_the_applications_metadata() -> None:
    wire = Wire()
    _, (sent,) = wire.submit(metadata={"topic": "weather"})
    wire.begin(metadata=sent["response"]["metadata"])
    assert wire.response("resp_1").metadata == {"topic": "weather"}


def test_a_server_that_sends_no_metadata_back_answers_in_order() -> None:
    wire = Wire()
    request, _ = wire.submit()
    wire.begin(metadata=None)
    assert value_of(request.answer) is wire.response("resp_1")


def test_a_response_without_metadata_is_unrequested_if_the_server_sends_metadata_back() -> None:
    wire = echoing()
    request, _ = wire.submit()
    wire.begin("resp_own")
    assert not request.answer.done
    wire.done("resp_own")
    wire.begin("resp_2", request=request.event_id)
    assert value_of(request.answer) is wire.response("resp_2")


def test_a_response_whose_beginning_was_lost_answers_the_request_also_if_the_server_sends_metadata_back() -> None:
    wire = echoing()
    request, _ = wire.submit()
    wire.add("item_1", response="resp_1")
    assert value_of(request.answer).id == "resp_1"


def test_a_response_whose_beginning_was_lost_answers_the_user_who_has_just_spoken() -> None:
    wire = echoing()
    wire.open(audio={"input": {"turn_detection": {"type": "server_vad"}}})
    request, _ = wire.submit()
    speak(wire)
    wire.add("item_1", response="resp_1")
    assert not request.answer.done


def test_responses_are_matched_by_their_metadata_in_any_order() -> None:
    wire = Wire()
    spoken, _ = wire.submit()
    out_of_band, _ = wire.submit(conversation="none")
    wire.begin("resp_out_of_band", request=out_of_band.event_id, conversation_id=None)
    wire.begin("resp_spoken", request=spoken.event_id)
    assert value_of(spoken.answer) is wire.response("resp_spoken")
    assert value_of(out_of_band.answer) is wire.response("resp_out_of_band")


def test_a_response_that_names_its_conversation_is_not_out_of_band() -> None:
    wire = Wire()
    out_of_band, _ = wire.submit(conversation="none")
    wire.begin("resp_own")
    assert state_of(out_of_band) is RequestState.SENT


def test_in_the_first_exchange_the_answer_to_the_users_turn_is_not_that_of_a_request() -> None:
    wire = detecting()
    request, _ = wire.submit(instructions="Greet.")
    speak(wire)
    wire.begin("resp_own")  # the server answers the turn by itself
    assert not request.answer.done
    wire.error(COLLISION, event_id=request.event_id)
    (again,) = wire.done("resp_own")
    assert again["event_id"] == request.event_id
    wire.begin("resp_2", request=request.event_id)
    assert value_of(request.answer) is wire.response("resp_2")


def test_without_create_response_the_next_response_answers_the_request() -> None:
    wire = detecting(create_response=False)
    speak(wire)
    request, _ = wire.submit()
    wire.begin()
    assert value_of(request.answer) is wire.response("resp_1")


def test_an_out_of_band_response_requested_by_hand_is_not_the_answer_to_the_users_turn() -> None:
    wire = detecting()
    speak(wire)
    wire.engine.on_sent({"type": "response.create", "response": {"conversation": "none"}}, wire.at)
    wire.begin("resp_out_of_band", conversation_id=None)
    request, _ = wire.submit()
    wire.begin("resp_own")
    assert state_of(request) is RequestState.SENT


def test_an_unanswered_turn_does_not_take_the_response_of_a_request() -> None:
    wire = detecting()
    speak(wire)
    wire.receive("input_audio_buffer.speech_started", item_id="user_2")
    request, _ = wire.submit()
    wire.begin()
    assert value_of(request.answer) is wire.response("resp_1")


def test_a_turn_that_the_server_has_answered_is_not_answered_twice() -> None:
    wire = detecting()
    speak(wire)
    wire.begin("resp_own")
    wire.done("resp_own")
    request, _ = wire.submit()
    wire.begin("resp_2")
    assert value_of(request.answer) is wire.response("resp_2")


# Collisions


def test_a_request_that_collided_with_the_servers_response_is_sent_again_after_it() -> None:
    wire = echoing()
    request, (first,) = wire.submit(instructions="Be brief.")
    wire.begin("resp_own")
    assert wire.error(COLLISION, event_id=request.event_id) == []
    assert state_of(request) is RequestState.WAITING
    (again,) = wire.done("resp_own")
    assert again == first
    assert wire.emitted(ServerError) == []


def test_a_collision_without_an_event_id_is_that_of_the_conversations_request() -> None:
    wire = echoing()
    out_of_band, _ = wire.submit(conversation="none")
    request, _ = wire.submit()
    wire.begin("resp_own")
    wire.error(COLLISION)
    assert (out_of_band.state, request.state) == (RequestState.SENT, RequestState.WAITING)


def test_a_request_that_collided_has_no_deadline_while_another_response_is_active() -> None:
    wire = echoing()
    request, _ = wire.submit()
    wire.error(COLLISION, event_id=request.event_id)
    wire.begin("resp_own")  # it was this one: its end is awaited
    assert wire.wait(5.0) == []
    assert [event["event_id"] for event in wire.done("resp_own")] == [request.event_id]


def test_a_request_that_collided_has_no_deadline_while_another_request_is_outstanding() -> None:
    wire = Wire()
    request, _ = wire.submit()
    wire.submit()
    wire.error(COLLISION, event_id=request.event_id)  # the second is sent
    wire.wait(5.0)
    assert wire.engine.deadline > wire.at


def test_a_request_that_collided_has_no_deadline_while_the_user_speaks() -> None:
    wire = Wire()
    request, _ = wire.submit()
    wire.error(COLLISION, event_id=request.event_id)
    wire.engine.yield_floor()
    assert wire.wait(5.0) == []
    effects, _ = wire.engine.regain_floor(wire.at, turn_taken=False)
    assert [event["event_id"] for event in wire.apply(effects)] == [request.event_id]


def test_a_request_that_collided_and_is_answered_after_all_is_done() -> None:
    wire = echoing()
    request, _ = wire.submit()
    wire.begin("resp_own")
    wire.error(COLLISION, event_id=request.event_id)
    wire.done("resp_own")
    wire.error(COLLISION, event_id=request.event_id)
    wire.begin("resp_2", request=request.event_id)
    assert value_of(request.answer) is wire.response("resp_2")


def test_a_collision_that_is_reported_twice_does_not_fail_the_request() -> None:
    wire = echoing()
    request, _ = wire.submit()
    wire.begin("resp_own")
    wire.error(COLLISION, event_id=request.event_id)
    wire.error(COLLISION, event_id=request.event_id)
    wire.done("resp_own")
    assert state_of(request) is RequestState.SENT  # it waits for its turn, as after the first


def test_a_request_that_collided_with_an_unannounced_response_is_retried() -> None:
    wire = Wire()
    request, _ = wire.submit()
    wire.error(COLLISION, event_id=request.event_id)
    (again,) = wire.wait(1.0)
    assert again["event_id"] == request.event_id
    wire.begin(request=request.event_id)
    assert value_of(request.answer) is wire.response("resp_1")


def test_a_request_that_keeps_colliding_is_refused_in_the_end() -> None:
    wire = Wire()
    request, _ = wire.submit()
    for _ in range(math.ceil(TIMEOUT) + 1):
        wire.error(COLLISION, "busy", event_id=request.event_id)
        wire.wait(1.0)
    with pytest.raises(ServerRefused, match="busy"):
        value_of(request.answer)
    assert wire.engine.deadline == math.inf


def test_a_collision_with_an_announced_response_restarts_the_time_for_retries() -> None:
    wire = echoing()
    request, _ = wire.submit()
    wire.error(COLLISION, event_id=request.event_id)
    wire.wait(1.0)
    wire.begin("resp_own")
    wire.error(COLLISION, event_id=request.event_id)
    wire.wait(TIMEOUT)
    wire.done("resp_own")
    wire.error(COLLISION, event_id=request.event_id)
    assert [event["event_id"] for event in wire.wait(1.0)] == [request.event_id]


def test_a_request_that_collides_with_one_response_after_another_is_not_refused() -> None:
    wire = Wire()
    wire.open()
    request, _ = wire.submit()
    for number in range(20):
        wire.error(COLLISION, event_id=request.event_id)
        wire.wait(0.5)
        wire.begin(f"resp_{number}")
        wire.wait(1.0)
        assert [event["type"] for event in wire.done(f"resp_{number}")] == ["response.create"]
    assert not request.answer.done


def test_after_a_collision_of_the_servers_own_answer_the_next_response_answers_the_request() -> None:
    wire = detecting()
    wire.begin("resp_1")
    speak(wire)
    wire.error(COLLISION)
    (create,) = wire.done("resp_1")
    assert create["type"] == "response.create"
    wire.begin("resp_2")
    assert list(wire.engine.requests) == []


# What no caller awaits: texts and tools


def test_texts_that_are_sent_during_a_response_share_the_next_one() -> None:
    wire = Wire()
    wire.begin("resp_own")
    assert [wire.submit_continuation() for _ in range(3)] == [[], [], []]
    assert [event["type"] for event in wire.done("resp_own")] == ["response.create"]
    wire.begin("resp_2", request=wire.sent[-1]["event_id"])
    assert wire.done("resp_2") == []


def test_a_text_that_is_sent_while_a_request_is_outstanding_is_answered_after_it() -> None:
    wire = Wire()
    wire.submit_continuation()
    assert wire.submit_continuation() == []  # the first may have been read before this text came
    wire.begin(request=wire.sent[0]["event_id"])
    assert [event["type"] for event in wire.done()] == ["response.create"]


def test_a_text_does_not_share_the_response_of_a_request_with_overrides() -> None:
    wire = Wire()
    wire.begin("resp_own")
    request, _ = wire.submit(instructions="In French.")
    wire.submit_continuation()
    (first,) = wire.done("resp_own")
    assert first["event_id"] == request.event_id
    wire.begin("resp_2", request=request.event_id)
    assert len(wire.done("resp_2")) == 1


def test_a_text_does_not_share_the_response_of_an_exclusive_request() -> None:
    wire = Wire()
    wire.begin("resp_own")
    request, _ = wire.submit(exclusive=True)
    wire.submit_continuation()
    wire.done("resp_own")
    wire.begin("resp_2", request=request.event_id)
    assert len(wire.done("resp_2")) == 1


# Values


@pytest.mark.parametrize("value", [object(), math.nan, {1, 2}], ids=["an object", "not a number", "a set"])
def test_values_that_are_no_json_register_nothing(value: object) -> None:
    wire = Wire()
    with pytest.raises(UsageError):
        wire.submit(instructions=value)
    with pytest.raises(UsageError):
        wire.update(instructions=value)
    assert wire.sent == []
    assert list(wire.engine.requests) == []
    assert len(wire.submit()[1]) == 1
