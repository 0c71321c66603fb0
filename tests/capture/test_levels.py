"""Levels for a meter: dB of full scale, a dozen a second."""

from __future__ import annotations

import numpy as np
from pytest import approx

from realtime_sdk.audio._pcm import Pcm
from realtime_sdk.capture._levels import SILENT_DBFS, Level, LevelMeter

RATE = 24_000


def levels_of(*blocks: Pcm) -> list[Level]:
    levels: list[Level] = []
    meter = LevelMeter(RATE)
    at = 100.0
    for block in blocks:
        if (level := meter.push(at, block)) is not None:
            levels.append(level)
        at += len(block) / RATE
    return levels


def sine(amplitude: float, frames: int) -> Pcm:
    wave: Pcm = (amplitude * np.sin(2 * np.pi * 1000 / RATE * np.arange(frames))).astype(np.int16)
    return wave


def test_a_full_scale_sine_is_3_db_below_full_scale() -> None:
    (level,) = levels_of(sine(32767, 1920))
    assert level.at == 100.0
    assert level.dbfs == approx(-3.01, abs=0.01)


def test_silence_is_the_lowest_level() -> None:
    assert levels_of(np.zeros(1920, np.int16)) == [Level(100.0, SILENT_DBFS)]


def test_a_level_comes_every_80_ms_however_the_audio_is_cut() -> None:
    levels = levels_of(*np.split(sine(8000, 24_000), 50))
    assert len(levels) == 12
    assert [level.at for level in levels] == approx([100.0 + 0.08 * n for n in range(12)])


def test_a_block_longer_than_80_ms_gives_one_level() -> None:
    assert len(levels_of(sine(8000, 24_000))) == 1
