"""What came out of a speaker, read from its own record: which item, which frames, and when."""

from __future__ import annotations

import itertools
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from realtime_sdk.audio._pcm import WIRE_RATE, Pcm
from realtime_sdk.testing import VirtualSpeaker
from realtime_sdk.turns._controller import DUCKED_GAIN

CHANCE = 10
"""Frames by which two noises may agree by chance, one in five of them: where one is cut, the next may seem to go on
with it."""


@dataclass(frozen=True)
class Run:
    """The frames of one item that were heard: always its first ones, without a hole."""

    item_id: str
    first: int  # frame of all that was heard
    frames: int


class Truth:
    """What was heard of each item."""

    def __init__(self, speaker: VirtualSpeaker, sounds: Mapping[str, Pcm]) -> None:
        self._rate = WIRE_RATE * (1 + speaker.drift)
        self._stretches = speaker.timeline
        self._firsts = list(itertools.accumulate((len(stretch.pcm) for stretch in self._stretches), initial=0))
        runs = _explain(speaker.heard, dict(sounds), 0)
        assert runs is not None, "what was heard is not a row of beginnings of items' sounds"
        self.runs = runs
        self._by_item = {run.item_id: run for run in runs}

    def frames(self, item_id: str) -> int:
        """Frames of an item that were heard."""
        return self._by_item[item_id].frames if item_id in self._by_item else 0

    def time(self, item_id: str, frame: int) -> float:
        """Wall-clock time at which a frame of an item began to sound."""
        return self._time(self._by_item[item_id].first + frame)

    def stretch(self, item_id: str, frame: int) -> float:
        """Seconds of the sound without a gap in which a frame of an item lies."""
        place = bisect_right(self._firsts, self._by_item[item_id].first + frame) - 1
        return len(self._stretches[place].pcm) / self._rate

    def end(self, item_id: str) -> float:
        """Wall-clock time at which the last frame of an item that was heard was over."""
        return self.time(item_id, self.frames(item_id) - 1) + 1 / self._rate

    def reached(self, item_id: str, position: int) -> float:
        """Wall-clock time at which so many frames of an item had been heard, or all that ever were."""
        if not position:
            return self.time(item_id, 0)
        return self.time(item_id, min(position, self.frames(item_id)) - 1) + 1 / self._rate

    def _time(self, frame: int) -> float:
        place = bisect_right(self._firsts, frame) - 1
        return self._stretches[place].at + (frame - self._firsts[place]) / self._rate


def _explain(heard: Pcm, sounds: dict[str, Pcm], first: int) -> list[Run] | None:
    """Take what was heard from frame `first` on for beginnings of items' sounds, each item once; None: it is not."""
    if first == len(heard):
        return []
    lengths = {item_id: _agreeing(heard[first:], sound) for item_id, sound in sounds.items()}
    for item_id in sorted(lengths, key=lambda item_id: -lengths[item_id]):
        others = {other: sound for other, sound in sounds.items() if other != item_id}
        for frames in range(lengths[item_id], max(0, lengths[item_id] - CHANCE), -1):
            rest = _explain(heard, others, first + frames)
            if rest is not None:
                return [Run(item_id, first, frames), *rest]
    return None


def _agreeing(heard: Pcm, sound: Pcm) -> int:
    """Count the frames in which both begin alike; the sound may be ducked, or in the ramp to or from there."""
    frames = min(len(heard), len(sound))
    loud = sound[:frames]
    quiet = (loud * DUCKED_GAIN).astype(np.int16)
    part = heard[:frames]
    differs = np.flatnonzero((part < np.minimum(quiet, loud)) | (part > np.maximum(quiet, loud)))
    return int(differs[0]) if len(differs) else frames
