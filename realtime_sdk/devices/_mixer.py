"""The output of a `Speaker`: rings of frames, which the sound card's callback empties.

`RtMixer` has its callback in C, so that Python's lock can't interrupt the audio. Where rtmixer has no wheel,
`CallbackMixer` does the same in Python.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, Protocol

import numpy as np

from ..audio._pcm import Samples
from ._samples import FLOAT32_BYTES, Frames
from ._stream import Format, OpenDevice


class Ring(Protocol):
    """A queue of frames between one thread that writes and one that reads."""

    @property
    def read_available(self) -> int:
        """Frames that can be read."""
        ...

    @property
    def write_available(self) -> int:
        """Frames that can be written."""
        ...

    def write(self, frames: Frames) -> int:
        """Add frames; return how many were taken."""
        ...


class Action(Protocol):
    """A ring being played without a gap, from the next block on, until it runs empty or `total_frames` are done.

    The callback's thread changes the first two at any time.
    """

    actual_time: float  # DAC time of its first frame; negative: not known yet
    done_frames: int  # taken by the device
    total_frames: int  # at which it ends; may be lowered while it runs


class Mixer(OpenDevice, ABC):
    """An open output that plays rings, adding up those that play at the same time."""

    @property
    def time(self) -> float:
        """Seconds, in the clock of DAC times."""
        return self._stream.time

    @property
    def latency(self) -> float:
        """Seconds between the callback and the converter, as the driver reports it."""
        return self._stream.latency

    def on_all_channels(self, samples: Samples) -> Frames:
        """Repeat mono audio on every channel of the device."""
        return np.repeat(samples[:, np.newaxis], self.format.channels, axis=1)

    def silence(self, frames: int) -> Frames:
        """Make silent frames."""
        return np.zeros((frames, self.format.channels), np.float32)

    def probe(self) -> Action:
        """Play one silent frame: its DAC time is that of the next block, and its end proves that the callback runs."""
        return self.play(self.ring(self.silence(1)))

    @abstractmethod
    def ring(self, memory: Frames) -> Ring:
        """Make a ring of `memory`, whose length is a power of 2: its n-th sample will lie at n modulo that length."""

    @abstractmethod
    def play(self, ring: Ring) -> Action:
        """Play a ring from the next block on."""

    @abstractmethod
    def ended(self, action: Action) -> bool:
        """Whether the callback has finished it."""


class RtMixer(Mixer):
    """A mixer whose callback is rtmixer's, in C.

    stream: a started `rtmixer.Mixer`. ring_type: `rtmixer.RingBuffer`.
    """

    _stream: Any

    def __init__(self, stream: Any, ring_type: Callable[..., Ring], name: str, format: Format) -> None:
        super().__init__(stream, name, format)
        self._ring_type = ring_type

    def ring(self, memory: Frames) -> Ring:
        """Make a ring of `memory`."""
        return self._ring_type(FLOAT32_BYTES * self.format.channels, buffer=memory)

    def play(self, ring: Ring) -> Action:
        """Play a ring from the next block on."""
        action: Action = self._stream.play_ringbuffer(ring)
        return action

    def ended(self, action: Action) -> bool:
        """Whether the callback has finished it."""
        return action not in self._stream.actions

    def _count_dropouts(self) -> None:
        self.dropouts = self._stream.stats.output_underflows
