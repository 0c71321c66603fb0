"""An open PortAudio stream, as the package uses one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from ..errors import DeviceError

STALL = 1.0
"""Seconds without a call of the callback after which a device is lost, though its driver has not said so."""


class PortAudioStream(Protocol):
    """The part of sounddevice's and rtmixer's streams that is used in both directions."""

    @property
    def time(self) -> float:
        """Seconds, in the clock of DAC times."""
        ...

    @property
    def latency(self) -> float:
        """Seconds between the callback and the converter, as the driver has it."""
        ...

    @property
    def active(self) -> bool:
        """Whether the callback is being called."""
        ...

    def abort(self) -> None:
        """Stop at once."""
        ...

    def close(self) -> None:
        """Free the device."""
        ...


StreamOpener: TypeAlias = Callable[[Callable[..., None]], PortAudioStream]
"""Opens and starts a float32 stream that calls what it is given, `callback(data, frames, time, status)`.

data: shape (frames, channels).
"""


@dataclass(frozen=True, slots=True)
class Format:
    """How a stream was opened."""

    rate: int  # frames per second
    channels: int
    block_frames: int  # what the callback is asked for, or given, at once


class OpenDevice:
    """A started stream, its format, and the name of the device it belongs to, for messages.

    dropouts: how often the sound server had no frames for us, or we none for it. A callback in C tells on `close`.
    """

    dropouts = 0

    def __init__(self, stream: PortAudioStream, name: str, format: Format) -> None:
        self._stream = stream
        self._gives_way = False  # it is to be closed, that others can be found
        self.name = name
        self.format = format

    def check(self) -> None:
        """Raise `DeviceError` if the device has stopped, or is to be closed."""
        if self._gives_way:
            raise DeviceError(f"the sound device {self.name!r} is closed for a moment, to look for another one")
        if not self._stream.active:
            raise DeviceError(f"the sound device {self.name!r} stopped: it was unplugged, or the sound server ended")

    def give_way(self) -> None:
        """Have its owner close it, and open it again: it learns of that by `check`. May be called by any thread."""
        self._gives_way = True

    def close(self) -> None:
        """Stop at once and free the device; may take as long as a block."""
        try:
            self._stream.abort()
            self._count_dropouts()
        finally:
            self._stream.close()

    def _count_dropouts(self) -> None:
        """Ask a stream that has stopped for its dropouts."""
