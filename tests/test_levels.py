"""Levels for a meter: dB of full scale, a dozen a second."""

from __future__ import annotations

import numpy as np
from pytest import approx

from realtime_sdk.audio import Pcm
from realtime_sdk.levels import SILENT, LevelMeter

RATE = 24_000


def levels_of(*blocks: Pcm) -> list[tuple[float, float]]:
    told: list[tuple[float, float]] = []
    meter = LevelMeter(RATE, lambda at, dbfs: told.append((at, dbfs)))
    at = 100.0
    for block in blocks:
        meter.push(at, block)
        at += len(block) / RATE
    return told


def sine(amplitude: float, frames: int) -> Pcm:
    wave: Pcm = (amplitude * np.sin(2 * np.pi * 1000 / RATE * np.arange(frames))).astype(np.int16)
    return wave


def test_a_full_scale_sine_is_3_db_below_full_scale() -> None:
    ((at, dbfs),) = levels_of(sine(32767, 1920))
    assert at == 100.0
    assert dbfs == approx(-3.01, abs=0.01)


def test_silence_is_the_least_that_there_is() -> None:
    assert levels_of(np.zeros(1920, np.int16)) == [(100.0, SILENT)]


def test_levels_come_every_80_ms_however_the_sound_is_cut() -> None:
    told = levels_of(*np.split(sine(8000, 24_000), 50))
    assert len(told) == 12
    assert [at for at, _ in told] == approx([100.0 + 0.08 * n for n in range(12)])
