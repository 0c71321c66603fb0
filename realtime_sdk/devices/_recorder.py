"""The input of a `Microphone`: a ring that the sound card's callback fills, and the event loop polls."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable
from typing import Any

import numpy as np

from ..audio._pcm import Samples
from ._samples import FLOAT32_BYTES, Frames, power_of_two
from ._stream import Format, OpenDevice, StreamOpener

STORE_SECONDS = 2.7
"""Seconds of audio kept while nothing is read, at least; audio after that is lost.
benchmarks/glitches.py holds it."""


class Recorder(OpenDevice, ABC):
    """An open input that stores the audio it captures."""

    @property
    @abstractmethod
    def has_block(self) -> bool:
        """Whether more has come, so that `read` is worth a call."""

    def read(self, channel: int | None = None) -> Samples | None:
        """Take the whole blocks that are there, of a channel or the mean of all; return None if there is none."""
        captured = self._take(self.format.block_frames)
        if captured is None:
            return None
        if channel is None and self.format.channels > 1:
            mean: Samples = captured.mean(axis=1)
            return mean
        return captured[:, channel or 0]

    @abstractmethod
    def _take(self, block: int) -> Frames | None:
        """Take all whole blocks of this many frames that there are; return None if there are none."""


class RtRecorder(Recorder):
    """A recorder whose callback is rtmixer's, in C.

    stream: a started `rtmixer.Recorder`. ring_type: `rtmixer.RingBuffer`.
    """

    _stream: Any

    def __init__(self, stream: Any, ring_type: Callable[..., Any], name: str, format: Format) -> None:
        super().__init__(stream, name, format)
        self._ring = ring_type(FLOAT32_BYTES * format.channels, power_of_two(STORE_SECONDS * format.rate))
        self._action = stream.record_ringbuffer(self._ring)

    @property
    def has_block(self) -> bool:
        """Whether the ring has a whole block."""
        return bool(self._ring.read_available >= self.format.block_frames)

    def _take(self, block: int) -> Frames | None:
        if frames := self._ring.read_available // block * block:
            return np.frombuffer(self._ring.read(frames), np.float32).reshape(frames, self.format.channels)
        if self._action not in self._stream.actions:  # it ends when the ring is full
            self._action = self._stream.record_ringbuffer(self._ring)
        return None

    def _count_dropouts(self) -> None:
        self.dropouts = self._stream.stats.input_overflows


class CallbackRecorder(Recorder):
    """A recorder whose callback is in Python, for platforms where rtmixer has no wheel."""

    def __init__(self, open_stream: StreamOpener, name: str, format: Format) -> None:
        self._store_frames = power_of_two(STORE_SECONDS * format.rate)
        self._blocks: deque[Frames] = deque()  # added by the stream's thread, taken by the loop's
        self._rest: Frames = np.zeros((0, format.channels), np.float32)  # taken from the blocks, and not returned yet
        super().__init__(open_stream(self._store), name, format)

    @property
    def has_block(self) -> bool:
        """Whether the callback has stored a block since the last call of `read`."""
        return bool(self._blocks)

    def _take(self, block: int) -> Frames | None:
        waiting = [self._blocks.popleft() for _ in range(len(self._blocks))]
        self._rest = np.concatenate([self._rest, *waiting])
        frames = len(self._rest) // block * block
        captured, self._rest = self._rest[:frames], self._rest[frames:]
        return captured if frames else None

    def _store(self, data: Frames, frames: int, _time: object, status: object) -> None:
        """Store a block, in the stream's thread; its memory is PortAudio's."""
        if status:
            self.dropouts += 1
        if len(self._blocks) * frames < self._store_frames:
            self._blocks.append(data.copy())
