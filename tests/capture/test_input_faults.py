"""A microphone without a signal, and one that clips."""

from __future__ import annotations

import numpy as np
import pytest
from pytest import approx

from realtime_sdk.audio._pcm import Pcm, to_frames
from realtime_sdk.capture._events import FaultBegan, FaultEnded
from realtime_sdk.capture._input_faults import DEAD_SECONDS, FELL_SILENT_SECONDS, InputFaults
from realtime_sdk.testing import noise

RATE = 24_000
BLOCK = to_frames(0.02)
VOICE = noise(1.0, seed=2)


def silence(seconds: float, value: int = 0) -> Pcm:
    return np.full(to_frames(seconds), value, np.int16)


def clipped(seconds: float) -> Pcm:
    """A voice that is far too loud."""
    tone = 3 * np.sin(2 * np.pi * 200 * np.arange(to_frames(seconds)) / RATE)
    sound: Pcm = (np.clip(tone, -1, 1) * 32767).astype(np.int16)
    return sound


def watched(*pieces: Pcm) -> list[FaultBegan | FaultEnded]:
    """Give these pieces, in blocks of 20 ms from time 0 on."""
    pcm, faults, events = np.concatenate(pieces), InputFaults(RATE), list[FaultBegan | FaultEnded]()
    for start in range(0, len(pcm), BLOCK):
        events += faults.push(start / RATE, pcm[start : start + BLOCK])
    return events


@pytest.mark.parametrize("value", [0, -700], ids=["zeros", "a DC offset"])
def test_a_microphone_that_never_gives_a_signal_is_reported_once_with_what_to_do(value: int) -> None:
    (fault,) = watched(silence(60.0, value))
    assert isinstance(fault, FaultBegan)
    assert fault.fault == "silent" and fault.at == approx(DEAD_SECONDS, abs=0.1)
    assert all(word in fault.reason for word in ("muted", "permission", "device", "doctor"))


def test_dither_is_no_signal() -> None:
    dither = np.random.default_rng(0).integers(-1, 2, to_frames(5.0)).astype(np.int16)
    assert [event.fault for event in watched(dither)] == ["silent"]


def test_the_first_signal_ends_it() -> None:
    _, ended = watched(silence(5.0), VOICE)
    assert isinstance(ended, FaultEnded) and ended.fault == "silent"
    assert ended.at == approx(5.0, abs=0.02)


def test_a_microphone_that_gave_a_signal_is_given_more_time_and_twice_as_much_each_time_it_comes_back() -> None:
    assert watched(VOICE, silence(FELL_SILENT_SECONDS - 0.1), VOICE) == []
    began, ended, again = watched(
        VOICE, silence(FELL_SILENT_SECONDS + 0.1), VOICE, silence(2 * FELL_SILENT_SECONDS + 0.1)
    )
    assert [began.at, ended.at] == approx([11.0, 11.1], abs=0.05)
    assert again.at == approx(12.1 + 2 * FELL_SILENT_SECONDS, abs=0.05)


def test_a_quiet_room_is_a_signal() -> None:
    room = np.random.default_rng(0).normal(0, 2, to_frames(60.0)).astype(np.int16)
    assert watched(room) == []


def test_a_voice_that_clips_is_reported_within_seconds_and_once() -> None:
    began, ended = watched(VOICE, clipped(20.0), silence(9.0), VOICE, *[VOICE] * 6)
    assert isinstance(began, FaultBegan) and began.fault == "clipping" and "turn down" in began.reason
    assert began.at == approx(4.0, abs=0.1)
    assert isinstance(ended, FaultEnded) and ended.fault == "clipping"
    assert ended.at == approx(36.0, abs=0.1), "silence says nothing about clipping"


def test_a_shout_is_not_clipping() -> None:
    assert watched(VOICE, clipped(1.5), *[VOICE] * 3) == []


def test_a_device_that_is_lost_or_exchanged_ends_its_faults() -> None:
    faults = InputFaults(RATE)
    faults.push(0.0, silence(4.0))
    assert faults.end(5.0) == [FaultEnded(5.0, "silent")]
    assert InputFaults(RATE).end(5.0) == []
