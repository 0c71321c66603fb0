"""Items' audio and text in every order: each item's playout is its own, and its captions are its transcript."""

from __future__ import annotations

import pytest
from pytest import approx

from realtime_sdk.conversation._sdk_events import (
    CaptionShown,
    ItemAdded,
    PlayoutFinished,
    PlayoutStarted,
    ResponseFinished,
    ResponseStarted,
)
from realtime_sdk.protocol._codec import ProtocolViolation

from .wire import Wire


def test_a_single_item_is_played_and_captioned() -> None:
    wire = Wire()
    wire.begin()
    message = wire.say("item_1", "It is noon.", 1000)
    wire.done()
    wire.play(1500)
    playout = wire.playout(message)
    assert (playout.position, playout.duration, playout.interrupted) == (1.0, 1.0, False)
    assert (playout.transcript, message.heard, message.transcript) == ("It is noon.",) * 3
    assert playout.finished_at is not None and playout.started_at is not None
    assert playout.finished_at - playout.started_at == approx(1.0, abs=0.001)


def test_two_items_are_played_back_to_back_each_with_its_own_times_captions_and_phase() -> None:
    wire = Wire()
    wire.begin()
    first = wire.say("item_1", "Let me see.", 600, phase="commentary")
    second = wire.say("item_2", "It is noon.", 1000, phase="final_answer")
    wire.done()
    wire.play(2000)
    a, b = wire.playout(first), wire.playout(second)
    assert (first.phase, second.phase) == ("commentary", "final_answer")
    assert (a.transcript, b.transcript) == ("Let me see.", "It is noon.")
    assert a.finished_at == approx(b.started_at)
    order = [(type(e), e.item.id) for e in wire.events if isinstance(e, PlayoutStarted | PlayoutFinished)]
    assert order == [
        (PlayoutStarted, "item_1"),
        (PlayoutFinished, "item_1"),
        (PlayoutStarted, "item_2"),
        (PlayoutFinished, "item_2"),
    ]


def test_captions_are_shown_when_their_words_are_audible_and_make_up_the_transcript() -> None:
    wire = Wire()
    wire.begin()
    message = wire.say("item_1", "One two three four.", 2000)
    wire.done()
    wire.play(1000)
    assert 0 < len(message.heard) < len(message.transcript)
    assert message.transcript.startswith(message.heard)
    wire.play(1500)
    shown = [event.caption for event in wire.emitted(CaptionShown)]
    assert "".join(caption.text for caption in shown) == "One two three four."
    assert [caption.index for caption in shown] == list(range(len(shown)))


def test_the_next_item_plays_though_every_done_event_comes_at_the_end() -> None:
    wire = Wire()
    wire.begin()
    first, second = wire.add("item_1"), wire.add("item_2")
    wire.text("item_1", "Let me see.")
    wire.audio("item_1", 500)
    wire.text("item_2", "It is noon.")
    wire.audio("item_2", 500)
    wire.play(1200)
    assert wire.playout(first).transcript == "Let me see."  # a later message is heard: all of this one has come
    assert not second.finished  # more of it may come
    for item, text in (("item_1", "Let me see."), ("item_2", "It is noon.")):
        wire.audio_done(item)
        wire.text_done(item, text)
        wire.item_done(item, text)
    wire.done()
    a, b = wire.playout(first), wire.playout(second)
    assert a.finished_at == approx(b.started_at)
    assert (a.position, b.position) == (0.5, 0.5)


def test_the_last_word_is_shown_when_it_is_heard_though_the_text_ends_much_later() -> None:
    wire = Wire()
    wire.begin()
    first = wire.add("item_1")
    wire.add("item_2")
    wire.text("item_1", "Let me think of one.")
    wire.audio("item_1", 1000)
    wire.audio("item_2", 3000)
    wire.play(1100)
    assert first.heard == "Let me think of one."


def test_an_item_whose_audio_was_heard_waits_for_its_text() -> None:
    wire = Wire()
    wire.begin()
    message = wire.add("item_1")
    wire.audio("item_1", 500)
    wire.audio_done("item_1")
    wire.play(3000)
    assert not message.finished
    wire.text("item_1", "Late ")
    wire.text("item_1", "text.")
    wire.text_done("item_1", "Late text.")
    wire.item_done("item_1", "Late text.")
    playout = wire.playout(message)
    assert playout.transcript == "Late text."
    assert playout.finished_at == approx(100.5, abs=0.02)  # when its audio ended, not when its text came


def test_text_may_end_before_its_audio_begins() -> None:
    wire = Wire()
    wire.begin()
    message = wire.add("item_1")
    wire.text("item_1", "Early text.")
    wire.text_done("item_1", "Early text.")
    wire.play(500)
    assert message.heard == ""
    wire.audio("item_1", 800)
    wire.item_done("item_1", "Early text.")
    wire.done()
    wire.play(1000)
    assert wire.playout(message).transcript == "Early text."


