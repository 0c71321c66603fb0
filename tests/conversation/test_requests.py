"""Requests to the server: none collides, each finds its own answer, and each has a way out."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import anyio
import pytest

from realtime_sdk.conversation import Outcome, Request, RequestState, ServerError
from realtime_sdk.errors import RequestTimedOut, ServerRefused, UsageError
from realtime_sdk.testing import run_virtual

from .wire import ENDED, TIMEOUT, Wire

T = TypeVar("T")

COLLISION = "conversation_already_has_active_response"


def value_of(answer: Outcome[T]) -> T:
    """What a caller gets that awaits the answer, or what it raises."""
    return run_virtual(answer.wait)


async def keep_failure(wait: Callable[[], Awaitable[object]], failures: list[Exception]) -> None:
    try:
        await wait()
    except Exception as error:
        failures.append(error)


def failures_of(act: Callable[[], object], *answers: Outcome[Any]) -> list[Exception]:
    """What callers raise that await these answers while something happens."""
    failures: list[Exception] = []

    async def main() -> None:
        async with anyio.create_task_group() as tasks:
            for answer in answers:
                tasks.start_soon(keep_failure, answer.wait, failures)
            await anyio.sleep(0.1)
            act()

    run_virtual(main)
    return failures


def state_of(request: Request[Any]) -> RequestState:
    """Its state; a type checker would take an attribute for what it was compared with last."""
    return request.state


def speak(wire: Wire, item: str = "user_1") -> None:
    """The user says something, which becomes a message; what the server does then depends on its turn detection."""
    wire.receive("input_audio_buffer.speech_started", item_id=item)
    wire.receive("input_audio_buffer.speech_stopped", item_id=item)
    wire.receive("input_audio_buffer.committed", item_id=item, previous_item_id=None)


def detecting(**detection: Any) -> Wire:
    """A session whose server detects turns."""
    wire = Wire()
    wire.open(audio={"input": {"turn_detection": {"type": "server_vad", **detection}}})
    return wire


def echoing() -> Wire:
    """A session whose server has shown that it sends metadata back."""
    wire = Wire()
    request, _ = wire.ask()
    wire.begin("resp_0", request=request.event_id)
    wire.done("resp_0")
    wire.sent.clear()
    return wire


# One at a time


def test_a_free_conversation_is_asked_at_once() -> None:
    wire = Wire()
    request, (sent,) = wire.ask(instructions="Be brief.")
    assert (sent["type"], sent["event_id"]) == ("response.create", request.event_id)
    assert sent["response"]["instructions"] == "Be brief."
    assert not request.answer.settled
    wire.begin(request=request.event_id)
    assert value_of(request.answer) is wire.response("resp_1")
    assert state_of(request) is RequestState.CLOSED


def test_a_second_request_waits_for_the_end_of_the_first() -> None:
    wire = Wire()
    first, _ = wire.ask()
    second, sent = wire.ask()
    assert sent == []
    assert wire.begin("resp_1", request=first.event_id) == []
    (sent_then,) = wire.done("resp_1")
    assert sent_then["event_id"] == second.event_id
    wire.begin("resp_2", request=second.event_id)
    assert value_of(first.answer) is wire.response("resp_1")
    assert value_of(second.answer) is wire.response("resp_2")


def test_requests_are_sent_in_the_order_in_which_they_were_made() -> None:
    wire = Wire()
    requests = [wire.ask()[0] for _ in range(4)]
    for n, request in enumerate(requests):
        assert [event["event_id"] for event in wire.sent] == [asked.event_id for asked in requests[: n + 1]]
        wire.begin(f"resp_{n}", request=request.event_id)
        wire.done(f"resp_{n}")


def test_a_request_waits_for_a_response_that_the_server_began_by_itself() -> None:
    wire = Wire()
    wire.begin("resp_own")
    request, sent = wire.ask()
    assert sent == []
    assert [event["event_id"] for event in wire.done("resp_own")] == [request.event_id]


def test_a_request_waits_while_the_user_has_the_floor() -> None:
    wire = Wire()
    wire.engine.hold()
    request, sent = wire.ask()
    assert sent == []
    effects, _ = wire.engine.release(wire.at, taken=False)
    assert [event["event_id"] for event in wire.apply(effects)] == [request.event_id]


def test_out_of_band_requests_wait_for_nothing() -> None:
    wire = Wire()
    wire.begin("resp_own")
    asides = [wire.ask(conversation="none", metadata={"topic": topic}) for topic in ("summary", "mood")]
    assert [sent["response"]["metadata"]["topic"] for _, (sent,) in asides] == ["summary", "mood"]
    assert not wire.engine.requests.asked


def test_an_out_of_band_response_keeps_no_other_waiting() -> None:
    wire = Wire()
    aside, _ = wire.ask(conversation="none")
    wire.begin("resp_aside", request=aside.event_id, conversation_id=None)
    request, sent = wire.ask()
    assert [event["event_id"] for event in sent] == [request.event_id]
    assert wire.response("resp_aside").out_of_band


# Whose answer it is


def test_the_applications_own_metadata_is_what_the_response_shows() -> None:
    wire = Wire()
    _, (sent,) = wire.ask(metadata={"topic": "weather"})
    wire.begin(metadata=sent["response"]["metadata"])
    assert wire.response("resp_1").metadata == {"topic": "weather"}


def test_a_server_that_sends_no_metadata_back_is_understood() -> None:
    wire = Wire()
    request, _ = wire.ask()
    wire.begin(metadata=None)
    assert value_of(request.answer) is wire.response("resp_1")


def test_of_a_server_that_sends_metadata_back_a_response_without_is_its_own() -> None:
    wire = echoing()
    request, _ = wire.ask()
    wire.begin("resp_own")
    assert not request.answer.settled
    wire.done("resp_own")
    wire.begin("resp_2", request=request.event_id)
    assert value_of(request.answer) is wire.response("resp_2")


def test_answers_are_told_apart_by_their_metadata_in_whatever_order_they_come() -> None:
    wire = Wire()
    spoken, _ = wire.ask()
    aside, _ = wire.ask(conversation="none")
    wire.begin("resp_aside", request=aside.event_id, conversation_id=None)
    wire.begin("resp_spoken", request=spoken.event_id)
    assert value_of(spoken.answer) is wire.response("resp_spoken")
    assert value_of(aside.answer) is wire.response("resp_aside")


def test_in_the_first_exchange_a_request_is_not_given_the_answer_to_the_users_turn() -> None:
    wire = detecting()
    request, _ = wire.ask(instructions="Greet.")
    speak(wire)
    wire.begin("resp_own")  # the server answers the turn by itself
    assert not request.answer.settled
    wire.error(COLLISION, event_id=request.event_id)
    (again,) = wire.done("resp_own")
    assert again["event_id"] == request.event_id
    wire.begin("resp_2", request=request.event_id)
    assert value_of(request.answer) is wire.response("resp_2")


def test_a_server_that_was_told_not_to_answer_turns_answers_the_request() -> None:
    wire = detecting(create_response=False)
    speak(wire)
    request, _ = wire.ask()
    wire.begin()
    assert value_of(request.answer) is wire.response("resp_1")


def test_a_turn_that_the_server_has_answered_is_not_answered_twice() -> None:
    wire = detecting()
    speak(wire)
    wire.begin("resp_own")
    wire.done("resp_own")
    request, _ = wire.ask()
    wire.begin("resp_2")
    assert value_of(request.answer) is wire.response("resp_2")


# Collisions


def test_a_request_that_met_the_servers_own_response_is_sent_again_after_it() -> None:
    wire = echoing()
    request, (first,) = wire.ask(instructions="Be brief.")
    wire.begin("resp_own")
    assert wire.error(COLLISION, event_id=request.event_id) == []
    assert state_of(request) is RequestState.WAITING
    (again,) = wire.done("resp_own")
    assert again == first
    assert wire.emitted(ServerError) == []


def test_a_collision_that_names_nothing_is_that_of_the_request_of_the_conversation() -> None:
    wire = echoing()
    aside, _ = wire.ask(conversation="none")
    request, _ = wire.ask()
    wire.begin("resp_own")
    wire.error(COLLISION)
    assert (aside.state, request.state) == (RequestState.SENT, RequestState.WAITING)


def test_a_collision_with_a_response_of_which_nothing_is_known_is_tried_again() -> None:
    wire = Wire()
    request, _ = wire.ask()
    wire.error(COLLISION, event_id=request.event_id)
    (again,) = wire.wait(1.0)
    assert again["event_id"] == request.event_id
    wire.begin(request=request.event_id)
    assert value_of(request.answer) is wire.response("resp_1")


def test_a_request_that_only_ever_collides_is_refused_in_the_end() -> None:
    wire = Wire()
    request, _ = wire.ask()
    for _ in range(math.ceil(TIMEOUT) + 1):
        wire.error(COLLISION, "busy", event_id=request.event_id)
        wire.wait(1.0)
    with pytest.raises(ServerRefused, match="busy"):
        value_of(request.answer)
    assert wire.engine.deadline == math.inf


# Refusals


def test_a_refused_request_fails_with_the_servers_words_and_frees_the_conversation() -> None:
    wire = Wire()
    request, _ = wire.ask(audio={"output": {"voice": "nemo"}})
    (refusal,) = failures_of(
        lambda: wire.error("invalid_value", "no such voice", event_id=request.event_id), request.answer
    )
    assert isinstance(refusal, ServerRefused)
    assert (str(refusal), refusal.code, refusal.event_id) == ("no such voice", "invalid_value", request.event_id)
    assert wire.emitted(ServerError) == []  # its caller has it
    assert len(wire.ask()[1]) == 1


def test_a_refusal_lets_the_next_request_be_sent() -> None:
    wire = Wire()
    first, _ = wire.ask()
    second, _ = wire.ask()
    (sent,) = wire.error("invalid_value", event_id=first.event_id)
    assert sent["event_id"] == second.event_id


def test_a_refusal_that_no_caller_awaits_is_an_event() -> None:
    wire = Wire()
    (sent,) = wire.go_on()
    wire.error("invalid_value", "no such voice", event_id=sent["event_id"])
    (error,) = wire.emitted(ServerError)
    assert (error.message, error.code, error.event_id) == ("no such voice", "invalid_value", sent["event_id"])


def test_an_error_about_something_else_leaves_a_request_alone() -> None:
    wire = Wire()
    request, _ = wire.ask()
    wire.error("invalid_value", "no such item", event_id="event_of_the_application")
    assert state_of(request) is RequestState.SENT
    (error,) = wire.emitted(ServerError)
    assert (error.message, error.event_id) == ("no such item", "event_of_the_application")


def test_an_error_that_names_nothing_is_about_the_one_request_that_is_outstanding() -> None:
    wire = Wire()
    request, _ = wire.ask()
    failures = failures_of(lambda: wire.error(None, "bad voice"), request.answer)
    assert [str(failure) for failure in failures] == ["bad voice"]


@pytest.mark.parametrize("other", ["an update", "an aside"])
def test_an_error_that_names_nothing_is_about_none_of_several_requests(other: str) -> None:
    wire = Wire()
    request, _ = wire.ask()
    second = wire.update(instructions="Be kind.") if other == "an update" else wire.ask(conversation="none")[0]
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
    request, _ = wire.ask()
    wire.error(None, "item_1 is shorter than that")
    assert state_of(request) is RequestState.SENT
    wire.receive("conversation.item.truncated", item_id="item_1", content_index=0, audio_end_ms=300)
    wire.error(None, "no such voice")
    assert state_of(request) is RequestState.CLOSED


def test_a_cancellation_that_came_too_late_is_no_error() -> None:
    wire = Wire()
    wire.error("response_cancel_not_active", event_id="cancel_1")
    assert wire.emitted(ServerError) == []


# Deadlines


def test_a_request_that_is_not_answered_in_time_fails() -> None:
    wire = Wire()
    request, _ = wire.ask()
    wire.wait(TIMEOUT - 0.1)
    assert not request.answer.settled
    (failure,) = failures_of(lambda: wire.wait(0.2), request.answer)
    assert isinstance(failure, RequestTimedOut)
    assert str(failure) == "the server did not answer response.create within 15 s"


def test_a_caller_may_wait_for_less_or_longer() -> None:
    wire = Wire()
    soon, _ = wire.ask(timeout=2.0, conversation="none")
    later = wire.update(timeout=30.0, instructions="Be kind.")
    wire.wait(2.5)
    assert (soon.state, later.state) == (RequestState.LATE, RequestState.SENT)
    wire.wait(20.0)
    assert state_of(later) is RequestState.SENT
    wire.wait(10.0)
    assert state_of(later) is RequestState.LATE


def test_the_seconds_run_from_when_a_request_is_sent() -> None:
    wire = Wire()
    wire.begin("resp_own")
    request, _ = wire.ask()
    wire.wait(TIMEOUT * 2)
    assert state_of(request) is RequestState.WAITING
    wire.done("resp_own")
    wire.wait(TIMEOUT - 0.1)
    assert state_of(request) is RequestState.SENT
    wire.wait(0.2)
    assert state_of(request) is RequestState.LATE


def test_a_request_that_no_caller_awaits_does_not_fail_in_silence() -> None:
    wire = Wire()
    wire.go_on()
    wire.wait(TIMEOUT)
    (error,) = wire.emitted(ServerError)
    assert (error.type, error.code, error.event_id) == ("timeout", "no_answer", wire.sent[0]["event_id"])
    assert "did not answer response.create within 15 s" in error.message


def test_a_request_without_an_answer_gives_way_to_the_next() -> None:
    wire = Wire()
    wire.ask()
    second, _ = wire.ask()
    assert [event["event_id"] for event in wire.wait(TIMEOUT)] == [second.event_id]


def test_a_late_answer_is_cancelled_by_id_and_not_heard() -> None:
    wire = Wire()
    request, _ = wire.ask()
    wire.wait(TIMEOUT)
    (sent,) = wire.begin(request=request.event_id)
    assert (sent["type"], sent["response_id"]) == ("response.cancel", "resp_1")
    wire.receive("response.output_item.added", response_id="resp_1", item=Wire.item("item_1"))
    wire.audio("item_1", 500)
    wire.play(600)
    assert wire.timeline.played == 0


def test_a_request_without_an_answer_is_forgotten_in_the_end() -> None:
    wire = Wire()
    wire.ask()
    wire.update(instructions="Be kind.")
    wire.take_exits()
    assert list(wire.engine.requests) == []


# Withdrawal


def test_a_request_that_is_withdrawn_while_it_waits_is_never_sent() -> None:
    wire = Wire()
    wire.begin("resp_own")
    request, _ = wire.ask()
    assert wire.apply(wire.engine.withdraw(request, wire.at)) == []
    assert state_of(request) is RequestState.CLOSED
    assert wire.done("resp_own") == []


def test_the_answer_to_a_withdrawn_request_is_cancelled_by_id_and_not_heard() -> None:
    wire = Wire()
    request, _ = wire.ask()
    wire.apply(wire.engine.withdraw(request, wire.at))
    (sent,) = wire.begin(request=request.event_id)
    assert (sent["type"], sent["response_id"]) == ("response.cancel", "resp_1")
    assert wire.response("resp_1").stopped
    wire.receive("response.output_item.added", response_id="resp_1", item=Wire.item("item_1"))
    wire.audio("item_1", 500)
    wire.play(600)
    assert wire.timeline.played == 0


def test_the_next_request_waits_until_a_withdrawn_one_is_answered_and_over() -> None:
    wire = Wire()
    withdrawn, _ = wire.ask()
    wire.apply(wire.engine.withdraw(withdrawn, wire.at))
    request, sent = wire.ask()
    assert sent == []
    wire.begin(request=withdrawn.event_id)
    (sent_then,) = wire.done(status="cancelled")
    assert sent_then["event_id"] == request.event_id


def test_a_withdrawn_request_that_collides_is_not_sent_again() -> None:
    wire = echoing()
    request, _ = wire.ask()
    wire.begin("resp_own")
    wire.apply(wire.engine.withdraw(request, wire.at))
    wire.error(COLLISION, event_id=request.event_id)
    assert wire.done("resp_own") == []
    assert list(wire.engine.requests) == []


def test_a_withdrawn_request_that_is_refused_bothers_nobody() -> None:
    wire = Wire()
    request, _ = wire.ask()
    wire.apply(wire.engine.withdraw(request, wire.at))
    wire.error("invalid_value", event_id=request.event_id)
    assert wire.emitted(ServerError) == []
    assert list(wire.engine.requests) == []


def test_a_withdrawn_request_that_is_never_answered_gives_way_to_the_next() -> None:
    wire = Wire()
    withdrawn, _ = wire.ask()
    wire.apply(wire.engine.withdraw(withdrawn, wire.at))
    request, _ = wire.ask()
    assert [event["event_id"] for event in wire.wait(TIMEOUT)] == [request.event_id]
    assert wire.emitted(ServerError) == []


def test_to_withdraw_what_is_over_changes_nothing() -> None:
    wire = Wire()
    request, _ = wire.ask()
    wire.begin(request=request.event_id)
    assert wire.apply(wire.engine.withdraw(request, wire.at)) == []
    assert value_of(request.answer) is wire.response("resp_1")
    assert not wire.response("resp_1").stopped


def test_an_interruption_withdraws_all_that_the_conversation_was_asked_for_but_no_aside() -> None:
    wire = Wire()
    sent, _ = wire.ask()
    waiting, _ = wire.ask()
    aside, _ = wire.ask(conversation="none")
    wire.engine.withdraw_all()
    assert [request.state for request in (sent, waiting, aside)] == [
        RequestState.WITHDRAWN, RequestState.CLOSED, RequestState.SENT,
    ]  # fmt: skip
    with pytest.raises(UsageError, match="interrupted before the server began to answer"):
        value_of(waiting.answer)


# The end of the connection


def test_the_end_of_the_connection_fails_every_request() -> None:
    wire = Wire()
    answers: list[Outcome[Any]] = [wire.ask()[0].answer, wire.ask()[0].answer, wire.ask(conversation="none")[0].answer]
    answers.append(wire.update(instructions="Be kind.").answer)
    failures = failures_of(wire.disconnect, *answers)
    assert failures == [ENDED] * 4
    assert list(wire.engine.requests) == []


@pytest.mark.parametrize("state", list(RequestState))
def test_a_request_ends_with_the_connection_in_whatever_state_it_is(state: RequestState) -> None:
    wire = Wire()
    if state is RequestState.WAITING:
        wire.begin("resp_own")
    request, _ = wire.ask()
    match state:
        case RequestState.WITHDRAWN:
            wire.apply(wire.engine.withdraw(request, wire.at))
        case RequestState.LATE:
            wire.wait(TIMEOUT)
        case RequestState.CLOSED:
            wire.begin(request=request.event_id)
    assert state_of(request) is state
    wire.disconnect()
    assert state_of(request) is RequestState.CLOSED
    assert list(wire.engine.requests) == []


# What no caller awaits: texts and tools


def test_texts_that_are_sent_during_a_response_share_the_next() -> None:
    wire = Wire()
    wire.begin("resp_own")
    assert [wire.go_on() for _ in range(3)] == [[], [], []]
    assert [event["type"] for event in wire.done("resp_own")] == ["response.create"]
    wire.begin("resp_2", request=wire.sent[-1]["event_id"])
    assert wire.done("resp_2") == []


def test_a_text_that_is_sent_while_a_request_is_on_its_way_is_answered_after_that() -> None:
    wire = Wire()
    wire.go_on()
    assert wire.go_on() == []  # the first may have been read before this text came
    wire.begin(request=wire.sent[0]["event_id"])
    assert [event["type"] for event in wire.done()] == ["response.create"]


def test_a_text_does_not_share_the_response_of_a_request_with_wishes_of_its_own() -> None:
    wire = Wire()
    wire.begin("resp_own")
    request, _ = wire.ask(instructions="In French.")
    wire.go_on()
    (first,) = wire.done("resp_own")
    assert first["event_id"] == request.event_id
    wire.begin("resp_2", request=request.event_id)
    assert len(wire.done("resp_2")) == 1


def test_a_text_does_not_share_the_response_that_a_caller_awaits() -> None:
    wire = Wire()
    wire.begin("resp_own")
    request, _ = wire.ask()

    async def main() -> None:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(request.answer.wait)
            await anyio.sleep(0.1)
            wire.go_on()
            wire.done("resp_own")
            wire.begin("resp_2", request=request.event_id)

    run_virtual(main)
    assert len(wire.done("resp_2")) == 1


# Values


@pytest.mark.parametrize("value", [object(), math.nan, {1, 2}], ids=["an object", "not a number", "a set"])
def test_values_that_json_cannot_hold_register_nothing(value: object) -> None:
    wire = Wire()
    with pytest.raises(UsageError):
        wire.ask(instructions=value)
    with pytest.raises(UsageError):
        wire.update(instructions=value)
    assert wire.sent == []
    assert list(wire.engine.requests) == []
    assert len(wire.ask()[1]) == 1


# Changes of the session


def test_an_update_is_sent_at_once_and_answered_by_the_session_as_it_is_then() -> None:
    wire = Wire()
    wire.begin()
    update = wire.update(instructions="Be kind.")
    assert wire.types == ["session.update"]
    assert wire.engine.requests.updating
    wire.receive("session.updated", session={"instructions": "Be kind.", "voice": "alloy"})
    assert value_of(update.answer) == {"instructions": "Be kind.", "voice": "alloy"}
    assert wire.engine.session.instructions == "Be kind."
    assert not wire.engine.requests.updating


def test_updates_are_confirmed_in_the_order_in_which_they_were_sent() -> None:
    wire = Wire()
    first, second = wire.update(voice="alloy"), wire.update(voice="marin")
    wire.receive("session.updated", session={"voice": "alloy"})
    assert (first.answer.settled, second.answer.settled) == (True, False)
    wire.receive("session.updated", session={"voice": "marin"})
    assert value_of(second.answer) == {"voice": "marin"}


def test_a_refused_update_is_not_confirmed_by_the_next_ones_confirmation() -> None:
    wire = Wire()
    first, second = wire.update(voice="nemo"), wire.update(voice="marin")
    (refusal,) = failures_of(lambda: wire.error("invalid_value", "no nemo", event_id=first.event_id), first.answer)
    assert str(refusal) == "no nemo"
    wire.receive("session.updated", session={"voice": "marin"})
    assert value_of(second.answer) == {"voice": "marin"}


def test_a_withdrawn_update_still_takes_its_confirmation() -> None:
    wire = Wire()
    first, second = wire.update(voice="alloy"), wire.update(voice="marin")
    wire.apply(wire.engine.withdraw(first, wire.at))
    wire.receive("session.updated", session={"voice": "alloy"})
    assert not second.answer.settled
    wire.receive("session.updated", session={"voice": "marin"})
    assert value_of(second.answer) == {"voice": "marin"}


def test_a_confirmation_that_nothing_asked_for_is_taken_all_the_same() -> None:
    wire = Wire()
    wire.receive("session.updated", session={"voice": "alloy"})
    assert wire.engine.session.voice == "alloy"


# Responses that the user's speech does not cut


def test_a_response_that_is_not_to_be_cut_has_the_server_not_interrupt_until_it_is_over() -> None:
    wire = detecting(silence_duration_ms=700)
    request, (off, create) = wire.ask(interruptible=False, instructions="Greet.")
    assert off["session"]["audio"]["input"]["turn_detection"] == {
        "type": "server_vad", "silence_duration_ms": 700, "interrupt_response": False,
    }  # fmt: skip
    assert create["event_id"] == request.event_id
    wire.begin(request=request.event_id)
    assert not wire.response("resp_1").interruptible
    (back,) = wire.done()
    assert back["session"]["audio"]["input"]["turn_detection"] == {"type": "server_vad", "silence_duration_ms": 700}


def test_the_server_is_asked_once_for_several_in_a_row() -> None:
    wire = detecting()
    first, _ = wire.ask(interruptible=False)
    second, _ = wire.ask(interruptible=False)
    wire.begin("resp_1", request=first.event_id)
    assert [event["type"] for event in wire.done("resp_1")] == ["response.create"]
    wire.begin("resp_2", request=second.event_id)
    assert [event["type"] for event in wire.done("resp_2")] == ["session.update"]


@pytest.mark.parametrize("session", [{}, {"turn_detection": None}, {"turn_detection": {"interrupt_response": False}}])
def test_a_server_that_does_not_interrupt_is_asked_for_nothing(session: dict[str, Any]) -> None:
    wire = Wire()
    wire.open(**session)
    request, sent = wire.ask(interruptible=False)
    assert [event["type"] for event in sent] == ["response.create"]
    wire.begin(request=request.event_id)
    assert wire.done() == []


@pytest.mark.parametrize("end", ["refused", "too late", "withdrawn"])
def test_the_server_interrupts_again_whatever_becomes_of_the_request(end: str) -> None:
    wire = detecting()
    request, _ = wire.ask(interruptible=False)
    wire.receive("session.updated", session={"turn_detection": {"type": "server_vad", "interrupt_response": False}})
    wire.sent.clear()
    match end:
        case "refused":
            wire.error("invalid_value", event_id=request.event_id)
        case "too late":
            wire.wait(TIMEOUT)
        case "withdrawn":
            wire.apply(wire.engine.withdraw(request, wire.at))
            wire.begin(request=request.event_id)
            wire.done(status="cancelled")
    restored = [event["session"] for event in wire.sent if event["type"] == "session.update"]
    assert restored == [{"type": "realtime", "audio": {"input": {"turn_detection": {"type": "server_vad"}}}}]


def test_a_response_that_is_not_to_be_cut_is_spared_by_the_users_speech_as_long_as_it_is_heard() -> None:
    wire = Wire()
    request, _ = wire.ask(interruptible=False)
    wire.begin(request=request.event_id)
    wire.say("item_1", "This call is recorded.", 1000)
    wire.done()
    wire.play(500)
    assert wire.engine.uninterruptible() == [wire.response("resp_1")]
    wire.play(600)
    assert wire.engine.uninterruptible() == []
