"""Fit the phone classes: prints the tables of `realtime_sdk/captions/features/_phone_classes.py`.

    python benchmarks/fit_phone_classes.py [--human ROOT]

eSpeak NG speaks `training_texts.py` in English voices and other languages, clean and degraded (see `clips.degraded`);
`--human` adds recordings of people that the benchmark of captions does not use (see `humans.py`). The onsets of words
are known. The phones of each word first have their usual lengths; then they are aligned to the audio by the classes
fitted from that. (More rounds improve nothing.)
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
from clips import Clip, Espeak, degraded
from humans import training_clips
from training_texts import ENGLISH, OTHERS

from realtime_sdk.audio._pcm import WIRE_RATE
from realtime_sdk.captions.decoding._costs import IMPOSSIBLE, PhoneSequence
from realtime_sdk.captions.decoding._segmental_viterbi import align_words
from realtime_sdk.captions.features import _phone_classes as phone_classes
from realtime_sdk.captions.features._energy import EnergyTracker, Floats
from realtime_sdk.captions.features._phone_classes import PhoneClass
from realtime_sdk.captions.features._spectral import SpectralFeatures
from realtime_sdk.captions.features._speech_frames import SpeechFrames
from realtime_sdk.captions.text._pronunciation import Phone, pronounce

VOICES = (("en-us", 190), ("en-gb-x-rp", 165), ("en-gb-scotland", 210), ("en-us+f3", 150), ("en-us+m5", 230))
LONGEST_WORD_SECONDS = 1.2
"""A longer one contains a pause."""

LEAST_SPREAD_RATIO = 0.55
"""Least standard deviation of a class, relative to that of all frames: some classes have few frames."""

FRAME_SECONDS = 0.01


class Word:
    """A word's phones, and the features of its frames."""

    def __init__(self, phones: tuple[Phone, ...], features: Floats) -> None:
        self.classes = np.array([phone.phone_class for phone in phones], np.intp)
        self.lengths = np.array([phone.length for phone in phones])
        self.features = features

    def spread(self) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
        """The class of each frame where phones have their usual lengths."""
        ends = np.cumsum(self.lengths) / self.lengths.sum() * len(self.features)
        at = np.searchsorted(ends, np.arange(len(self.features)) + 0.5)
        return self.classes[np.minimum(at, len(self.classes) - 1)]

    def aligned(self) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
        """The class of each frame by the classes as they are fitted."""
        count, frames = len(self.classes), len(self.features)
        seconds = frames * FRAME_SECONDS
        none = np.zeros(count, np.intp)
        starts, nowhere = np.arange(count + 1), np.full(count, np.nan)
        phones = PhoneSequence(self.classes, self.lengths, none > 0, 1.0, starts, none, nowhere, complete=True)
        speech = SpeechFrames(np.array([[0.0, seconds]]), FRAME_SECONDS, seconds, complete=True)
        entry_costs = np.full(count + 1, IMPOSSIBLE)
        entry_costs[0] = 0.0
        emissions = phone_classes.emission_costs(self.features)
        alignment = align_words(phones, speech, emissions, seconds / self.lengths.sum(), entry_costs)
        first_frames = np.round(alignment.starts / FRAME_SECONDS).astype(np.intp)
        return self.classes[np.maximum(np.searchsorted(first_frames, np.arange(frames), side="right") - 1, 0)]


def words(clip: Clip) -> Iterator[Word]:
    """Yield the words of a clip that lie in one speech region."""
    energy = EnergyTracker(WIRE_RATE)
    energy.push(clip.pcm)
    regions = energy.speech_regions(0.0, energy.seconds)
    spectral = SpectralFeatures(WIRE_RATE)
    spectral.push(clip.pcm)
    features = spectral.features(np.arange(int(energy.seconds * 100), dtype=np.float64) * FRAME_SECONDS)
    for (at, begin), (behind, end) in pairwise([*clip.words, (len(clip.text), clip.seconds)]):
        region_ends = regions[(regions[:, 0] <= begin + 0.05) & (regions[:, 1] > begin + 0.05), 1]
        phones = pronounce(clip.text[at:behind].strip(), clip.language).phones
        until = min([end, *region_ends])
        frames = features[round(begin * 100) : round(until * 100)]
        if len(region_ends) and until - begin <= LONGEST_WORD_SECONDS and 0 < len(phones) <= len(frames):
            yield Word(phones, frames)


def fit(words: list[Word], *, first: bool) -> None:
    """Set the tables to the means and deviations of the frames of each class."""
    classes = np.concatenate([word.spread() if first else word.aligned() for word in words])
    features = np.concatenate([word.features for word in words])
    least = LEAST_SPREAD_RATIO * np.nanstd(features, axis=0)
    for phone_class in PhoneClass:
        frames = features if phone_class is PhoneClass.ANY else features[classes == phone_class]
        phone_classes.MEAN[phone_class] = np.nanmean(frames, axis=0)
        phone_classes.SPREAD[phone_class] = np.maximum(np.nanstd(frames, axis=0), least)


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
    clips += [clip for clip in degraded(clips[1::8]) if clip.condition != "long pauses"]
    if options.human is not None:
        clips += training_clips(options.human)
    training = [word for clip in clips for word in words(clip)]
    fit(training, first=True)
    fit(training, first=False)
    print(f"# {len(training)} words")
    for name, table in (("MEAN", phone_classes.MEAN), ("SPREAD", phone_classes.SPREAD)):
        print(f"{name} = np.array([")
        for row in PhoneClass:
            print(f"    [{', '.join(f'{value:.1f}' for value in table[row])}],  # {row.name}")
        print("])")


if __name__ == "__main__":
    main()
