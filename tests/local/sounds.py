"""Sounds for tests of hearing."""

from __future__ import annotations

import numpy as np

from realtime_sdk.audio._pcm import Pcm, to_frames
from realtime_sdk.local._recogniser import Recogniser


def silence(seconds: float) -> Pcm:
    return np.zeros(to_frames(seconds), np.int16)


def noise(seconds: float, level: float, seed: int = 0) -> Pcm:
    """White noise; `level` is its standard deviation in units of int16."""
    return np.random.default_rng(seed).normal(0, level, to_frames(seconds)).astype(np.int16)


def hum(seconds: float) -> Pcm:
    """A loud tone, as of a machine."""
    return (8000 * np.sin(2 * np.pi * 220 * np.arange(to_frames(seconds)) / to_frames(1))).astype(np.int16)


def knocks(seconds: float, length: float, every: float = 0.5) -> Pcm:
    """Bursts of noise that die away: clicks of a key, knocks on a table."""
    burst = noise(length, 9000) * np.exp(-np.linspace(0, 5, to_frames(length)))
    beat = np.concatenate([burst.astype(np.int16), silence(every - length)])
    return np.tile(beat, round(seconds / every))


def heard_at(pcm: Pcm) -> tuple[int, int]:
    """The first and the last frame of a voice in silence."""
    loud = np.flatnonzero(np.abs(pcm.astype(np.int32)) > 600)
    return int(loud[0]), int(loud[-1])


async def transcript(recogniser: Recogniser, pcm: Pcm) -> str:
    """What is recognised in a turn."""
    return "".join([piece async for piece in recogniser.transcribe(pcm)])
