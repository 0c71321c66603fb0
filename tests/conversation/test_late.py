"""What comes late of a message: behind its end, behind the beginning of the next, behind the end of its response."""

from __future__ import annotations

from realtime_sdk.conversation._sdk_events import CaptionShown, ResponseFinished, ResponseStarted

from .wire import Wire


def test_sound_that_comes_behind_its_end_leaves_no_message_waiting() -> None:
    wire = Wire()
    wire.begin()
    message = wire.add("item_1")
    wire.audio("item_1", 300)
    wire.audio_done("item_1")
    wire.play(100)  # the device has been given all of it
    wire.audio("item_1", 300)
    wire.done()
    wire.play(1000)
    assert wire.playout(message).position in (0.3, 0.6)


def test_sound_that_comes_behind_the_beginning_of_the_next_message_leaves_no_message_waiting() -> None:
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


def test_sound_of_another_part_that_comes_behind_the_beginning_of_the_next_message_is_not_heard() -> None:
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


def test_words_of_another_part_that_come_behind_the_end_of_their_message_are_shown() -> None:
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


def test_words_that_come_after_the_next_message_sounds_are_shown_all_the_same() -> None:
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


def test_words_that_come_with_the_end_of_a_message_that_was_heard_are_shown_all_the_same() -> None:
    wire = Wire()
    wire.begin()
    wire.add("item_1")
    wire.audio("item_1", 300)
    wire.add("item_2")
    wire.audio("item_2", 500)
    wire.play(500)
    wire.item_done("item_1", "Let me see.")
    assert "".join(event.caption.text for event in wire.emitted(CaptionShown)) == "Let me see."


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
    wire.submit()
    wire.begin()  # some servers count anew each turn
    wire.done()
    wire.take_exits()
    assert message.finished


def test_words_of_another_part_that_come_behind_the_end_of_a_response_leave_no_message_waiting() -> None:
    wire = Wire()
    wire.begin()
    message = wire.add("item_1")
    wire.audio("item_1", 300)
    wire.done()
    wire.text("item_1", "Late.", content_index=1)
    wire.play(500)
    wire.take_exits()
    assert wire.playout(message).position == 0.3


def test_a_reader_of_the_sound_has_it_all_once_the_next_message_has_sound() -> None:
    wire = Wire()
    wire.begin()
    first = wire.add("item_1")
    wire.audio("item_1", 300)
    wire.add("item_2")
    wire.audio("item_2", 500)
    assert wire.read(first) == 300


def test_words_that_never_sounded_and_never_ended_are_shown_once_the_next_message_sounds() -> None:
    wire = Wire()
    wire.begin()
    first = wire.add("item_1")
    wire.text("item_1", "Let me see.")
    wire.add("item_2")
    wire.audio("item_2", 500)
    wire.play(100)
    assert wire.playout(first).transcript == "Let me see."


def test_a_response_that_is_said_to_begin_behind_its_end_does_not_begin_again() -> None:
    wire = Wire()
    wire.begin()
    wire.done()
    wire.begin()
    assert len(wire.emitted(ResponseStarted)) == 1


def test_a_response_whose_end_is_lost_is_over_before_the_next() -> None:
    wire = Wire()
    wire.begin("resp_1")
    wire.begin("resp_2")
    wire.done("resp_2")
    assert [event.response.id for event in wire.emitted(ResponseFinished)] == ["resp_1", "resp_2"]
