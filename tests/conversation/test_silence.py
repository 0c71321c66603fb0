"""A server that falls silent in the middle of a response: how long it is waited for."""

from __future__ import annotations

from typing import Any

import pytest

from realtime_sdk.conversation._sdk_events import ResponseFinished
from realtime_sdk.conversation.message._live_message import LiveMessage
from realtime_sdk.protocol._codec import ProtocolViolation
from realtime_sdk.protocol.dialects import Capabilities

from .wire import RESPONSE_TIMEOUT, TIMEOUT, Wire

CALL = Wire.item("item_2", type="function_call", call_id="call_1", name="clock", arguments="")

HOSTED = Wire.item("item_4", type="mcp_call", server_label="deepwiki", name="ask", arguments="")

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


def is_over_after(wire: Wire, seconds: float) -> bool:
    """Whether the response ends after so many seconds of silence, and not before."""
    wire.wait(seconds - 1.0)
    assert not is_over(wire)
    wire.wait(2.0)
    return is_over(wire)


# While the model may be reasoning


def test_a_response_that_has_brought_nothing_may_be_silent_for_a_minute() -> None:
    wire = Wire()
    wire.begin()
    assert is_over_after(wire, RESPONSE_TIMEOUT)
    (violation,) = wire.emitted(ProtocolViolation)
    assert violation.reason == "the server did not end response resp_1: 60 s of silence"
    (finished,) = wire.emitted(ResponseFinished)
    assert finished.response.status == "incomplete"


def test_a_response_that_is_given_up_is_cancelled_and_the_next_one_is_requested_then() -> None:
    wire = Wire()
    wire.begin()
    request, _ = wire.submit()
    wire.wait(RESPONSE_TIMEOUT - 1.0)
    cancel, create = wire.wait(2.0)
    assert cancel == {"type": "response.cancel", "response_id": "resp_1"}
    assert create["event_id"] == request.event_id


def test_a_message_that_has_only_been_announced_may_be_silent_for_a_minute() -> None:
    wire = Wire()
    wire.begin()
    wire.add("item_1")
    assert is_over_after(wire, RESPONSE_TIMEOUT)


def test_the_model_may_reason_for_a_minute_between_its_commentary_and_its_answer() -> None:
    wire = Wire()
    wire.begin()
    wire.add("item_1", phase="commentary")
    wire.text("item_1", "I'll check.")
    wire.audio("item_1", 300)
    wire.play(500)
    wire.wait(RESPONSE_TIMEOUT - 1.0)
    assert not is_over(wire)
    wire.say("item_2", "Noon.", 300, phase="final_answer")
    wire.done()
    wire.play(500)
    assert [wire.message(item).heard for item in ("item_1", "item_2")] == ["I'll check.", "Noon."]


def test_the_call_of_a_hosted_tool_is_waited_for_as_long_as_that_may_take() -> None:
    wire = Wire()
    wire.begin()
    wire.receive("response.output_item.added", response_id="resp_1", item=HOSTED)
    wire.wait(2 * RESPONSE_TIMEOUT)
    assert not is_over(wire)
    wire.wait(2 * RESPONSE_TIMEOUT)
    assert is_over(wire)


@pytest.mark.parametrize("kind", EVENTS)
def test_each_event_that_names_the_response_ends_the_silence(kind: str) -> None:
    wire = Wire()
    wire.begin()
    wire.add("item_1")
    wire.receive("response.output_item.added", response_id="resp_1", item=CALL)
    wire.wait(RESPONSE_TIMEOUT - 1.0)
    wire.receive(kind, response_id="resp_1", **EVENTS[kind])
    wire.wait(TIMEOUT - 1.0)
    assert not is_over(wire)
    wire.wait(RESPONSE_TIMEOUT)
    assert is_over(wire)


