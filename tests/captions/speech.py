"""Sound made for the tests: words as hummed syllables, with silence where the text has punctuation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from realtime_sdk.audio import Pcm, to_frames
from realtime_sdk.captions import Caption, TranscriptAligner

RATE = 24_000
SYLLABLE_SECONDS = 0.2
PAUSES = {",": 0.3, ".": 0.5, "?": 0.5}
"""Seconds of silence after a word that ends so."""


@dataclass(frozen=True)
class Spoken:
    """A text, its sound, and the seconds at which each of its words begins."""

    text: str
    pcm: Pcm
    onsets: list[float]

    @property
    def seconds(self) -> float:
        return len(self.pcm) / RATE

    @property
    def words(self) -> list[str]:
        """The words as captions have them, each with the space before it."""
        first, *others = self.text.split(" ")
        return [first, *(f" {word}" for word in others)]


def speak(text: str, *, pauses: dict[str, float] | None = None, level: float = 8000.0) -> Spoken:
    """Hum `text`, whose words are written with a hyphen between their syllables: "lis-ten, o-ver"."""
    pauses = PAUSES if pauses is None else pauses
    pieces, onsets, seconds = [], [], 0.0
    for word in text.split(" "):
        onsets.append(seconds)
        pieces += [hum(SYLLABLE_SECONDS, level) for _ in word.split("-")]
        silence = pauses.get(word[-1], 0.0)
        pieces.append(np.zeros(to_frames(silence, RATE), np.int16))
        seconds += SYLLABLE_SECONDS * len(word.split("-")) + silence
    return Spoken(text.replace("-", ""), np.concatenate(pieces), onsets)


def hum(seconds: float, level: float = 8000.0) -> Pcm:
    """One syllable: a low tone with harmonics that rises and falls."""
    t = np.arange(to_frames(seconds, RATE)) / RATE
    tone = sum(np.sin(2 * np.pi * 150 * k * t) / k for k in range(1, 9))
    return (level * tone * (0.15 + np.sin(np.pi * t / seconds))).astype(np.int16)


def hiss(seconds: float, level: float = 2000.0) -> Pcm:
    """An s: noise that is the louder the higher."""
    noise = np.random.default_rng(1).normal(0.0, 1.0, to_frames(seconds, RATE) + 1)
    return (level * np.diff(noise)).astype(np.int16)


def silence(seconds: float) -> Pcm:
    return np.zeros(to_frames(seconds, RATE), np.int16)


def loaded(spoken: Spoken) -> TranscriptAligner:
    """An aligner that has got all of it."""
    aligner = TranscriptAligner(RATE)
    aligner.push_audio(spoken.pcm)
    aligner.end_audio()
    aligner.push_text(spoken.text)
    aligner.end_text()
    return aligner


def listen(aligner: TranscriptAligner, start: float, end: float, step: float = 0.01) -> list[tuple[float, Caption]]:
    """Ask every `step` seconds of playout; return each caption with the position at which it came."""
    came = []
    for position in np.arange(start, end + step, step):
        came += [(float(position), caption) for caption in aligner.due(float(position))]
    return came


def text_of(captions: list[Caption]) -> str:
    return "".join(caption.text for caption in captions)
