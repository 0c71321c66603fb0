"""Test audio that can be recognised: every frame identifies its item and its place in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from .._runtime.arguments import check_duration, check_instance, shown
from ..audio._pcm import WIRE_RATE, Pcm, check_pcm, to_frames
from ..errors import UsageError

QUIETEST, LOUDEST = 500, 8000
"""Bounds of the samples of `noise`; none is 0, so that silence can't be mistaken for a part of it."""

_WINDOW: Final = 8
"""Frames that identify a place: no two places agree in this many samples by chance."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A run of consecutive frames of one item; `item_id` is None where the audio is of no item, such as silence."""

    item_id: str | None
    start: int  # first frame, counted in the item
    frames: int


def noise(seconds: float, seed: int, rate: int = WIRE_RATE) -> Pcm:
    """Generate audio that is the same for the same seed, and nowhere the same for another.

    Raises:
        UsageError: `seconds` is negative, or `seed` is no whole number of 0 or more.
    """
    check_duration("seconds", seconds)
    if isinstance(seed, bool) or not isinstance(seed, int) or seed < 0:
        raise UsageError(f"seed is a whole number, 0 or more, not {shown(seed)}")
    pcm: Pcm = np.random.default_rng(seed).integers(QUIETEST, LOUDEST, to_frames(seconds, rate), np.int16)
    pcm *= 1 - 2 * (pcm & 1)  # odd samples below zero
    return pcm


def stretches(heard: Pcm, sounds: Mapping[str, Pcm]) -> list[Stretch]:
    """Split heard audio into runs of the items' audio, in order, to compare with the audio sent.

    sounds: the whole audio of each item by its id, such as `FakeServer.sounds`. Runs of less than 8 frames are not
    recognised.

    Raises:
        UsageError: not audio, or not a mapping of ids to audio.
    """
    check_pcm(heard)
    check_instance("sounds", sounds, Mapping, "a mapping of ids to audio, such as FakeServer.sounds")
    found: list[Stretch] = []
    at = unknown = 0  # the next frame to identify, and the first of the unidentified ones before it
    while at < len(heard):
        stretch = _longest(heard[at:], sounds)
        if stretch is None:
            at += _silence(heard[at:]) or 1
            continue
        if unknown < at:
            found.append(Stretch(None, 0, at - unknown))
        found.append(stretch)
        at = unknown = at + stretch.frames
    return [*found, Stretch(None, 0, at - unknown)] if unknown < at else found


def _longest(heard: Pcm, sounds: Mapping[str, Pcm]) -> Stretch | None:
    """Find the longest run that `heard` begins with."""
    runs = [
        Stretch(item_id, start, _agreeing(heard, pcm[start:]))
        for item_id, pcm in sounds.items() for start in _places(heard[:_WINDOW], pcm)
    ]
    return max(runs, key=lambda run: run.frames, default=None)


def _places(window: Pcm, pcm: Pcm) -> list[int]:
    candidates = np.flatnonzero(pcm == window[0])
    return [int(at) for at in candidates if np.array_equal(pcm[at : at + _WINDOW], window)]


def _agreeing(one: Pcm, other: Pcm) -> int:
    """Count the frames in which both begin alike."""
    frames = min(len(one), len(other))
    differs = np.flatnonzero(one[:frames] != other[:frames])
    return int(differs[0]) if len(differs) else frames


def _silence(heard: Pcm) -> int:
    """Count the zeros that it begins with."""
    sounding = np.flatnonzero(heard)
    return int(sounding[0]) if len(sounding) else len(heard)
