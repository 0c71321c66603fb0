"""Each request has a way out: a refusal, its deadline, a caller that gives up, the end of the connection."""

from __future__ import annotations

from typing import Any

import pytest

from realtime_sdk.conversation._completion import Completion
from realtime_sdk.conversation._sdk_events import ServerError
from realtime_sdk.conversation.requests._requests import RequestState, ResponseRequest
from realtime_sdk.errors import RequestTimedOut, ServerRefused, UsageError

from .request_steps import COLLISION, echoing, failures_of, state_of, value_of
from .wire import ENDED, TIMEOUT, Wire


def request_in(state: RequestState, wire: Wire) -> ResponseRequest:
    """A request that has come so far."""
    if state is RequestState.WAITING:
        wire.begin("resp_own")
    request, _ = wire.submit()
    match state:
        case RequestState.WITHDRAWN:
            wire.apply(wire.engine.withdraw(request, wire.at))
        case RequestState.LATE:
            wire.wait(TIMEOUT)
        case RequestState.CLOSED:
            wire.begin(request=request.event_id)
    assert state_of(request) is state
    return request


# Refusals


def test_a_refused_request_fails_with_the_servers_message_and_frees_the_conversation() -> None:
    wire = Wire()
    request, _ = wire.submit(audio={"output": {"voice": "nemo"}})
    (refusal,) = failures_of(
        lambda: wire.error("invalid_value", "no such voice", event_id=request.event_id), request.answer
    )
    assert isinstance(refusal, ServerRefused)
    assert (str(refusal), refusal.code, refusal.event_id) == ("no such voice", "invalid_value", request.event_id)
    assert wire.emitted(ServerError) == []  # its caller has it
    assert len(wire.submit()[1]) == 1


def test_a_request_that_is_refused_while_it_waits_fails() -> None:
    wire = echoing()
    request, _ = wire.submit()
    wire.begin("resp_own")
    wire.error(COLLISION, event_id=request.event_id)
    wire.error("invalid_value", "no such voice", event_id=request.event_id)
    assert request.answer.done
    with pytest.raises(ServerRefused, match="no such voice"):
        value_of(request.answer)


def test_a_refusal_lets_the_next_request_be_sent() -> None:
    wire = Wire()
    first, _ = wire.submit()
    second, _ = wire.submit()
    (sent,) = wire.error("invalid_value", event_id=first.event_id)
    assert sent["event_id"] == second.event_id


def test_a_refusal_that_no_caller_awaits_is_an_event() -> None:
    wire = Wire()
    (sent,) = wire.submit_continuation()
    wire.error("invalid_value", "no such voice", event_id=sent["event_id"])
    (error,) = wire.emitted(ServerError)
    assert (error.message, error.code, error.event_id) == ("no such voice", "invalid_value", sent["event_id"])


def test_an_error_about_another_event_does_not_fail_a_request() -> None:
    wire = Wire()
    request, _ = wire.submit()
    wire.error("invalid_value", "no such item", event_id="event_of_the_application")
    assert state_of(request) is RequestState.SENT
    (error,) = wire.emitted(ServerError)
    assert (error.message, error.event_id) == ("no such item", "event_of_the_application")


def test_an_error_that_names_nothing_is_about_the_one_request_that_is_outstanding() -> None:
    wire = Wire()
    request, _ = wire.submit()
    failures = failures_of(lambda: wire.error(None, "bad voice"), request.answer)
    assert [str(failure) for failure in failures] == ["bad voice"]


@pytest.mark.parametrize("other", ["an update", "an out-of-band request"])
def test_an_error_that_names_nothing_is_about_none_of_several_requests(other: str) -> None:
    wire = Wire()
    request, _ = wire.submit()
    second = wire.update(instructions="Be kind.") if other == "an update" else wire.submit(conversation="none")[0]
    wire.error(None, "something is wrong")
    assert (request.state, second.state) == (RequestState.SENT, RequestState.SENT)
    assert [error.message for error in wire.emitted(ServerError)] == ["something is wrong"]


