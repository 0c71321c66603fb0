"""What a message keeps once its playout is final: its text and the times of its captions, nothing of its audio."""

from __future__ import annotations

import gc
import sys
from types import FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np
import pytest

from realtime_sdk.captions._aligner import TranscriptAligner
from realtime_sdk.conversation._sdk_events import CaptionShown
from realtime_sdk.conversation.message._live_message import LiveMessage

from .test_streams import read
from .wire import Wire

SENTENCE = "One two three four five six seven eight nine ten. "


def said(seconds: int, *, captions: bool) -> tuple[Wire, LiveMessage]:
    wire = Wire(captions=captions)
    wire.begin()
    message = wire.say("item_1", (SENTENCE * (seconds // 4)).strip(), seconds * 1000)
    wire.done()
    return wire, message


def kept(message: LiveMessage) -> list[Any]:
    """All objects that a message keeps alive, its response and what sessions share left out."""
    shared = (type, ModuleType, FunctionType, MethodType)
    found, pending = {id(message): message}, [message]
    while pending:
        for item in gc.get_referents(pending.pop()):
            if id(item) not in found and not isinstance(item, shared) and item is not message.response:
                found[id(item)] = item
                pending.append(item)
    return list(found.values())


def size(message: LiveMessage) -> int:
    return sum(map(sys.getsizeof, kept(message)))


@pytest.mark.parametrize("captions", [True, False])
@pytest.mark.parametrize("cut", [True, False])
def test_nothing_of_the_audio_is_kept(captions: bool, cut: bool) -> None:
    wire, message = said(8, captions=captions)
    assert any(isinstance(item, np.ndarray | TranscriptAligner) for item in kept(message))
    wire.play(4000)
    if cut:
        wire.interrupt()
    wire.play(5000)
    assert message.finished
    assert not [item for item in kept(message) if isinstance(item, np.ndarray | TranscriptAligner)]
    assert not [item for item in kept(message) if isinstance(item, bytes | bytearray) and len(item) > 1000]


@pytest.mark.parametrize("captions", [True, False])
def test_a_second_costs_what_its_words_cost(captions: bool) -> None:
    sizes = []
    for seconds in (8, 24):
        wire, message = said(seconds, captions=captions)
        wire.play((seconds + 1) * 1000)
        assert message.finished
        sizes.append(size(message))
    second = (sizes[1] - sizes[0]) / 16
    assert second < (1000 if captions else 100)  # bytes; 2.5 words of 13 letters


def test_a_message_that_waits_behind_many_others_is_cut_like_any() -> None:
    wire = Wire()
    for n in range(12):
        wire.begin(f"resp_{n}")
        wire.say(f"item_{n}", "One two.", 1000, f"resp_{n}")
        wire.done(f"resp_{n}")
    wire.play(500)
    sent = wire.interrupt()
    assert [(event["type"], event["item_id"]) for event in sent] == [
        ("conversation.item.truncate", "item_0"),
        *(("conversation.item.delete", f"item_{n}") for n in range(1, 12)),
    ]
    assert wire.message("item_0").settled
    assert not wire.message("item_0").heard.endswith("two.")


def settled(*, captions: bool) -> LiveMessage:
    """A message that was heard before ten more responses."""
    wire, message = said(4, captions=captions)
    wire.play(5000)
    for n in range(2, 12):
        wire.begin(f"resp_{n}")
        wire.done(f"resp_{n}")
    assert message.settled
    return message


@pytest.mark.parametrize("captions", [True, False])
def test_a_settled_message_reads_as_it_did(captions: bool) -> None:
    wire, before = said(4, captions=captions)
    wire.play(5000)
    after = settled(captions=captions)
    assert not before.settled
    assert (after.transcript, after.heard, after.server_text) == (before.transcript, before.heard, before.server_text)
    assert after.playout == before.playout
    assert after.export() == before.export()
    assert read(after.captions()) == read(before.captions())
    assert "".join(read(after.deltas())) == "".join(read(before.deltas()))
    assert read(after.audio()) == []
    assert after.response is None


@pytest.mark.parametrize("captions", [True, False])
def test_a_settled_message_keeps_little_beside_its_text(captions: bool) -> None:
    message = settled(captions=captions)
    times = 25 * len(read(message.captions())) if captions else 0
    shared = {id(item) for item in kept(settled(captions=captions))}
    own = sum(sys.getsizeof(item) for item in kept(message) if id(item) not in shared)
    assert own - len(message.transcript) < 1000 + times  # bytes


def test_captions_requested_later_are_spread_over_the_audio() -> None:
    wire, message = said(8, captions=False)
    wire.play(9000)
    captions = read(message.captions())
    assert "".join(caption.text for caption in captions) == message.transcript
    assert len(captions) == 20
    starts = [caption.start for caption in captions]
    assert starts == sorted(starts)
    assert starts[0] == 0.0
    assert captions[-1].end == pytest.approx(8.0)
    assert all(caption.estimated for caption in captions)


def test_captions_of_words_that_were_heard_stay() -> None:
    wire, message = said(8, captions=True)
    wire.play(9000)
    emitted = [event.caption for event in wire.emitted(CaptionShown)]
    assert read(message.captions()) == emitted
    assert message.playout.transcript == message.heard == message.transcript
