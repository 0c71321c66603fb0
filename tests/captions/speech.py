"""Synthetic speech for the tests: words letter by letter in a toy voice, with silence at punctuation."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

import numpy as np

from realtime_sdk.audio._pcm import Pcm, to_frames
from realtime_sdk.captions._aligner import TranscriptAligner
from realtime_sdk.captions._caption import Caption

RATE = 24_000
SYLLABLE_SECONDS = 0.2
CONSONANT_SECONDS = 0.05
FORMANTS = {"a": (750, 1300), "e": (500, 1900), "i": (300, 2300), "o": (500, 900), "u": (320, 800), "y": (300, 2300)}
"""Hz, by the letter of a vowel."""

Sound: TypeAlias = "np.ndarray[tuple[int], np.dtype[np.float64]]"
PAUSES = {",": 0.3, ".": 0.5, "?": 0.5}
"""Seconds of silence after a word that ends so."""


@dataclass(frozen=True)
class Spoken:
    """A text, its audio, and the onset of each of its words in seconds."""

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
    """Speak `text`, which has hyphens between the syllables of its words: "lis-ten, o-ver"."""
    pauses = PAUSES if pauses is None else pauses
    pieces, onsets, seconds = [], [], 0.0
    for word in text.split(" "):
        onsets.append(seconds)
        pieces += [say(syllable, SYLLABLE_SECONDS, level) for syllable in word.split("-")]
        silence = pauses.get(word[-1], 0.0)
        pieces.append(np.zeros(to_frames(silence, RATE), np.int16))
        seconds += SYLLABLE_SECONDS * len(word.split("-")) + silence
    return Spoken(text.replace("-", ""), np.concatenate(pieces), onsets)


def say(syllable: str, seconds: float, level: float = 8000.0) -> Pcm:
    """One syllable: its consonants are short, and its vowels share the rest."""
    glided = re.sub("y(?=[aeiou])", "l", syllable.lower())  # a consonant before a vowel
    letters = [letter for letter in glided if letter.isalpha()] or ["a"]
    consonants = sum(letter not in FORMANTS for letter in letters)
    short = min(CONSONANT_SECONDS, seconds / (len(letters) + 1))
    vowel = (seconds - short * consonants) / max(1, len(letters) - consonants)
    lengths = [vowel if letter in FORMANTS else short for letter in letters]
    edges = np.round(np.append(0.0, np.cumsum(lengths)) / sum(lengths) * to_frames(seconds, RATE)).astype(int)
    noise = np.random.default_rng(0)
    sounds = [_letter(letter, b - a, noise) for letter, (a, b) in zip(letters, pairwise(edges), strict=True)]
    return (level * np.concatenate(sounds)).astype(np.int16)


def _letter(letter: str, frames: int, noise: np.random.Generator) -> Sound:
    """The sound of one letter, with an amplitude of 1 at most."""
    t = np.arange(frames) / RATE
    hiss = noise.normal(size=frames + 1)
    if letter in FORMANTS or letter in "lmnrw":
        first, second = FORMANTS.get(letter, (350, 1200) if letter in "lrw" else (250, 250))
        tones = 150.0 * np.arange(1, 25)
        heights = np.exp(-(((tones - first) / 150) ** 2)) + 0.5 * np.exp(-(((tones - second) / 200) ** 2)) + 0.01
        sound: Sound = heights @ np.sin(2 * np.pi * tones[:, None] * t) / heights.sum()
        return sound * (1.0 if letter in FORMANTS else 0.4)
    if letter in "sxzc":
        return 0.15 * np.diff(np.diff(hiss, prepend=0.0))
    if letter in "fhj":
        return 0.02 * hiss[1:]
    return 0.1 * hiss[1:] * (t > 0.7 * frames / RATE)  # a plosive: silence, and a burst


def hum(seconds: float, level: float = 8000.0) -> Pcm:
    """One syllable: a low tone with harmonics whose level rises and falls."""
    t = np.arange(to_frames(seconds, RATE)) / RATE
    tone = sum(np.sin(2 * np.pi * 150 * k * t) / k for k in range(1, 9))
    return (level * tone * (0.15 + np.sin(np.pi * t / seconds))).astype(np.int16)


def silence(seconds: float) -> Pcm:
    return np.zeros(to_frames(seconds, RATE), np.int16)


def loaded(spoken: Spoken) -> TranscriptAligner:
    """An aligner that has all of it."""
    aligner = TranscriptAligner(RATE)
    aligner.push_audio(spoken.pcm)
    aligner.end_audio()
    aligner.push_text(spoken.text)
    aligner.end_text()
    return aligner


def listen(aligner: TranscriptAligner, start: float, end: float, step: float = 0.01) -> list[tuple[float, Caption]]:
    """Poll every `step` seconds of playout; return each caption with the position at which it was due."""
    came = []
    for position in np.arange(start, end + step, step):
        came += [(float(position), caption) for caption in aligner.due(float(position))]
    return came


def text_of(captions: list[Caption]) -> str:
    return "".join(caption.text for caption in captions)


STORY = speak(
    "Once u-pon a time, there was a light-house on a rock-y is-land. Eve-ry eve-ning, the keep-er climb-ed the stairs, "
    "lit the lamp, and watched the ships go by. Then one night a storm came, and no one saw the light."
)