def test_an_error_that_names_nothing_may_be_about_a_truncation_that_is_not_confirmed() -> None:
    wire = Wire()
    wire.begin()
    wire.say("item_1", "A story.", 800)
    wire.done()
    wire.play(300)
    wire.interrupt()
    request, _ = wire.submit()
    wire.error(None, "item_1 is shorter than that")
    assert state_of(request) is RequestState.SENT
    wire.receive("conversation.item.truncated", item_id="item_1", content_index=0, audio_end_ms=300)
    wire.error(None, "no such voice")
    assert state_of(request) is RequestState.CLOSED


def test_a_deletion_that_the_application_sent_as_a_mapping_is_confirmed() -> None:
    wire = Wire()
    request, _ = wire.submit()
    wire.engine.on_sent({"type": "conversation.item.delete", "item_id": "item_1"}, wire.at)
    wire.error(None, "no such item")
    assert state_of(request) is RequestState.SENT
    wire.receive("conversation.item.deleted", item_id="item_1")
    wire.error(None, "no such voice")
    assert state_of(request) is RequestState.CLOSED


def test_an_error_that_names_nothing_may_be_about_any_change_that_is_not_confirmed() -> None:
    wire = Wire()
    wire.begin()
    wire.say("item_1", "A story.", 800)
    wire.say("item_2", "Another.", 800)
    wire.done()
    wire.play(300)
    wire.interrupt()
    wire.engine.on_sent({"type": "conversation.item.create"}, wire.at)
    request, _ = wire.submit()
    wire.receive("conversation.item.truncated", item_id="item_1", content_index=0, audio_end_ms=300)
    wire.error(None, "there is no such item")
    wire.receive("conversation.item.deleted", item_id="item_2")
    wire.error(None, "the item has no content")
    assert state_of(request) is RequestState.SENT
    wire.receive("conversation.item.added", item=Wire.item("item_3"))
    wire.error(None, "no such voice")
    assert state_of(request) is RequestState.CLOSED


def test_an_item_that_this_side_gives_once_more_is_confirmed_by_its_id() -> None:
    wire = Wire()
    wire.receive("conversation.item.added", item=Wire.item("item_1"))
    wire.engine.on_sent({"type": "conversation.item.create", "item": {"id": "item_1"}}, wire.at)
    request, _ = wire.submit()
    wire.error(None, "no such item")
    assert state_of(request) is RequestState.SENT
    wire.receive("conversation.item.added", item=Wire.item("item_1"))
    wire.error(None, "no such voice")
    assert state_of(request) is RequestState.CLOSED


def test_a_cancellation_that_came_too_late_is_no_error() -> None:
    wire = Wire()
    wire.error("response_cancel_not_active", event_id="cancel_1")
    assert wire.emitted(ServerError) == []


@pytest.mark.parametrize(
    ("code", "reported"),
    [
        ("response_cancel_not_active", 0), ("input_audio_buffer_commit_empty", 1),
        ("item_truncate_invalid_item_id", 1),
    ],
)  # fmt: skip
def test_an_error_without_an_id_whose_code_is_of_another_event_refuses_no_request(code: str, reported: int) -> None:
    wire = Wire()
    request, _ = wire.submit()
    request.answer.waiters = 1  # a caller awaits it
    wire.error(code)
    assert state_of(request) is RequestState.SENT
    assert len(wire.emitted(ServerError)) == reported


# Deadlines


def test_a_request_that_is_not_answered_in_time_fails() -> None:
    wire = Wire()
    request, _ = wire.submit()
    wire.wait(TIMEOUT - 0.1)
    assert not request.answer.done
    (failure,) = failures_of(lambda: wire.wait(0.2), request.answer)
    assert isinstance(failure, RequestTimedOut)
    assert str(failure) == "the server did not answer response.create within 15 s"


def test_a_caller_may_choose_its_timeout() -> None:
    wire = Wire()
    soon, _ = wire.submit(timeout=2.0, conversation="none")
    later = wire.update(timeout=30.0, instructions="Be kind.")
    wire.wait(2.5)
    assert (soon.state, later.state) == (RequestState.LATE, RequestState.SENT)
    wire.wait(20.0)
    assert state_of(later) is RequestState.SENT
    wire.wait(10.0)
    assert state_of(later) is RequestState.LATE