def test_audio_without_text_and_text_without_audio() -> None:
    wire = Wire()
    wire.begin()
    mute = wire.add("item_1")
    wire.audio("item_1", 300)
    wire.item_done("item_1")
    silent = wire.add("item_2")
    wire.show("item_2", "Look.")
    wire.receive("response.output_text.done", response_id="resp_1", item_id="item_2", content_index=0, text="Look.")
    wire.item_done("item_2")
    wire.done()
    wire.play(500)
    assert (wire.playout(mute).transcript, wire.playout(mute).position) == ("", 0.3)
    assert (wire.playout(silent).transcript, wire.playout(silent).started_at) == ("Look.", None)


def test_an_empty_item_finishes_and_does_not_block_the_next() -> None:
    wire = Wire()
    wire.begin()
    empty = wire.add("item_1")
    spoken = wire.say("item_2", "Here.", 300)
    wire.item_done("item_1")
    wire.done()
    wire.play(500)
    assert wire.playout(empty).started_at is None
    assert not wire.playout(empty).interrupted
    assert wire.playout(spoken).position == 0.3


def test_the_parts_of_an_item_are_one_playout_with_captions_in_order() -> None:
    wire = Wire()
    wire.begin()
    message = wire.add("item_1")
    for index, text in enumerate(("First part. ", "Second part.")):
        wire.text("item_1", text, content_index=index)
        wire.audio("item_1", 500, content_index=index)
        wire.audio_done("item_1", content_index=index)
        wire.text_done("item_1", text, content_index=index)
    wire.item_done("item_1", "First part. ", "Second part.")
    wire.done()
    wire.play(1500)
    playout = wire.playout(message)
    assert (playout.position, playout.transcript) == (1.0, "First part. Second part.")
    assert playout.started_at is not None and playout.finished_at == approx(playout.started_at + 1.0)
    captions = [event.caption for event in wire.emitted(CaptionShown)]
    assert [caption.index for caption in captions] == list(range(len(captions)))
    assert captions[-1].start >= 0.5


def test_the_end_of_the_response_replaces_missing_done_events() -> None:
    wire = Wire()
    wire.begin()
    message = wire.add("item_1")
    wire.text("item_1", "No end.")
    wire.audio("item_1", 300)
    wire.done()
    wire.play(500)
    assert wire.playout(message).transcript == "No end."


def test_repeated_done_events_change_nothing() -> None:
    wire = Wire()
    wire.begin()
    message = wire.say("item_1", "Once.", 300)
    wire.audio_done("item_1")
    wire.text_done("item_1", "Once.")
    wire.item_done("item_1", "Once.")
    wire.done()
    wire.done()
    wire.play(500)
    assert wire.playout(message).transcript == "Once."
    assert len(wire.emitted(PlayoutFinished)) == len(wire.emitted(ResponseFinished)) == 1


def test_the_end_of_a_response_may_come_before_that_of_its_items() -> None:
    wire = Wire()
    wire.begin()
    message = wire.add("item_1")
    wire.text("item_1", "All of it.")
    wire.audio("item_1", 300)
    wire.done(output=[Wire.item("item_1", content=[{"type": "output_audio", "transcript": "All of it."}])])
    wire.item_done("item_1", "All of it.")
    wire.play(500)
    assert wire.playout(message).transcript == "All of it."


def test_a_response_without_an_announcement_is_played() -> None:
    wire = Wire()
    wire.done(output=[Wire.item("item_1", content=[{"type": "output_text", "text": "Hi."}])])
    for kind in (ResponseStarted, ItemAdded, ResponseFinished):
        assert len(wire.emitted(kind)) == 1
    assert wire.playout(wire.message("item_1")).transcript == "Hi."


def test_items_with_equal_output_indices_keep_their_order() -> None:
    wire = Wire()
    wire.begin()
    wire.say("item_1", "One.", 200)
    wire.say("item_2", "Two.", 200)
    wire.done()
    wire.play(500)
    assert [event.item.id for event in wire.emitted(PlayoutStarted)] == ["item_1", "item_2"]


def test_a_delta_that_belongs_to_no_response_is_reported() -> None:
    wire = Wire()
    wire.begin()
    wire.audio("item_9", 100, "resp_9")
    (violation,) = wire.emitted(ProtocolViolation)
    assert "item that does not exist" in violation.reason
    assert violation.at == wire.at
    message = wire.say("item_1", "Still here.", 300)
    wire.done()
    wire.play(500)
    assert wire.playout(message).transcript == "Still here."


