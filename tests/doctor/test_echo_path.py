"""The probe's echo: found where it is, however weak, and nowhere else."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import soundfile
import soxr
from hypothesis import given, strategies as st
from pytest import approx

from realtime_sdk.audio._pcm import Pcm
from realtime_sdk.cli.session._device_choice import ASSETS
from realtime_sdk.doctor._echo_path import PROBE_PEAK, find_echo, probe

RATES = [8000, 24_000, 48_000]
SPEECH = sorted(ASSETS.glob("*.flac"))


def room(rate: int, delay: int, gain: float, noise: float = 0.0, seconds: float = 1.2) -> Pcm:
    """The probe in a microphone, `delay` frames late, at `gain`; noise: its standard deviation."""
    heard: npt.NDArray[np.float64] = np.random.default_rng(0).normal(0.0, noise, round(seconds * rate))
    heard[delay : delay + len(probe(rate))] += gain * probe(rate)
    return heard.round().astype(np.int16)


def test_the_probe_is_short_and_quiet_and_fades_in_and_out() -> None:
    sound = probe(24_000)
    assert len(sound) == 14_400
    assert PROBE_PEAK * 0.95 < np.abs(sound).max() <= PROBE_PEAK
    assert np.abs(sound[:24]).max() < 50 > np.abs(sound[-24:]).max()


@given(st.sampled_from(RATES), st.floats(0.0, 0.55), st.floats(-40.0, 6.0), st.booleans())
def test_an_echo_is_measured_by_delay_and_level(rate: int, delay: float, decibels: float, inverted: bool) -> None:
    frame = round(delay * rate)
    gain = 10 ** (decibels / 20) * (-1 if inverted else 1)
    echo = find_echo(room(rate, frame, gain), probe(rate), rate)
    assert echo is not None
    assert echo.frame == approx(frame, abs=1)
    assert echo.gain == approx(decibels, abs=0.3)


@pytest.mark.parametrize("rate", RATES)
def test_an_echo_below_the_noise_of_the_room_is_found(rate: int) -> None:
    echo = find_echo(room(rate, rate // 10, gain=0.02, noise=250.0), probe(rate), rate)  # 7 to 13 dB below it
    assert echo is not None
    assert echo.frame == approx(rate // 10, abs=rate // 2000)
    assert echo.gain == approx(-34.0, abs=2.0)


def test_the_echo_of_a_reverberant_room_is_its_direct_sound() -> None:
    rate, random = 24_000, np.random.default_rng(3)
    ringing = random.normal(0.0, 0.02, rate // 4) * 10 ** (-3 * np.arange(rate // 4) / (rate // 4))
    ringing[0] = 0.5
    heard = np.convolve(np.pad(probe(rate), (2400, 4800)), ringing)[: rate].round().astype(np.int16)
    echo = find_echo(heard, probe(rate), rate)
    assert echo is not None
    assert echo.frame == approx(2400, abs=2)
    assert echo.gain == approx(-6.0, abs=1.0)


@pytest.mark.parametrize("seed", range(20))
def test_noise_is_no_echo(seed: int) -> None:
    noise = np.random.default_rng(seed).normal(0.0, 1000.0, 28_800).astype(np.int16)
    assert find_echo(noise, probe(24_000), 24_000) is None


@pytest.mark.parametrize("file", SPEECH, ids=lambda file: file.stem)
def test_speech_is_no_echo(file: Path) -> None:
    sound, rate = soundfile.read(file, dtype="float32", always_2d=True)
    speech = soxr.resample(sound.mean(axis=1) * 32767, rate, 24_000).astype(np.int16)
    for start in range(0, len(speech), 12_000):
        assert find_echo(speech[start : start + 28_800], probe(24_000), 24_000) is None


def test_silence_and_a_short_capture_have_no_echo() -> None:
    assert find_echo(np.zeros(28_800, np.int16), probe(24_000), 24_000) is None
    assert find_echo(probe(24_000)[:-1], probe(24_000), 24_000) is None