def test_the_timeout_runs_from_when_a_request_is_sent() -> None:
    wire = Wire()
    wire.begin("resp_own")
    request, _ = wire.submit()
    wire.wait(TIMEOUT * 2)
    assert state_of(request) is RequestState.WAITING
    wire.done("resp_own")
    wire.wait(TIMEOUT - 0.1)
    assert state_of(request) is RequestState.SENT
    wire.wait(0.2)
    assert state_of(request) is RequestState.LATE


def test_the_timeout_of_a_request_without_a_caller_is_an_event() -> None:
    wire = Wire()
    wire.submit_continuation()
    wire.wait(TIMEOUT)
    (error,) = wire.emitted(ServerError)
    assert (error.type, error.code, error.event_id) == ("timeout", "no_answer", wire.sent[0]["event_id"])
    assert "did not answer response.create within 15 s" in error.message


def test_a_request_without_an_answer_does_not_block_the_next() -> None:
    wire = Wire()
    wire.submit()
    second, _ = wire.submit()
    assert [event["event_id"] for event in wire.wait(TIMEOUT)] == [second.event_id]


def test_a_late_response_is_cancelled_by_id_and_not_heard() -> None:
    wire = Wire()
    request, _ = wire.submit()
    wire.wait(TIMEOUT)
    (sent,) = wire.begin(request=request.event_id)
    assert (sent["type"], sent["response_id"]) == ("response.cancel", "resp_1")
    wire.receive("response.output_item.added", response_id="resp_1", item=Wire.item("item_1"))
    wire.audio("item_1", 500)
    wire.play(600)
    assert wire.timeline.played == 0


def test_a_refusal_that_comes_too_late_is_an_event() -> None:
    wire = Wire()
    request, _ = wire.submit()
    failures_of(lambda: wire.wait(TIMEOUT), request.answer)
    wire.error("invalid_value", "no such voice", event_id=request.event_id)
    assert [error.message for error in wire.emitted(ServerError)] == ["no such voice"]
    assert list(wire.engine.requests) == []


def test_a_request_without_an_answer_is_dropped_in_the_end() -> None:
    wire = Wire()
    wire.submit()
    wire.update(instructions="Be kind.")
    wire.pass_deadlines()
    assert list(wire.engine.requests) == []


def test_an_update_that_is_confirmed_too_late_is_closed() -> None:
    wire = Wire()
    update = wire.update(instructions="Be kind.")
    wire.wait(TIMEOUT)
    wire.receive("session.updated", session={})
    assert state_of(update) is RequestState.CLOSED


# Withdrawal


def test_a_request_that_is_withdrawn_while_it_waits_is_never_sent() -> None:
    wire = Wire()
    wire.begin("resp_own")
    request, _ = wire.submit()
    assert wire.apply(wire.engine.withdraw(request, wire.at)) == []
    assert state_of(request) is RequestState.CLOSED
    assert wire.done("resp_own") == []


def test_the_response_to_a_withdrawn_request_is_cancelled_by_id_and_not_heard() -> None:
    wire = Wire()
    request, _ = wire.submit()
    wire.apply(wire.engine.withdraw(request, wire.at))
    (sent,) = wire.begin(request=request.event_id)
    assert (sent["type"], sent["response_id"]) == ("response.cancel", "resp_1")
    assert wire.response("resp_1").interrupted
    wire.receive("response.output_item.added", response_id="resp_1", item=Wire.item("item_1"))
    wire.audio("item_1", 500)
    wire.play(600)
    assert wire.timeline.played == 0


def test_the_next_request_waits_for_the_end_of_the_response_to_a_withdrawn_one() -> None:
    wire = Wire()
    withdrawn, _ = wire.submit()
    wire.apply(wire.engine.withdraw(withdrawn, wire.at))
    request, sent = wire.submit()
    assert sent == []
    wire.begin(request=withdrawn.event_id)
    (sent_then,) = wire.done(status="cancelled")
    assert sent_then["event_id"] == request.event_id


