"""Late deltas of a message: after its end, after the start of the next message, after the end of its response."""

from __future__ import annotations

import pytest

from realtime_sdk.conversation._sdk_events import CaptionShown, ResponseFinished, ResponseStarted
from realtime_sdk.protocol import ProtocolViolation

from .wire import Wire

TOO_LATE = "audio of message item_1 came too late: it is not heard"


def test_audio_after_its_end_keeps_no_message_from_finishing() -> None:
    wire = Wire()
    wire.begin()
    message = wire.add("item_1")
    wire.audio("item_1", 300)
    wire.audio_done("item_1")
    wire.play(100)  # the device has been given all of it
    wire.audio("item_1", 300)
    wire.done()
    wire.play(1000)
    assert wire.playout(message).position == 0.3
    assert [event.reason for event in wire.emitted(ProtocolViolation)] == [TOO_LATE]


@pytest.mark.parametrize("played", [0, 100, 1000])
def test_audio_after_the_end_of_its_response_is_reported_once(played: int) -> None:
    wire = Wire()
    wire.begin()
    wire.say("item_1", "Goodbye.", 300)
    wire.done()
    wire.play(played)
    for _ in range(3):
        wire.audio("item_1", 300)
    assert [event.reason for event in wire.emitted(ProtocolViolation)] == [TOO_LATE]


def test_audio_of_a_message_that_was_interrupted_is_not_reported() -> None:
    wire = Wire()
    wire.begin()
    wire.say("item_1", "Goodbye.", 300)
    wire.play(100)
    wire.interrupt()
    wire.done(status="cancelled")
    wire.audio("item_1", 300)
    assert not wire.emitted(ProtocolViolation)


def test_audio_after_the_start_of_the_next_message_keeps_no_message_from_finishing() -> None:
    wire = Wire()
    wire.begin()
    first, second = wire.add("item_1"), wire.add("item_2")
    wire.audio("item_1", 300)
    wire.audio("item_2", 300)
    wire.play(100)
    wire.audio("item_1", 300)
    wire.done()
    wire.play(1000)
    assert wire.playout(first).position in (0.3, 0.6)
    assert wire.playout(second).position == 0.3


def test_audio_of_another_part_after_the_start_of_the_next_message_is_not_heard() -> None:
    wire = Wire()
    wire.begin()
    first, second = wire.add("item_1"), wire.add("item_2")
    wire.audio("item_1", 300)
    wire.audio("item_2", 300)
    wire.audio("item_1", 300, content_index=1)
    wire.done()
    wire.play(1000)
    assert (wire.playout(first).position, wire.playout(second).position) == (0.3, 0.3)
    assert wire.timeline.written == 600


def test_words_of_another_part_after_the_end_of_their_message_are_shown() -> None:
    wire = Wire()
    wire.begin()
    message = wire.add("item_1")
    wire.audio("item_1", 300)
    wire.item_done("item_1", "Let me see. ")
    wire.text("item_1", "It is noon.", content_index=1)
    wire.play(500)
    wire.text_done("item_1", "It is noon.", content_index=1)
    assert wire.playout(message).transcript == "Let me see. It is noon."
    wire.done()


def test_words_after_the_start_of_the_next_message_are_shown() -> None:
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
    assert (first.transcript, first.heard, wire.playout(first).transcript) == ("Let me see.",) * 3


def test_words_that_arrive_with_the_end_of_a_heard_message_are_shown() -> None:
    wire = Wire()
    wire.begin()
    wire.add("item_1")
    wire.audio("item_1", 300)
    wire.add("item_2")
    wire.audio("item_2", 500)
    wire.play(500)
    wire.item_done("item_1", "Let me see.")
    assert "".join(event.caption.text for event in wire.emitted(CaptionShown)) == "Let me see."


def test_a_message_after_the_end_of_its_response_finishes_without_an_end_of_its_text() -> None:
    wire = Wire()
    wire.begin()
    wire.done()
    message = wire.add("item_1")
    wire.text("item_1", "Late.")
    wire.audio("item_1", 300)
    wire.receive("response.output_item.done", response_id="resp_1", item=Wire.item("item_1"))
    wire.play(500)
    wire.pass_deadlines()
    assert wire.playout(message).transcript == "Late."


def test_a_message_after_the_end_of_its_response_finishes_though_ids_are_reused() -> None:
    wire = Wire()
    wire.begin()
    wire.done()
    message = wire.add("item_1")
    wire.submit()
    wire.begin()  # some servers restart their counts in each turn
    wire.done()
    wire.pass_deadlines()
    assert message.finished


def test_words_of_another_part_after_the_end_of_a_response_keep_no_message_from_finishing() -> None:
    wire = Wire()
    wire.begin()
    message = wire.add("item_1")
    wire.audio("item_1", 300)
    wire.done()
    wire.text("item_1", "Late.", content_index=1)
    wire.play(500)
    wire.pass_deadlines()
    assert wire.playout(message).position == 0.3


def test_an_audio_reader_ends_when_the_next_message_has_audio() -> None:
    wire = Wire()
    wire.begin()
    first = wire.add("item_1")
    wire.audio("item_1", 300)
    wire.add("item_2")
    wire.audio("item_2", 500)
    assert wire.read(first) == 300


def test_words_without_audio_and_without_end_are_shown_when_the_next_message_is_heard() -> None:
    wire = Wire()
    wire.begin()
    first = wire.add("item_1")
    wire.text("item_1", "Let me see.")
    wire.add("item_2")
    wire.audio("item_2", 500)
    wire.play(100)
    assert wire.playout(first).transcript == "Let me see."


def test_a_response_that_is_announced_after_its_end_does_not_begin_again() -> None:
    wire = Wire()
    wire.begin()
    wire.done()
    wire.begin()
    assert len(wire.emitted(ResponseStarted)) == 1


def test_a_response_without_an_end_ends_before_the_next_one() -> None:
    wire = Wire()
    wire.begin("resp_1")
    wire.begin("resp_2")
    wire.done("resp_2")
    assert [event.response.id for event in wire.emitted(ResponseFinished)] == ["resp_1", "resp_2"]
    [violation] = wire.emitted(ProtocolViolation)
    assert violation.reason == "the server did not end response resp_1: it went on with the next, resp_2"


def test_audio_that_is_never_heard_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("realtime_sdk.conversation.handlers._pieces.UNHEARD_LIMIT", 60.0)
    wire = Wire()
    wire.begin()
    message = wire.add("item_1")
    for _ in range(100):
        wire.audio("item_1", 1000)
    assert message.playout.duration == 61.0
    assert [event.reason for event in wire.emitted(ProtocolViolation)] == [
        "response resp_1 is ended: 1 minutes of audio wait to be heard",
        TOO_LATE,
    ]
    assert wire.sent == [{"type": "response.cancel", "response_id": "resp_1"}]
    wire.play(70_000)
    assert message.finished
    assert wire.playout(message).position == 61.0
    wire.begin("resp_2")
    wire.say("item_2", "Goodbye.", 500, "resp_2")
    wire.done("resp_2")
    wire.play(1000)
    assert wire.message("item_2").playout.position == 0.5
