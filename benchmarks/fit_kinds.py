"""Learn how the kinds of speech sounds sound: prints the tables of `realtime_sdk/captions/features/_kinds.py`.

    python benchmarks/fit_kinds.py [--human ROOT]

eSpeak NG speaks the texts of `lessons.py` in English voices and other languages, clean and spoilt in some ways (see
`clips.spoil`); `--human` adds recordings of people that the benchmark of captions does not use (see `humans.py`). Where
words begin is known. Within each word the phones are first spread by their usual lengths, and then laid over the sound
by what that told. (More rounds make it no better.)
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
from clips import Clip, Espeak, spoil
from humans import lessons
from lessons import ENGLISH, OTHERS

from realtime_sdk.audio._pcm import WIRE_RATE
from realtime_sdk.captions.decoding._matching import Text, match
from realtime_sdk.captions.features import _kinds as kinds
from realtime_sdk.captions.features._energy import Floats, Loudness
from realtime_sdk.captions.features._kinds import Kind
from realtime_sdk.captions.features._sound import Sound
from realtime_sdk.captions.features._timbre import Timbre
from realtime_sdk.captions.text._phones import Phone, spoken

VOICES = (("en-us", 190), ("en-gb-x-rp", 165), ("en-gb-scotland", 210), ("en-us+f3", 150), ("en-us+m5", 230))
LONGEST_WORD = 1.2
"""Seconds; what is longer holds a pause."""

LEAST_SPREAD = 0.55
"""Of that of all frames: a kind that few frames taught is no surer than this."""


class Word:
    """A word's phones, and the features of the frames that it lasts."""

    def __init__(self, phones: tuple[Phone, ...], features: Floats) -> None:
        self.kinds = np.array([phone.kind for phone in phones], np.intp)
        self.lengths = np.array([phone.length for phone in phones])
        self.features = features

    def spread(self) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
        """The kind of each frame where phones last as long as they usually do."""
        ends = np.cumsum(self.lengths) / self.lengths.sum() * len(self.features)
        at = np.searchsorted(ends, np.arange(len(self.features)) + 0.5)
        return self.kinds[np.minimum(at, len(self.kinds) - 1)]

    def matched(self) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
        """The kind of each frame by what is known of the kinds."""
        phones, frames = len(self.kinds), len(self.features)
        none = np.zeros(phones, np.intp)
        firsts, nowhere = np.arange(phones + 1), np.full(phones, np.nan)
        text = Text(self.kinds, self.lengths, none > 0, 1.0, firsts, none, nowhere, complete=True)
        sound = Sound(np.array([[0.0, frames * 0.01]]), 0.01, frames * 0.01, complete=True)
        costs = np.full(phones + 1, 1e9)
        costs[0] = 0.0
        found = match(text, sound, kinds.misfits(self.features), frames * 0.01 / self.lengths.sum(), costs)
        starts = np.round(found.starts * 100).astype(np.intp)
        return self.kinds[np.maximum(np.searchsorted(starts, np.arange(frames), side="right") - 1, 0)]


def words(clip: Clip) -> Iterator[Word]:
    """The words of a clip that lie in one stretch of speech."""
    loudness = Loudness(WIRE_RATE)
    loudness.push(clip.pcm)
    runs = loudness.runs(0.0, loudness.seconds)
    timbre = Timbre(WIRE_RATE)
    timbre.push(clip.pcm)
    features = timbre.features(np.arange(int(loudness.seconds * 100), dtype=np.float64) * 0.01)
    for (at, begin), (behind, end) in pairwise([*clip.words, (len(clip.text), clip.seconds)]):
        over = runs[(runs[:, 0] <= begin + 0.05) & (runs[:, 1] > begin + 0.05), 1]
        phones = spoken(clip.text[at:behind].strip(), clip.language).phones
        until = min([end, *over])
        frames = features[round(begin * 100) : round(until * 100)]
        if len(over) and until - begin <= LONGEST_WORD and 0 < len(phones) <= len(frames):
            yield Word(phones, frames)


def learn(said: list[Word], *, first: bool) -> None:
    """Let the table follow from the frames of each kind."""
    laid = np.concatenate([word.spread() if first else word.matched() for word in said])
    features = np.concatenate([word.features for word in said])
    least = LEAST_SPREAD * np.nanstd(features, axis=0)
    for kind in Kind:
        frames = features if kind is Kind.ANY else features[laid == kind]
        kinds.MEAN[kind], kinds.SPREAD[kind] = np.nanmean(frames, axis=0), np.maximum(np.nanstd(frames, axis=0), least)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--human", type=Path, metavar="ROOT", help="recordings of people")
    options = parser.parse_args()
    espeak = Espeak()
    clips = []
    for n, (kind, text) in enumerate(ENGLISH.items()):
        for m, (voice, _) in enumerate(VOICES):
            clips.append(espeak.speak(text, voice, VOICES[(m + n) % len(VOICES)][1], kind))
    clips += [espeak.speak(text, language, 170, "languages") for language, text in OTHERS.items()]
    clips += [clip for clip in spoil(clips[1::8]) if clip.spoilt != "long pauses"]
    if options.human is not None:
        clips += lessons(options.human)
    said = [word for clip in clips for word in words(clip)]
    learn(said, first=True)
    learn(said, first=False)
    print(f"# {len(said)} words")
    for name, table in (("MEAN", kinds.MEAN), ("SPREAD", kinds.SPREAD)):
        print(f"{name} = np.array([")
        for row in Kind:
            print(f"    [{', '.join(f'{value:.1f}' for value in table[row])}],  # {row.name}")
        print("])")


if __name__ == "__main__":
    main()
