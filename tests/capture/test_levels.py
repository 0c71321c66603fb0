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
    meter.is_on = True
    at = 100.0
    for block in blocks:
        levels += meter.push(at, block)
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


def test_nothing_is_measured_before_it_is_switched_on() -> None:
    assert LevelMeter(RATE).push(100.0, sine(8000, 24_000)) == []


def test_a_long_block_gives_the_levels_of_the_short_ones_in_it() -> None:
    sound = sine(8000, 24_000)
    long, short = levels_of(sound), levels_of(*np.split(sound, 25))  # of 40 ms each
    assert [level.at for level in long] == approx([level.at for level in short])
    assert [level.dbfs for level in long] == approx([level.dbfs for level in short])


def test_one_level_of_silence_follows_when_the_stream_stops_for_80_ms() -> None:
    meter = LevelMeter(RATE)
    meter.is_on = True
    meter.push(100.0, sine(8000, 2400))  # until 100.1, of which 20 ms are in no level yet
    assert meter.stopped(100.15) == []
    (silence,) = meter.stopped(100.2)
    assert silence.at == approx(100.1) and silence.dbfs == SILENT_DBFS
    assert meter.stopped(101.0) == []
    (level,) = meter.push(102.0, sine(8000, 1920))
    assert level.at == 102.0, "it begins with the sound, not with what was left before the silence"


def test_a_stream_that_has_not_begun_has_no_level_of_silence() -> None:
    assert LevelMeter(RATE).stopped(100.0) == []
