"""A mixer in Python, for platforms where rtmixer has no wheel; Python's lock can interrupt its audio."""

from __future__ import annotations

import sys
from collections import deque
from typing import Any

import numpy as np

from ._mixer import Action, Mixer, Ring
from ._samples import Frames
from ._stream import Format, StreamOpener


class CallbackMixer(Mixer):
    """Plays rings from a Python callback."""

    def __init__(self, open_stream: StreamOpener, name: str, format: Format) -> None:
        self._new: deque[_CallbackAction] = deque()  # those that the callback has not started yet
        self._playing: list[_CallbackAction] = []  # those that it plays; the callback's own
        super().__init__(open_stream(self._fill), name, format)

    def ring(self, memory: Frames) -> Ring:
        """Make a ring of `memory`."""
        return CallbackRing(memory)

    def play(self, ring: Ring) -> Action:
        """Play a ring from the next block on."""
        assert isinstance(ring, CallbackRing)
        action = _CallbackAction(ring)
        self._new.append(action)
        return action

    def ended(self, action: Action) -> bool:
        """Whether the callback has finished it."""
        assert isinstance(action, _CallbackAction)
        return action.ended

    def _fill(self, out: Frames, frames: int, time: Any, status: object) -> None:
        """Play the next block; called in the stream's thread."""
        if status:
            self.dropouts += 1
        while self._new:
            self._playing.append(self._new.popleft())
        out.fill(0)
        for action in self._playing:
            action.play(out, time.outputBufferDacTime)
        self._playing = [action for action in self._playing if not action.ended]


class CallbackRing:
    """A ring that two threads share without a lock: each of the two counts is changed by only one of them."""

    def __init__(self, memory: Frames) -> None:
        self._memory = memory
        self._written = 0
        self._read = 0

    @property
    def read_available(self) -> int:
        """Frames that can be read."""
        return self._written - self._read

    @property
    def write_available(self) -> int:
        """Frames that can be written."""
        return len(self._memory) - self.read_available

    def write(self, frames: Frames) -> int:
        """Add frames; return how many were taken."""
        taken = frames[: self.write_available]
        self._memory[self._places(self._written, len(taken))] = taken
        self._written += len(taken)
        return len(taken)

    def read(self, count: int) -> Frames:
        """Take up to `count` frames."""
        count = min(count, self.read_available)
        frames: Frames = self._memory[self._places(self._read, count)]
        self._read += count
        return frames

    def _places(self, first: int, count: int) -> np.typing.NDArray[np.intp]:
        return np.arange(first, first + count) % len(self._memory)


class _CallbackAction:
    def __init__(self, ring: CallbackRing) -> None:
        self.ring = ring
        self.actual_time = -1.0
        self.done_frames = 0
        self.total_frames = sys.maxsize
        self.ended = False

    def play(self, out: Frames, dac_time: float) -> None:
        """Add the next frames to `out`, whose first leaves the converter at `dac_time`."""
        if not self.done_frames:
            self.actual_time = dac_time
        wanted = max(0, min(len(out), self.total_frames - self.done_frames))
        frames = self.ring.read(wanted)
        out[: len(frames)] += frames
        self.done_frames += len(frames)
        self.ended = len(frames) < wanted or self.done_frames >= self.total_frames
