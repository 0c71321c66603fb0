"""Properties for any text and audio, in any pieces, in any order."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
from hypothesis import given, settings, strategies as st

from realtime_sdk.audio._pcm import Pcm
from realtime_sdk.captions._aligner import TranscriptAligner
from realtime_sdk.captions._caption import Caption

from .speech import RATE, hum, silence, text_of

SOUNDS = [silence(0.3), silence(2.0), hum(0.15), hum(1.0), np.concatenate([hum(0.4), silence(0.3), hum(0.7)])]
LONG_SOUNDS = [
    silence(12.0), np.random.default_rng(0).normal(0.0, 900.0, 5 * RATE).astype(np.int16),
    np.full(3 * RATE, -32768, np.int16), np.concatenate([hum(0.2), silence(0.15)] * 9), hum(6.0), silence(0.0),
]  # fmt: skip

WORDS = [
    "a", "hello", "$1,250.75,", "wait...", "Dr.", "—", "👍", "你好。", "日本語です", "ครับ", "مرحبا", "don't", "שָׁלוֹם,",
    "👨\u200d👩\u200d👧", "1998年", "z.B.", " " * 90, "DE89370400440532013000", "e" * 70,
]  # fmt: skip

texts = st.one_of(st.text(max_size=60), st.lists(st.sampled_from(WORDS), max_size=20).map(" ".join))
cuts = st.lists(st.integers(1, 9), min_size=1)


@dataclass(frozen=True)
class Say:
    piece: str
    start: float | None = None
    end: float | None = None


@dataclass(frozen=True)
class Hear:
    pcm: Pcm


@dataclass(frozen=True)
class Due:
    position: float


class End(enum.Enum):
    TEXT = enum.auto()
    AUDIO = enum.auto()


Call: TypeAlias = Say | Hear | Due | End


def pieces(text: str, sizes: list[int]) -> list[str]:
    """The text in pieces of these sizes, over and over."""
    found: list[str] = []
    while text:
        size = sizes[len(found) % len(sizes)]
        found.append(text[:size])
        text = text[size:]
    return found


@dataclass
class Listener:
    """Collects the captions of an aligner, and checks each one."""

    aligner: TranscriptAligner
    captions: list[Caption] = field(default_factory=list)

    def take(self, captions: list[Caption], position: float | None = None) -> None:
        for caption in captions:
            assert caption.index == len(self.captions)
            assert caption.text
            assert 0.0 <= caption.start <= caption.end < np.inf
            assert not self.captions or caption.start >= self.captions[-1].start
            assert position is None or caption.start <= position
            self.captions.append(caption)
        assert self.aligner.shown == text_of(self.captions)


    def run(self, calls: list[Call]) -> None:
        for call in calls:
            match call:
                case Say(piece, start, end):
                    self.aligner.push_text(piece, start, end)
                case Hear(pcm):
                    self.aligner.push_audio(pcm)
                case Due(position):
                    self.take(self.aligner.due(position), max(0.0, position))
                case End.TEXT:
                    self.aligner.end_text()
                case End.AUDIO:
                    self.aligner.end_audio()


@st.composite
def talks(draw: st.DrawFn, sounds: Sequence[Pcm] = SOUNDS, latest: float = 9.0) -> tuple[str, list[Call]]:
    """A text and the calls that deliver it: text and sound each in their order but at any speed, `due` anywhere."""
    text = draw(texts)
    times = st.none() | st.floats(-1.0, 8.0) | st.floats() if draw(st.booleans()) else st.none()
    said: list[Call] = [Say(piece, draw(times), draw(times)) for piece in pieces(text, draw(cuts))]
    heard: list[Call] = [Hear(sounds[n]) for n in draw(st.lists(st.integers(0, len(sounds) - 1), max_size=6))]
    asked: list[Call] = [Due(position) for position in draw(st.lists(st.floats(-1.0, latest), max_size=12))]
    streams = [[*said, End.TEXT], [*heard, End.AUDIO], asked]
    order = draw(st.permutations([n for n, stream in enumerate(streams) for _ in stream]))
    return text, [streams[n].pop(0) for n in order]


@settings(deadline=None)
@given(talks())
def test_the_captions_are_the_transcript_in_any_order_of_arrival(talk: tuple[str, list[Call]]) -> None:
    text, calls = talk
    listener = Listener(TranscriptAligner(RATE))
    listener.run(calls)
    listener.take(listener.aligner.flush())
    assert text_of(listener.captions) == listener.aligner.text == text


@settings(deadline=None, max_examples=60)
@given(talks([*SOUNDS, *LONG_SOUNDS], latest=70.0))
def test_the_captions_are_the_transcript_with_pauses_of_any_length(talk: tuple[str, list[Call]]) -> None:
    text, calls = talk
    listener = Listener(TranscriptAligner(RATE))
    listener.run(calls)
    listener.take(listener.aligner.flush())
    assert text_of(listener.captions) == listener.aligner.text == text


@settings(deadline=None)
@given(talks(), st.floats(0.0, 9.0))
def test_a_cut_returns_a_prefix_of_the_transcript_and_is_final(
    talk: tuple[str, list[Call]], position: float
) -> None:
    text, calls = talk
    listener = Listener(TranscriptAligner(RATE))
    listener.run(calls)
    listener.take(listener.aligner.finish(position), position)
    assert text.startswith(text_of(listener.captions))
    listener.aligner.push_text(" more")
    assert listener.aligner.due(99.0) == listener.aligner.flush() == listener.aligner.finish(99.0) == []


@settings(deadline=None)
@given(talks(), texts.filter(bool))
def test_a_final_text_that_extends_what_was_shown_replaces_the_rest(
    talk: tuple[str, list[Call]], ending: str
) -> None:
    _, calls = talk
    listener = Listener(TranscriptAligner(RATE))
    listener.run([call for call in calls if call is not End.TEXT])
    final = listener.aligner.shown + ending
    listener.aligner.end_text(final)
    listener.take(listener.aligner.flush())
    assert text_of(listener.captions) == listener.aligner.text == final


@settings(deadline=None)
@given(texts, cuts)
def test_the_pieces_make_no_difference_to_the_captions(text: str, sizes: list[int]) -> None:
    whole, parts = TranscriptAligner(RATE), TranscriptAligner(RATE)
    whole.push_text(text)
    for piece in pieces(text, sizes):
        parts.push_text(piece)
    for aligner in (whole, parts):
        aligner.push_audio(SOUNDS[-1])
        aligner.end_text()
    assert whole.flush() == parts.flush()
