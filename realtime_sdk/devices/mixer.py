"""What a `Speaker` plays through: rings of samples, which the sound card's callback empties.

`RtMixer` has its callback in C, so that Python's lock can't break the sound. Where rtmixer has no wheel,
`CallbackMixer` (callback_mixer.py) does the same in Python.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, Protocol

from .samples import SAMPLE_BYTES, Samples
from .stream import OpenDevice, PortAudioStream


class Ring(Protocol):
    """A queue of samples between one thread that writes and one that reads."""

    @property
    def read_available(self) -> int:
        """Samples to be read."""
        ...

    @property
    def write_available(self) -> int:
        """Samples that can be written."""
        ...

    def write(self, samples: Samples) -> int:
        """Add samples; return how many were taken."""
        ...


class Action(Protocol):
    """A ring being played without a gap, from the next block on, until it runs empty or `total_frames` are done.

    The callback's thread changes the first two at any time.
    """

    actual_time: float  # DAC time of its first frame; none is known while it is negative
    done_frames: int  # how many the device took
    total_frames: int  # where it ends; may be lowered while it runs


class Mixer(OpenDevice, ABC):
    """An open output that plays rings, adding up those that play at the same time.

    block_frames: what the callback is asked for at once.
    """

    def __init__(self, stream: PortAudioStream, name: str, block_frames: int) -> None:
        super().__init__(stream, name)
        self.block_frames = block_frames

    @property
    def time(self) -> float:
        """Seconds, in the clock of DAC times."""
        return self._stream.time

    @property
    def latency(self) -> float:
        """Seconds between the callback and the converter, as the driver has it."""
        return self._stream.latency

    @abstractmethod
    def ring(self, memory: Samples) -> Ring:
        """Make a ring of `memory`, whose length is a power of 2: its n-th sample will lie at n modulo that length."""

    @abstractmethod
    def play(self, ring: Ring) -> Action:
        """Play a ring from the next block on."""

    @abstractmethod
    def ended(self, action: Action) -> bool:
        """Whether the callback is done with it."""


class RtMixer(Mixer):
    """A mixer whose callback is rtmixer's, in C.

    stream: a started `rtmixer.Mixer`. ring_type: `rtmixer.RingBuffer`.
    """

    _stream: Any

    def __init__(self, stream: Any, ring_type: Callable[..., Ring], name: str, block_frames: int) -> None:
        super().__init__(stream, name, block_frames)
        self._ring_type = ring_type

    def ring(self, memory: Samples) -> Ring:
        """Make a ring of `memory`."""
        return self._ring_type(SAMPLE_BYTES, buffer=memory)

    def play(self, ring: Ring) -> Action:
        """Play a ring from the next block on."""
        action: Action = self._stream.play_ringbuffer(ring)
        return action

    def ended(self, action: Action) -> bool:
        """Whether the callback is done with it."""
        return action not in self._stream.actions
