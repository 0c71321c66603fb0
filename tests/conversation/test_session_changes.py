"""Changes of the session: confirmed in order, and those that keep the server from interrupting."""

from __future__ import annotations

from typing import Any

import pytest

from realtime_sdk.conversation._sdk_events import ServerError, SessionReady
from realtime_sdk.protocol._codec import ProtocolViolation

from .request_steps import detecting, failures_of, value_of
from .wire import TIMEOUT, Wire

KIND_MARIN = {"type": "realtime", "instructions": "Be kind.", "audio": {"output": {"voice": "marin"}}}

# Changes of the session


def test_an_update_is_sent_at_once_and_answered_by_the_confirmed_session() -> None:
    wire = Wire()
    wire.begin()
    update = wire.update(instructions="Be kind.")
    assert wire.types == ["session.update"]
    assert wire.engine.requests.updates.outstanding
    wire.receive("session.updated", session={"instructions": "Be kind.", "voice": "alloy"})
    assert value_of(update.answer) == {"instructions": "Be kind.", "voice": "alloy"}
    assert wire.engine.session.instructions == "Be kind."
    assert not wire.engine.requests.updates.outstanding


def test_a_session_that_is_opened_twice_keeps_its_configuration() -> None:
    wire = Wire()
    wire.open()
    wire.receive("session.updated", session={"id": "sess_1", "instructions": "Be kind."})
    wire.open(instructions="")
    assert wire.engine.session.instructions == "Be kind."
    assert len(wire.emitted(SessionReady)) == 1
    assert not wire.emitted(ProtocolViolation)


def test_another_session_on_the_same_connection_is_reported() -> None:
    wire = Wire()
    wire.open()
    wire.receive("session.created", session={"id": "sess_2", "instructions": ""})
    (violation,) = wire.emitted(ProtocolViolation)
    assert violation.reason == "the server opened a second session on this connection, sess_2, in place of the first"
    assert len(wire.emitted(SessionReady)) == 1


def test_updates_are_confirmed_in_the_order_in_which_they_were_sent() -> None:
    wire = Wire()
    first, second = wire.update(voice="alloy"), wire.update(voice="marin")
    wire.receive("session.updated", session={"voice": "alloy"})
    assert (first.answer.done, second.answer.done) == (True, False)
    wire.receive("session.updated", session={"voice": "marin"})
    assert value_of(second.answer) == {"voice": "marin"}


def test_a_refused_update_is_not_confirmed_by_the_next_ones_confirmation() -> None:
    wire = Wire()
    first, second = wire.update(voice="nemo"), wire.update(voice="marin")
    (refusal,) = failures_of(lambda: wire.error("invalid_value", "no nemo", event_id=first.event_id), first.answer)
    assert str(refusal) == "no nemo"
    wire.receive("session.updated", session={"voice": "marin"})
    assert value_of(second.answer) == {"voice": "marin"}


def test_a_withdrawn_update_still_consumes_its_confirmation() -> None:
    wire = Wire()
    first, second = wire.update(voice="alloy"), wire.update(voice="marin")
    wire.apply(wire.engine.withdraw(first, wire.at))
    wire.receive("session.updated", session={"voice": "alloy"})
    assert not second.answer.done
    wire.receive("session.updated", session={"voice": "marin"})
    assert value_of(second.answer) == {"voice": "marin"}


def test_a_confirmation_with_the_requested_values_is_not_a_late_one() -> None:
    wire = Wire()
    wire.update(instructions="Be kind.")
    wire.wait(TIMEOUT)
    second = wire.update(voice="marin")
    wire.receive("session.updated", session=KIND_MARIN)
    assert second.answer.done


def test_a_late_confirmation_is_not_awaited_after_a_later_one() -> None:
    wire = Wire()
    wire.update(instructions="Be kind.")
    wire.wait(TIMEOUT)
    wire.update(voice="marin")
    wire.receive("session.updated", session=KIND_MARIN)
    third = wire.update(voice="cedar")
    wire.receive("session.updated", session=KIND_MARIN)  # it has no cedar
    assert third.answer.done


def test_an_update_that_need_not_be_confirmed_fails_silently() -> None:
    wire = Wire()
    update = wire.update(instructions="Be kind.")
    update.must_be_answered = False
    wire.wait(2 * TIMEOUT)
    assert wire.emitted(ServerError) == []
    assert not update.outstanding


def test_an_unrequested_confirmation_changes_the_session() -> None:
    wire = Wire()
    wire.receive("session.updated", session={"voice": "alloy"})
    assert wire.engine.session.voice == "alloy"


# Uninterruptible responses


def test_the_server_does_not_interrupt_until_an_uninterruptible_response_has_ended() -> None:
    wire = detecting(silence_duration_ms=700)
    request, (off, create) = wire.submit(interruptible=False, instructions="Greet.")
    assert off["session"]["audio"]["input"]["turn_detection"] == {
        "type": "server_vad", "silence_duration_ms": 700, "interrupt_response": False, "create_response": False,
    }  # fmt: skip
    assert create["event_id"] == request.event_id
    wire.begin(request=request.event_id)
    assert not wire.response("resp_1").interruptible
    (back,) = wire.done()
    assert back["session"]["audio"]["input"]["turn_detection"] == {"type": "server_vad", "silence_duration_ms": 700}


def test_several_uninterruptible_responses_in_a_row_change_turn_detection_once() -> None:
    wire = detecting()
    first, _ = wire.submit(interruptible=False)
    second, _ = wire.submit(interruptible=False)
    wire.begin("resp_1", request=first.event_id)
    assert [event["type"] for event in wire.done("resp_1")] == ["response.create"]
    wire.begin("resp_2", request=second.event_id)
    assert [event["type"] for event in wire.done("resp_2")] == ["session.update"]


@pytest.mark.parametrize("session", [{}, {"turn_detection": None}, {"turn_detection": {"interrupt_response": False}}])
def test_a_server_that_does_not_interrupt_gets_no_update(session: dict[str, Any]) -> None:
    wire = Wire()
    wire.open(**session)
    request, sent = wire.submit(interruptible=False)
    assert [event["type"] for event in sent] == ["response.create"]
    wire.begin(request=request.event_id)
    assert wire.done() == []


@pytest.mark.parametrize("end", ["refused", "too late", "withdrawn"])
def test_the_server_interrupts_again_however_the_request_ends(end: str) -> None:
    wire = detecting()
    request, _ = wire.submit(interruptible=False)
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


def test_turn_detection_that_the_application_changes_meanwhile_is_kept() -> None:
    wire = detecting()
    request, _ = wire.submit(interruptible=False)
    wire.update(turn_detection={"type": "server_vad", "interrupt_response": False})
    wire.receive("session.updated", session={"turn_detection": {"type": "server_vad", "interrupt_response": False}})
    wire.begin(request=request.event_id)
    assert wire.done() == []


def test_an_uninterruptible_response_is_spared_until_its_playout_is_finished() -> None:
    wire = Wire()
    request, _ = wire.submit(interruptible=False)
    wire.begin(request=request.event_id)
    wire.say("item_1", "This call is recorded.", 1000)
    wire.done()
    wire.play(500)
    assert wire.engine.interrupter.uninterruptible() == [wire.response("resp_1")]
    wire.play(600)
    assert wire.engine.interrupter.uninterruptible() == []
