"""Words are placed in time once captions are requested; a late request misses none of an item."""

from __future__ import annotations

import pytest

from realtime_sdk.audio._pcm import Pcm
from realtime_sdk.captions.features._energy import EnergyTracker
from realtime_sdk.conversation._sdk_events import CaptionShown

from .test_streams import read
from .wire import RATE, Wire


def said(*, captions: bool) -> Wire:
    wire = Wire(captions=captions)
    wire.begin()
    wire.say("item_1", "One two three four.", 2000)
    wire.done()
    return wire


def test_no_caption_is_emitted_while_none_is_requested() -> None:
    wire = said(captions=False)
    wire.play(2500)
    assert wire.emitted(CaptionShown) == []


def test_the_heard_text_of_a_whole_message_is_its_transcript_with_or_without_captions() -> None:
    wire = said(captions=False)
    wire.play(2500)
    playout = wire.playout(wire.message("item_1"))
    assert playout.transcript == wire.message("item_1").heard == "One two three four."


def test_the_heard_text_of_a_cut_message_needs_no_request_for_captions() -> None:
    wire = said(captions=False)
    wire.play(1000)
    wire.interrupt()
    heard = wire.playout(wire.message("item_1")).transcript
    assert "One two three four.".startswith(heard)
    assert 0 < len(heard) < len("One two three four.")


def test_captions_can_be_requested_after_all_of_a_message_was_heard() -> None:
    wire, emitting = said(captions=False), said(captions=True)
    wire.play(2500)
    emitting.play(2500)
    late = read(wire.message("item_1").captions())
    assert [caption.text for caption in late] == [event.caption.text for event in emitting.emitted(CaptionShown)]


def test_a_request_in_the_middle_gets_all_captions_from_the_first() -> None:
    wire = said(captions=False)
    wire.play(1000)
    captions = wire.message("item_1").captions()
    wire.play(1500)
    assert "".join(caption.text for caption in read(captions)) == "One two three four."


def test_reading_the_heard_text_takes_no_caption_from_the_events() -> None:
    wire = said(captions=True)
    for _ in range(25):
        wire.play(100)
        assert wire.message("item_1").heard == "".join(event.caption.text for event in wire.emitted(CaptionShown))
    assert wire.message("item_1").heard == "One two three four."


@pytest.mark.parametrize("frames", [100, 200_000])
def test_minutes_of_audio_that_came_at_once_are_measured_second_by_second(
    frames: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    measured = 0
    push = EnergyTracker.push

    def measure(energy: EnergyTracker, pcm: Pcm) -> None:
        nonlocal measured
        measured += len(pcm)
        push(energy, pcm)

    monkeypatch.setattr(EnergyTracker, "push", measure)
    wire = Wire(captions=False)
    wire.begin()
    wire.add("item_1")
    wire.text("item_1", "One two three four.")
    for _ in range(200 * RATE // frames):
        wire.audio("item_1", frames)
    wire.engine.settings.captions_requested = True
    assert measured == 0
    steps = 0
    for _ in wire.engine.words.place_words():
        assert measured <= RATE
        measured, steps = 0, steps + 1
    assert steps > 10
    wire.play(500)
    assert wire.emitted(CaptionShown)