def test_an_event_that_names_only_an_item_of_the_response_ends_the_silence() -> None:
    wire = Wire()
    wire.begin()
    wire.receive("response.output_item.added", response_id="resp_1", item=CALL)
    wire.wait(RESPONSE_TIMEOUT - 1.0)
    wire.receive("response.mcp_call.in_progress", item_id="item_2")
    assert is_over_after(wire, RESPONSE_TIMEOUT)


# Once the rest of it is due


AHEAD = "The first half of it, and a second half that never sounded at all."


def stalled(text: str, audio: int) -> tuple[Wire, LiveMessage]:
    """A message of which this text and so many milliseconds of audio have come, and nothing since those were heard."""
    wire = Wire()
    wire.begin()
    message = wire.add("item_1")
    wire.text("item_1", text)
    wire.audio("item_1", audio)
    wire.play(audio + 200)
    return wire, message


def test_a_message_that_stalls_ends_where_it_was_heard_once_the_timeout_is_over() -> None:
    wire, message = stalled("The first half of", 300)
    assert is_over_after(wire, TIMEOUT - 0.5)
    playout = wire.playout(message)
    assert (playout.position, playout.interrupted) == (0.3, True)
    assert wire.types == ["response.cancel", "conversation.item.truncate"]


def test_words_ahead_of_the_audio_of_a_message_that_stalls_are_forgotten_by_the_server() -> None:
    wire, message = stalled(AHEAD, 300)
    wire.wait(TIMEOUT)
    assert not wire.playout(message).transcript.endswith("at all.")
    assert wire.sent == [
        {"type": "response.cancel", "response_id": "resp_1"},
        {"type": "conversation.item.truncate", "item_id": "item_1", "content_index": 0, "audio_end_ms": 300},
    ]


def test_a_message_that_stalls_before_its_audio_was_not_heard_and_is_deleted() -> None:
    wire = Wire()
    wire.begin()
    message = wire.add("item_1")
    wire.text("item_1", "Not a word of this was heard.")
    wire.wait(TIMEOUT + 1.0)
    assert (wire.playout(message).transcript, wire.playout(message).interrupted) == ("", True)
    assert wire.sent == [
        {"type": "response.cancel", "response_id": "resp_1"},
        {"type": "conversation.item.delete", "item_id": "item_1"},
    ]
    wire.receive("conversation.item.deleted", item_id="item_1")
    assert list(wire.engine.conversation) == []


def test_a_server_that_can_not_truncate_is_given_the_heard_text_of_a_message_that_stalls() -> None:
    wire, message = stalled(AHEAD, 300)
    wire.engine.abilities.capabilities = Capabilities(truncate=False)
    wire.wait(TIMEOUT)
    assert wire.types == ["response.cancel", "conversation.item.delete", "conversation.item.create"]
    assert wire.sent[-1]["item"]["content"][0]["text"] == wire.playout(message).transcript


def test_a_message_that_stalls_with_all_its_words_spoken_is_left_to_the_server_as_it_is() -> None:
    wire, message = stalled("Yes.", 600)
    wire.wait(TIMEOUT)
    assert (wire.playout(message).transcript, wire.playout(message).interrupted) == ("Yes.", True)
    assert wire.types == ["response.cancel"]


def test_a_message_of_which_only_the_end_of_its_response_is_missing_is_heard_in_full() -> None:
    wire = Wire()
    wire.begin()
    message = wire.say("item_1", "Hello.", 300)
    wire.play(500)
    assert is_over_after(wire, TIMEOUT - 0.5)
    assert (wire.playout(message).transcript, wire.playout(message).interrupted) == ("Hello.", False)


def test_a_server_that_ends_a_response_once_it_was_heard_has_the_time_until_then() -> None:
    wire = Wire()
    wire.begin()
    message = wire.say("item_1", "A long story.", 40_000)
    wire.play(40_100)
    assert not is_over(wire)
    wire.done()
    assert not wire.emitted(ProtocolViolation)
    assert not wire.playout(message).interrupted