def test_the_deltas_of_an_item_that_does_not_exist_are_reported_once() -> None:
    wire = Wire()
    wire.begin()
    for _ in range(3):
        wire.audio("item_8", 100, "resp_9")
        wire.text("item_8", "a", "resp_9")
    wire.audio("item_9", 100, "resp_9")
    assert [violation.sample for violation in wire.emitted(ProtocolViolation)] == ["item_8", "item_9"]


def test_a_message_without_an_announcement_is_played() -> None:
    wire = Wire()
    wire.begin()
    wire.text("item_1", "Hello.")
    wire.audio("item_1", 300)
    wire.done()
    wire.play(500)
    assert wire.emitted(ProtocolViolation) == []
    assert (wire.playout(wire.message("item_1")).position, wire.message("item_1").heard) == (0.3, "Hello.")


def test_events_that_name_no_response_are_of_the_only_one_that_runs() -> None:
    wire = Wire()
    wire.begin()
    wire.text("item_1", "Hello.", response="")
    wire.audio("item_1", 300, response="")
    second = wire.say("item_2", "Goodbye.", 300, response="")
    wire.done(response="")
    wire.play(1000)
    assert wire.emitted(ProtocolViolation) == []
    assert wire.response("resp_1").live_items == [wire.message("item_1"), second]
    assert (wire.message("item_1").heard, second.heard) == ("Hello.", "Goodbye.")


def test_the_parts_of_a_message_may_be_counted_from_one_in_its_deltas() -> None:
    wire = Wire()
    wire.begin()
    message = wire.add("item_1")
    wire.text("item_1", "Hello.", content_index=1)
    wire.audio("item_1", 300, content_index=1)
    wire.item_done("item_1", "Hello.")
    wire.done()
    wire.play(500)
    assert wire.playout(message).transcript == "Hello."


def test_events_that_name_no_response_while_none_runs_begin_one_which_is_reported() -> None:
    wire = Wire()
    wire.open()
    request, _ = wire.submit()
    wire.receive("response.output_item.added", item=wire.item("item_1"))
    wire.text("item_2", "Hello.", response="")
    assert len(wire.emitted(ProtocolViolation)) == 1
    (started,) = wire.emitted(ResponseStarted)
    assert request.answer.result is started.response
    assert [item.id for item in wire.response("").items] == ["item_1", "item_2"]


def test_an_item_that_the_server_could_not_finish_counts_as_interrupted() -> None:
    wire = Wire()
    wire.begin()
    message = wire.add("item_1")
    wire.text("item_1", "Half a")
    wire.audio("item_1", 300)
    wire.disconnect()
    wire.play(500)
    playout = wire.playout(message)
    assert (playout.position, playout.interrupted, playout.transcript) == (0.3, True, "Half a")


def test_an_item_that_the_server_finished_is_heard_in_full_though_the_connection_ends() -> None:
    wire = Wire()
    wire.begin()
    message = wire.say("item_1", "All of it.", 300)
    wire.disconnect()
    wire.play(500)
    playout = wire.playout(message)
    assert (playout.position, playout.interrupted, playout.transcript) == (0.3, False, "All of it.")


def test_a_message_whose_audio_cannot_be_decoded_was_not_heard() -> None:
    wire = Wire()
    wire.begin()
    message = wire.add("item_1")
    wire.text("item_1", "It is noon.")
    wire.receive("response.output_audio.delta", response_id="resp_1", item_id="item_1", content_index=0, delta=7)
    wire.done()
    playout = wire.playout(message)
    assert (playout.interrupted, playout.position, playout.transcript) == (True, 0.0, "")


def test_a_truncated_part_has_no_server_text() -> None:
    wire = Wire()
    wire.begin()
    message = wire.add("item_1")
    for index, text in enumerate(("First part. ", "Second part.")):
        wire.text("item_1", text, content_index=index)
        wire.audio("item_1", 500, content_index=index)
    wire.item_done("item_1", "First part. ", "Second part.")
    wire.receive("conversation.item.truncated", item_id="item_1", content_index=1, audio_end_ms=200)
    assert message.server_text == "First part. "


@pytest.mark.parametrize("indices", [(0, 1, 2), (2, 5, 9)])
def test_a_message_that_ends_as_one_part_has_the_text_of_its_parts_once(indices: tuple[int, ...]) -> None:
    wire = Wire()
    wire.begin()
    message = wire.add("item_1")
    for index, text in zip(indices, ("One ", "two ", "three."), strict=True):
        wire.audio("item_1", 100, content_index=index)
        wire.text("item_1", text, content_index=index)
    wire.item_done("item_1", "One two three.")
    wire.done(output=[wire.item("item_1", content=[{"type": "output_audio", "transcript": "One two three."}])])
    wire.play(400)
    assert message.transcript == "One two three."
    assert "".join(event.caption.text for event in wire.emitted(CaptionShown)) == "One two three."
    assert wire.playout(message).position == approx(0.3)
