"""A server that announces neither its responses nor their items: what it sends of them is played all the same."""

from __future__ import annotations

import pybase64
import pytest

from realtime_sdk.audio._pcm import to_bytes
from realtime_sdk.conversation._sdk_events import ItemAdded, PlayoutStarted, ResponseFinished, ResponseStarted
from realtime_sdk.conversation.message._live_message import LiveMessage
from realtime_sdk.protocol._codec import ProtocolViolation

from .wire import TIMEOUT, Wire, tone


def deltas(wire: Wire, item: str, text: str, response: str) -> LiveMessage:
    """The deltas of a message of 300 ms, and nothing else."""
    wire.audio(item, 200, response)
    wire.text(item, text, response)
    wire.audio(item, 100, response)
    return wire.message(item)


@pytest.mark.parametrize("response", ["resp_1", ""])
def test_deltas_alone_are_a_response_that_is_played_and_reported_once(response: str) -> None:
    wire = Wire()
    message = deltas(wire, "item_1", "Hello.", response)
    wire.audio_done("item_1", response)
    wire.text_done("item_1", "Hello.", response)
    wire.done(response)
    wire.play(500)
    assert (wire.playout(message).position, wire.playout(message).transcript) == (0.3, "Hello.")
    assert not wire.playout(message).interrupted
    for kind in (ResponseStarted, ItemAdded, PlayoutStarted, ResponseFinished):
        assert len(wire.emitted(kind)) == 1
    (violation,) = wire.emitted(ProtocolViolation)
    assert violation.reason == (
        f"the server did not begin response {response}: the first event of it is response.output_audio.delta"
    )


def test_the_end_that_names_a_response_ends_the_one_whose_deltas_named_none() -> None:
    wire = Wire()
    deltas(wire, "item_1", "Hello.", "")
    wire.done("resp_1")
    assert [event.response.status for event in wire.emitted(ResponseFinished)] == ["completed"]


def test_the_next_response_ends_the_one_before_which_the_server_did_not_end() -> None:
    wire = Wire()
    first = deltas(wire, "item_1", "One.", "resp_1")
    second = deltas(wire, "item_2", "Two.", "resp_2")
    wire.play(500)
    wire.done("resp_2")
    wire.play(500)
    assert [wire.playout(message).position for message in (first, second)] == [0.3, 0.3]
    assert [event.response.id for event in wire.emitted(ResponseFinished)] == ["resp_1", "resp_2"]


def test_a_response_that_was_announced_without_an_id_has_the_deltas_that_name_one() -> None:
    wire = Wire()
    wire.begin("")
    message = deltas(wire, "item_1", "Hello.", "resp_1")
    wire.done("resp_1")
    wire.play(500)
    assert wire.playout(message).position == 0.3
    assert not wire.emitted(ProtocolViolation)


def test_a_message_that_is_never_ended_is_taken_to_be_complete_once_it_was_heard() -> None:
    wire = Wire()
    message = deltas(wire, "item_1", "Hello.", "resp_1")
    wire.play(500)
    wire.wait(TIMEOUT + 1.0)
    assert (wire.playout(message).transcript, wire.playout(message).interrupted) == ("Hello.", False)


def test_it_answers_the_request_that_waits() -> None:
    wire = Wire()
    request, _ = wire.submit()
    deltas(wire, "item_1", "Hello.", "resp_1")
    assert request.answer.result is wire.response("resp_1")


def test_the_answer_to_a_request_that_was_withdrawn_is_cancelled() -> None:
    wire = Wire()
    request, _ = wire.submit()
    wire.apply(wire.engine.withdraw(request, wire.at))
    wire.audio("item_1", 300, "resp_1")
    assert wire.types[-1] == "response.cancel"
    assert not wire.response("resp_1").items
    wire.play(500)
    assert not wire.emitted(PlayoutStarted)


def test_deltas_of_an_interrupted_response_are_not_heard() -> None:
    wire = Wire()
    message = deltas(wire, "item_1", "Hello.", "resp_1")
    wire.play(100)
    wire.interrupt()
    wire.audio("item_1", 300, "resp_1")
    wire.audio("item_2", 300, "resp_1")
    wire.wait(TIMEOUT + 1.0)  # the server does not end it, which is given up
    wire.audio("item_1", 300, "resp_1")
    wire.play(500)
    assert wire.playout(message).position == pytest.approx(0.1)
    assert [event.item.id for event in wire.emitted(PlayoutStarted)] == ["item_1"]


def test_the_response_without_an_id_is_cancelled_without_one() -> None:
    wire = Wire()
    deltas(wire, "item_1", "Hello.", "")
    wire.play(100)
    (cancel, *_) = wire.interrupt()
    assert cancel == {"type": "response.cancel"}


