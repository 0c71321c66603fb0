"""A fault in the captions costs a message the times of its words, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from realtime_sdk.captions._aligner import TranscriptAligner
from realtime_sdk.conversation._sdk_events import CaptionShown
from realtime_sdk.conversation.message._live_message import LiveMessage

from .wire import Wire

TEXT = "One two three."


def fail(*given: Any, **options: Any) -> Any:
    raise RuntimeError("the aligner is broken")


def saying(monkeypatch: pytest.MonkeyPatch, broken: str) -> tuple[Wire, LiveMessage]:
    """A message of one second, whose aligner fails when this of it is called."""
    monkeypatch.setattr(TranscriptAligner, broken, fail)
    wire = Wire()
    wire.begin()
    message = wire.say("item_1", TEXT, 1000)
    wire.done()
    return wire, message


@pytest.mark.parametrize("broken", ["push_text", "push_audio", "end_text", "due", "flush"])
def test_any_caption_fault_leaves_all_heard_text_shown(monkeypatch: pytest.MonkeyPatch, broken: str) -> None:
    wire, message = saying(monkeypatch, broken)
    wire.play(1500)
    playout = wire.playout(message)
    assert (playout.position, playout.interrupted, playout.transcript) == (1.0, False, TEXT)
    assert "".join(event.caption.text for event in wire.emitted(CaptionShown)) == TEXT


def test_any_caption_fault_leaves_words_without_audio_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(TranscriptAligner, "flush", fail)
    wire = Wire()
    wire.begin()
    wire.add("item_1")
    wire.text("item_1", TEXT)
    wire.done()
    assert "".join(event.caption.text for event in wire.emitted(CaptionShown)) == TEXT


@pytest.mark.parametrize("broken", ["push_audio", "finish"])
def test_of_cut_text_the_heard_share_is_shown_to_the_letter(monkeypatch: pytest.MonkeyPatch, broken: str) -> None:
    wire, message = saying(monkeypatch, broken)
    wire.play(400)
    wire.interrupt()
    assert wire.playout(message).transcript == "One t"  # of 14 letters 5.6


def test_words_without_an_end_are_shown_when_the_next_message_is_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(TranscriptAligner, "push_text", fail)
    wire = Wire()
    wire.begin()
    first = wire.add("item_1")
    wire.text("item_1", TEXT)
    wire.audio("item_1", 300)
    wire.add("item_2")
    wire.audio("item_2", 500)
    wire.play(500)
    assert wire.playout(first).transcript == TEXT
