"""What a `Microphone` hears through: the sound card's callback stores, and the event loop looks."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable
from typing import Any

import numpy as np

from .samples import SAMPLE_BYTES, Samples
from .stream import OpenDevice, StreamOpener

STORE_FRAMES = 1 << 16
"""How much is kept for a reader who is away, 2.7 s at the wire's rate; the sound after that is lost."""


class Recorder(OpenDevice, ABC):
    """An open input that stores what it captures."""

    @abstractmethod
    def read(self, frames: int) -> Samples | None:
        """Take the next so many frames; None if they are not there yet."""


class RtRecorder(Recorder):
    """A recorder whose callback is rtmixer's, in C.

    stream: a started `rtmixer.Recorder`. ring_type: `rtmixer.RingBuffer`.
    """

    _stream: Any

    def __init__(self, stream: Any, ring_type: Callable[..., Any], name: str) -> None:
        super().__init__(stream, name)
        self._ring = ring_type(SAMPLE_BYTES, STORE_FRAMES)
        self._action = stream.record_ringbuffer(self._ring)

    def read(self, frames: int) -> Samples | None:
        """Take the next so many frames; None if they are not there yet."""
        samples = None
        if self._ring.read_available >= frames:
            samples = np.frombuffer(self._ring.read(frames), np.float32)
        if self._action not in self._stream.actions:  # it ends when the ring is full
            self._action = self._stream.record_ringbuffer(self._ring)
        return samples


class CallbackRecorder(Recorder):
    """A recorder whose callback is in Python, for platforms where rtmixer has no wheel."""

    def __init__(self, open_stream: StreamOpener, name: str) -> None:
        self._blocks: deque[Samples] = deque()  # added by the stream's thread, taken by the loop's
        self._rest = np.zeros(0, np.float32)  # what is left of the blocks taken
        super().__init__(open_stream(self._store), name)

    def read(self, frames: int) -> Samples | None:
        """Take the next so many frames; None if they are not there yet."""
        while len(self._rest) < frames and self._blocks:
            self._rest = np.concatenate([self._rest, self._blocks.popleft()])
        if len(self._rest) < frames:
            return None
        samples, self._rest = self._rest[:frames], self._rest[frames:]
        return samples

    def _store(self, data: Samples, frames: int, _time: object, _status: object) -> None:
        """Keep a block; called in the stream's thread. data: shape (frames, 1), its memory PortAudio's."""
        if len(self._blocks) * frames < STORE_FRAMES:
            self._blocks.append(data[:, 0].copy())
