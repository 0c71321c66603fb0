"""Two clocks that drift."""

from __future__ import annotations

import numpy as np
import pytest
import soxr

from realtime_sdk.capture.echo._drift import DriftTracker
from realtime_sdk.capture.echo._kalman import KalmanFilter
from realtime_sdk.capture.echo._linear import LinearCanceller

from .rooms import FRAME, RATE, Signal, babble, echoed, likeness, pcm, reduction, run


def drifting(sound: Signal, ppm: float) -> Signal:
    """Resample a signal to a clock that is fast by so much."""
    later: Signal = soxr.resample(sound, 1e6, 1e6 + ppm, quality="VHQ")
    return np.resize(later, len(sound))


def paces(captured: Signal, reply: Signal) -> Signal:
    """Drift of the echo in ppm, second by second."""
    kalman, drift, moves = KalmanFilter(FRAME), DriftTracker(FRAME), np.zeros(len(reply) // FRAME)
    blocks = (sound.reshape(-1, FRAME).astype(np.float32) for sound in (captured, reply))
    for n, (heard, played) in enumerate(zip(*blocks, strict=True)):
        echo, _ = kalman.process(heard, played)
        moves[n] = drift.update(heard - echo, echo)
        kalman.shift_delay(moves[n])
    return np.asarray(moves.reshape(-1, RATE // FRAME).sum(axis=1) / RATE * 1e6)


@pytest.mark.parametrize("ppm", [-100, -60, 20, 60])
def test_a_drift_is_learnt_in_ten_seconds(ppm: float) -> None:
    reply = babble(16, seed=40)
    assert paces(drifting(echoed(reply, seed=41), ppm), reply)[10:].mean() == pytest.approx(ppm, abs=5)


def test_a_user_who_speaks_all_the_time_is_no_drift() -> None:
    reply, user = babble(16, seed=42), babble(16, seed=43)
    assert np.abs(paces(echoed(reply, seed=44) + user, reply).mean()) < 5


@pytest.mark.parametrize("ppm", [-100, 100])
def test_an_echo_that_drifts_is_taken_out_and_the_user_stays_whole(ppm: float) -> None:
    reply, user = babble(14, seed=45), babble(14, seed=46)
    user[: 10 * RATE] = 0
    echo = drifting(echoed(reply, seed=47, gain=1.0), ppm)
    left = run(LinearCanceller(RATE), pcm(echo + user), pcm(reply))
    assert reduction(echo, left, 7, 9.9) > 50
    assert likeness(user, left, 10.5, 13.9) > 0.85


@pytest.mark.parametrize(("frames", "times"), [(0.3, 1), (-0.3, 1), (0.05, 100), (300.0, 1), (-40.0, 1)])
def test_an_echo_path_is_shifted_by_fractions_of_a_frame(frames: float, times: int) -> None:
    reply = 0.1 * np.random.default_rng(48).standard_normal(4 * RATE)
    kalman, predicted = KalmanFilter(FRAME), list[Signal]()
    blocks = (sound.reshape(-1, FRAME).astype(np.float32) for sound in (later(reply, 200), reply))
    for n, (heard, played) in enumerate(zip(*blocks, strict=True)):
        predicted.append(kalman.process(heard, played, frozen=n >= 150)[0].astype(np.float64))
        if n == 150:
            for _ in range(times):
                kalman.shift_delay(frames)
    moved = later(reply, 200 + times * frames)
    assert reduction(moved, pcm(moved - np.concatenate(predicted)), 3.4, 3.9) > 25


def later(sound: Signal, frames: float) -> Signal:
    """Delay a signal, circularly."""
    turn = np.exp(-2j * np.pi * frames * np.fft.rfftfreq(len(sound)))
    return np.fft.irfft(np.fft.rfft(sound) * turn)