def test_a_stalled_response_is_given_up_when_its_last_sound_was_heard() -> None:
    wire = Wire()
    wire.begin()
    wire.add("item_1")
    wire.audio("item_1", 30_000)
    for _ in range(29):
        wire.play(1000)
        wire.wait(0.0)
    assert not is_over(wire)
    wire.play(1000)
    wire.wait(1.0)
    assert is_over(wire)


def test_a_stalled_response_that_is_not_heard_because_playback_is_paused_is_given_up_in_the_end() -> None:
    wire = Wire()
    wire.begin()
    wire.add("item_1")
    wire.audio("item_1", 300)
    assert is_over_after(wire, RESPONSE_TIMEOUT)


@pytest.mark.parametrize("arguments", ["", "{"])
def test_a_function_call_is_waited_for_until_its_arguments_begin(arguments: str) -> None:
    wire = Wire()
    wire.begin()
    wire.receive("response.output_item.added", response_id="resp_1", item=CALL)
    wire.receive("response.function_call_arguments.delta", response_id="resp_1", item_id="item_2", delta=arguments)
    assert is_over_after(wire, TIMEOUT if arguments else RESPONSE_TIMEOUT)


@pytest.mark.parametrize("arguments", ["", "{}"])
def test_a_function_call_whose_arguments_have_not_ended_is_not_run(arguments: str) -> None:
    wire = Wire()
    wire.begin()
    wire.receive("response.output_item.added", response_id="resp_1", item=CALL)
    wire.receive("response.function_call_arguments.delta", response_id="resp_1", item_id="item_2", delta=arguments)
    wire.wait(RESPONSE_TIMEOUT + 1.0)
    assert is_over(wire)
    assert wire.calls == []


def test_a_function_call_whose_arguments_have_ended_is_run_although_its_own_end_was_lost() -> None:
    wire = Wire()
    wire.begin()
    wire.receive("response.output_item.added", response_id="resp_1", item=CALL)
    wire.receive("response.function_call_arguments.done", response_id="resp_1", item_id="item_2", arguments="{}")
    wire.wait(TIMEOUT + 1.0)
    assert is_over(wire)
    assert [call.arguments for call in wire.calls] == ["{}"]


def test_the_model_goes_on_after_a_call_although_the_end_of_its_response_was_lost() -> None:
    wire = Wire()
    wire.begin()
    wire.call("item_1")
    (call,) = wire.calls
    wire.finish_call(call)
    wire.wait(TIMEOUT - 1.0)
    assert "response.create" not in wire.types
    wire.wait(2.0)
    assert wire.types[-1] == "response.create"


# Once it was interrupted


def test_the_time_to_end_a_response_runs_from_its_interruption() -> None:
    wire = Wire()
    wire.begin()
    wire.wait(RESPONSE_TIMEOUT - 1.0)
    wire.interrupt()
    assert is_over_after(wire, TIMEOUT)


@pytest.mark.parametrize("kind", [f"{AUDIO}.delta", f"{AUDIO}_transcript.delta"])
def test_a_server_that_ignores_an_interruption_has_no_more_time_to_end_the_response(kind: str) -> None:
    wire = Wire()
    wire.begin()
    wire.add("item_1")
    wire.interrupt()
    wire.wait(TIMEOUT - 1.0)
    wire.receive(kind, response_id="resp_1", **EVENTS[kind])
    wire.wait(2.0)
    assert is_over(wire)


# Where it never begins


def test_a_turn_that_the_server_leaves_unanswered_is_reported() -> None:
    wire = Wire()
    wire.open(audio={"input": {"turn_detection": {"type": "server_vad"}}})
    wire.receive("input_audio_buffer.committed", item_id="item_1", previous_item_id=None)
    wire.wait(TIMEOUT - 1.0)
    assert not wire.emitted(ProtocolViolation)
    wire.wait(2.0)
    (violation,) = wire.emitted(ProtocolViolation)
    assert violation.reason == "the server began no response to the user's turn within 15 s"