def test_a_withdrawn_request_that_collides_is_not_sent_again() -> None:
    wire = echoing()
    request, _ = wire.submit()
    wire.begin("resp_own")
    wire.apply(wire.engine.withdraw(request, wire.at))
    wire.error(COLLISION, event_id=request.event_id)
    assert wire.done("resp_own") == []
    assert list(wire.engine.requests) == []


def test_the_refusal_of_a_withdrawn_request_is_not_reported() -> None:
    wire = Wire()
    request, _ = wire.submit()
    wire.apply(wire.engine.withdraw(request, wire.at))
    wire.error("invalid_value", event_id=request.event_id)
    assert wire.emitted(ServerError) == []
    assert list(wire.engine.requests) == []


def test_a_withdrawn_request_without_an_answer_does_not_block_the_next() -> None:
    wire = Wire()
    withdrawn, _ = wire.submit()
    wire.apply(wire.engine.withdraw(withdrawn, wire.at))
    request, _ = wire.submit()
    assert [event["event_id"] for event in wire.wait(TIMEOUT)] == [request.event_id]
    assert wire.emitted(ServerError) == []


def test_withdrawing_an_answered_request_changes_nothing() -> None:
    wire = Wire()
    request, _ = wire.submit()
    wire.begin(request=request.event_id)
    assert wire.apply(wire.engine.withdraw(request, wire.at)) == []
    assert value_of(request.answer) is wire.response("resp_1")
    assert not wire.response("resp_1").interrupted


@pytest.mark.parametrize("state", list(RequestState))
def test_a_request_can_be_withdrawn_in_any_state(state: RequestState) -> None:
    wire = Wire()
    request = request_in(state, wire)
    wire.apply(wire.engine.withdraw(request, wire.at))
    assert not request.wanted
    assert request.answer.done


def test_an_interruption_withdraws_every_request_but_out_of_band_ones() -> None:
    wire = Wire()
    sent, _ = wire.submit()
    waiting, _ = wire.submit()
    out_of_band, _ = wire.submit(conversation="none")
    wire.engine.withdraw_all()
    assert [request.state for request in (sent, waiting, out_of_band)] == [
        RequestState.WITHDRAWN, RequestState.CLOSED, RequestState.SENT,
    ]  # fmt: skip
    with pytest.raises(UsageError, match="interrupted before the server began to answer"):
        value_of(waiting.answer)


# The end of the connection


def test_the_end_of_the_connection_fails_every_request() -> None:
    wire = Wire()
    requests = [wire.submit()[0], wire.submit()[0], wire.submit(conversation="none")[0]]
    answers: list[Completion[Any]] = [request.answer for request in requests]
    answers.append(wire.update(instructions="Be kind.").answer)
    failures = failures_of(wire.disconnect, *answers)
    assert failures == [ENDED] * 4
    assert list(wire.engine.requests) == []


@pytest.mark.parametrize("state", list(RequestState))
def test_a_request_ends_with_the_connection_in_whatever_state_it_is(state: RequestState) -> None:
    wire = Wire()
    request = request_in(state, wire)
    wire.disconnect()
    assert state_of(request) is RequestState.CLOSED
    assert list(wire.engine.requests) == []


@pytest.mark.parametrize(("param", "cure"), [("response.metadata", "metadata=False)"), ("session.type", '"beta"')])
def test_a_server_that_does_not_know_a_field_of_each_request_is_said_to_need_a_dialect(param: str, cure: str) -> None:
    wire = Wire()
    request, _ = wire.submit()
    refused = {"code": "unknown_parameter", "param": param, "message": f"Unknown parameter: '{param}'."}
    wire.receive("error", error={**refused, "event_id": request.event_id})
    [error] = wire.emitted(ServerError)
    assert error.message.startswith(f"Unknown parameter: '{param}'. ")
    assert "dialect" in error.message and error.message.endswith(cure)
