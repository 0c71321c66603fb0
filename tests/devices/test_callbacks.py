"""The mixer and the recorder in Python, which stand in where rtmixer has no wheel."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np

from realtime_sdk.devices._callback_mixer import CallbackMixer, CallbackRing
from realtime_sdk.devices._recorder import CallbackRecorder
from realtime_sdk.devices._samples import Frames
from realtime_sdk.devices._stream import Format

from .sound_card import BLOCK_FRAMES, MONO, Callback, ManualClock, SoundCard

STORED = 1 << 16
"""Frames that a recorder keeps at this rate: 2.7 seconds, at least."""


def counting(first: int, count: int) -> Frames:
    return np.arange(first, first + count, dtype=np.float32)[:, np.newaxis]


def memory(frames: int) -> Frames:
    return np.zeros((frames, 1), np.float32)


class Crank:
    """A stream whose callback is called by hand."""

    def __init__(self) -> None:
        self.callback: Callback | None = None
        self.card = SoundCard(ManualClock())

    def open(self, callback: Callback) -> SoundCard:
        self.callback = callback
        return self.card

    def turn(self, frames: int = BLOCK_FRAMES, dac_time: float = 1.0) -> list[float]:
        assert self.callback is not None
        out = np.full((frames, 1), 99, np.float32)
        self.callback(out, frames, SimpleNamespace(outputBufferDacTime=dac_time), None)
        return [float(sample) for sample in out[:, 0]]


def test_a_ring_returns_its_frames_in_order_beyond_its_length() -> None:
    ring = CallbackRing(memory(8))
    assert ring.write(counting(1, 6)) == 6
    assert ring.read(4).ravel().tolist() == [1, 2, 3, 4]
    assert ring.write(counting(7, 9)) == 6
    assert (ring.read_available, ring.write_available) == (8, 0)
    assert ring.read(99).ravel().tolist() == [5, 6, 7, 8, 9, 10, 11, 12]


def test_an_action_plays_its_ring_until_it_is_empty() -> None:
    crank = Crank()
    mixer = CallbackMixer(crank.open, "crank", MONO)
    ring = mixer.ring(memory(8))
    ring.write(counting(1, 6))
    action = mixer.play(ring)
    assert crank.turn(4, dac_time=7.5) == [1, 2, 3, 4]
    assert (action.actual_time, action.done_frames, mixer.ended(action)) == (7.5, 4, False)
    assert crank.turn(4, dac_time=8.5) == [5, 6, 0, 0]
    assert (action.actual_time, action.done_frames, mixer.ended(action)) == (7.5, 6, True)
    ring.write(counting(7, 4))
    assert crank.turn(4) == [0, 0, 0, 0]


def test_an_action_ends_where_it_was_cut() -> None:
    crank = Crank()
    mixer = CallbackMixer(crank.open, "crank", MONO)
    ring = mixer.ring(memory(8))
    ring.write(counting(1, 8))
    action = mixer.play(ring)
    crank.turn(2)
    action.total_frames = 4
    assert crank.turn(2) == [3, 4]
    assert mixer.ended(action)
    assert crank.turn(2) == [0, 0]
    assert ring.read_available == 4


def test_rings_that_play_at_once_are_mixed() -> None:
    crank = Crank()
    mixer = CallbackMixer(crank.open, "crank", MONO)
    for first in (1, 10):
        ring = mixer.ring(memory(4))
        ring.write(counting(first, 3))
        mixer.play(ring)
    assert crank.turn(4) == [11, 13, 15, 0]


def test_a_recorder_returns_the_whole_blocks_that_are_there() -> None:
    crank = Crank()
    recorder = CallbackRecorder(crank.open, "crank", Format(rate=24_000, channels=1, block_frames=5))
    assert crank.callback is not None
    assert recorder.read() is None
    block = memory(4)  # which PortAudio uses again and again
    for first in (1, 5, 9):
        block[:] = counting(first, 4)
        crank.callback(block, 4, None, None)
    read = recorder.read()
    assert read is not None
    assert read.tolist() == [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]
    assert recorder.read() is None
    block[:] = counting(13, 4)
    crank.callback(block, 4, None, None)
    read = recorder.read()
    assert read is not None
    assert read.tolist() == [11, 12, 13, 14, 15]


def test_unread_audio_is_bounded() -> None:
    crank = Crank()
    recorder = CallbackRecorder(crank.open, "crank", MONO)
    assert crank.callback is not None
    for _ in range(STORED // 480 + 50):
        crank.callback(np.ones((480, 1), np.float32), 480, None, None)
    read = recorder.read()
    assert read is not None
    assert len(read) < STORED + 480
    crank.callback(np.ones((480, 1), np.float32), 480, None, None)
    assert recorder.read() is not None, "it hears again"