def test_the_answer_to_the_turn_that_interrupted_is_heard_where_the_server_gives_no_ids() -> None:
    wire = Wire()
    wire.open(audio={"input": {"turn_detection": {"type": "server_vad"}}})
    deltas(wire, "item_1", "Hello.", "")
    wire.play(100)
    wire.receive("input_audio_buffer.speech_started", item_id="item_2", audio_start_ms=0)
    wire.interrupt(cancelled=True)
    wire.audio("item_1", 300, "")
    wire.receive("input_audio_buffer.committed", item_id="item_2", previous_item_id=None)
    answer = deltas(wire, "item_3", "Yes?", "")
    wire.done("")
    wire.play(500)
    assert (wire.playout(answer).position, wire.playout(answer).interrupted) == (0.3, False)
    assert [event.item.id for event in wire.emitted(PlayoutStarted)] == ["item_1", "item_3"]


# Without ids of items


def nameless(wire: Wire, text: str, frames: int) -> None:
    """A reply in the events of the smallest servers, which name neither a response nor an item."""
    wire.receive("response.created")
    wire.receive("response.output_audio_transcript.delta", delta=text)
    wire.receive("response.output_audio.delta", delta=pybase64.b64encode_as_string(to_bytes(tone(frames))))
    wire.receive("response.output_audio_transcript.done", transcript=text)
    wire.receive("response.done")


def test_deltas_that_name_no_item_are_a_message_of_the_response_that_runs() -> None:
    wire = Wire()
    for number, text in enumerate(["One.", "Two."], 1):
        nameless(wire, text, 300)
        wire.play(500)
        playout = wire.playout(wire.message(f"unnamed_{number}"))
        assert (playout.position, playout.transcript, playout.interrupted) == (0.3, text, False)
    assert [event.response.status for event in wire.emitted(ResponseFinished)] == ["completed"] * 2
    assert not wire.emitted(ProtocolViolation)


def test_a_server_that_names_no_items_is_not_sent_their_ids() -> None:
    wire = Wire()
    wire.receive("response.created")
    wire.receive("response.output_audio.delta", delta="AAAA" * 1000)
    wire.play(100)
    assert wire.interrupt() == [{"type": "response.cancel"}]
    wire.receive("response.done")
    assert wire.types == ["response.cancel"]


def test_a_delta_that_names_no_item_is_of_the_message_that_is_open() -> None:
    wire = Wire()
    wire.begin()
    wire.say("item_1", "One.", 300)
    second = wire.add("item_2")
    wire.receive("response.output_audio.delta", response_id="resp_1", delta="AAAA" * 200)
    wire.receive("response.output_audio.delta", delta="AAAA" * 200)
    wire.play(1000)
    assert second.playout.duration == 0.6


def test_a_delta_that_may_be_of_two_messages_is_reported_once_and_not_played() -> None:
    wire = Wire()
    wire.begin()
    messages = [wire.add("item_1"), wire.add("item_2")]
    for _ in range(3):
        wire.receive("response.output_audio.delta", response_id="resp_1", delta="AAAA")
    assert [message.playout.duration for message in messages] == [0.0, 0.0]
    (violation,) = wire.emitted(ProtocolViolation)
    assert violation.reason == "response.output_audio.delta names no item, and may be of several"


def test_a_response_whose_deltas_name_nothing_is_not_silent() -> None:
    wire = Wire()
    wire.begin("resp_1")
    for _ in range(10):
        wire.receive("response.output_audio.delta", delta="AAAA")
        wire.wait(TIMEOUT - 1.0)
    assert not wire.emitted(ResponseFinished)


def test_arguments_that_name_no_item_are_of_the_call_that_is_open() -> None:
    wire = Wire()
    wire.begin()
    for number in (1, 2):
        fields = {"type": "function_call", "call_id": f"call_{number}", "name": "clock", "arguments": ""}
        wire.receive("response.output_item.added", response_id="resp_1", item={"id": f"item_{number}", **fields})
        wire.receive("response.function_call_arguments.delta", call_id=f"call_{number}", delta="{}")
    wire.done()
    assert [(call.call_id, call.arguments) for call in wire.calls] == [("call_1", "{}"), ("call_2", "{}")]


def test_a_call_of_which_only_the_arguments_come_without_the_id_of_an_item_is_run() -> None:
    wire = Wire()
    wire.receive("response.created")
    for number in (1, 2):
        wire.receive(
            "response.function_call_arguments.done", call_id=f"call_{number}", name="clock", arguments="{}"
        )
    wire.receive("response.done")
    assert [(call.name, call.call_id) for call in wire.calls] == [("clock", "call_1"), ("clock", "call_2")]


# Calls, and ends


def test_a_call_whose_arguments_are_all_that_comes_is_run() -> None:
    wire = Wire()
    ids = {"response_id": "resp_1", "item_id": "item_1", "call_id": "call_1"}
    wire.receive("response.function_call_arguments.done", **ids, name="clock", arguments="{}")
    wire.done("resp_1")
    assert [(call.name, call.arguments) for call in wire.calls] == [("clock", "{}")]


def test_the_end_of_an_item_that_does_not_exist_begins_nothing() -> None:
    wire = Wire()
    wire.audio_done("item_1")
    wire.text_done("item_1", "Hello.")
    assert not wire.emitted(ResponseStarted)
    assert len(wire.emitted(ProtocolViolation)) == 1
