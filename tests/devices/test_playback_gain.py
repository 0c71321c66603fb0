"""The gain of a playback: ramps that move no position and never jump."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, strategies as st

from realtime_sdk.audio._pcm import Pcm, Samples
from realtime_sdk.devices._playback import Playback

from .playback_room import LOUD, Room
from .sound_card import RATE


def set_gain(room: Room, gain: float) -> int:
    assert isinstance(room.playback, Playback)
    return room.playback.set_gain(gain)


def gains(room: Room, wrote: Pcm) -> Samples:
    """What was heard, as parts of what was written."""
    assert len(room.sound) == len(wrote)
    parts: Samples = (room.sound / wrote).astype(np.float32)
    return parts


def test_a_gain_changes_what_is_queued_in_a_ramp_and_moves_no_position() -> None:
    room, wrote = Room(), np.full(24_000, LOUD, np.int16)
    room.playback.write(wrote)
    room.wait(0.2)
    start = set_gain(room, 0.5)
    assert start / RATE == pytest.approx(0.2, abs=0.06)
    room.watch(1.0)
    heard = gains(room, wrote)
    assert (heard[:start] == 1.0).all() and heard[start + 480 :] == pytest.approx(0.5, abs=1e-3)
    assert np.abs(np.diff(heard)).max() < 0.002
    assert room.playback.played() == len(wrote)


def test_a_gain_that_returns_leaves_the_samples_as_they_were_written() -> None:
    room = Room()
    wrote = np.random.default_rng(1).integers(5000, 20_000, 24_000).astype(np.int16)
    room.playback.write(wrote)
    room.wait(0.2)
    set_gain(room, 0.0)
    room.wait(0.005)
    start = set_gain(room, 1.0)
    room.watch(1.0)
    assert np.array_equal(room.sound[start + 480 :], wrote[start + 480 :])


def test_a_gain_set_while_nothing_is_queued_is_that_of_the_next_frame() -> None:
    room = Room()
    assert set_gain(room, 0.25) == 0
    room.playback.write(np.full(2400, LOUD, np.int16))
    room.watch(0.5)
    assert (room.sound == LOUD // 4).all() and len(room.sound) == 2400


def test_a_gain_set_during_a_pause_leaves_the_fade_alone_and_follows_it() -> None:
    room = Room()
    room.playback.write(np.full(24_000, LOUD, np.int16))
    room.wait(0.2)
    room.playback.pause()
    set_gain(room, 0.5)
    room.watch(0.5)
    room.playback.resume()
    room.watch(1.0)
    assert room.sound[-1] == LOUD // 2
    assert np.abs(np.diff(room.sound[room.sound > 0].astype(int))).max() < 0.01 * 32768
    assert room.playback.played() == 24_000


@given(changes=st.lists(st.tuples(st.floats(0.0, 0.1), st.floats(0.1, 1.0)), max_size=6))
def test_gains_set_at_any_time_never_jump(changes: list[tuple[float, float]]) -> None:
    room, wrote = Room(), np.full(24_000, LOUD, np.int16)
    room.playback.write(wrote)
    for seconds, gain in changes:
        room.wait(seconds)
        set_gain(room, gain)
    room.watch(1.0)
    assert np.abs(np.diff(gains(room, wrote))).max() < 0.003
