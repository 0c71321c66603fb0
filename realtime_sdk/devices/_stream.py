"""An open PortAudio stream, as the package uses one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from ..errors import DeviceError

STALL_TIMEOUT_SECONDS = 1.0
"""Seconds without a call of the callback after which a device is lost, though its driver reports no error."""


class PortAudioStream(Protocol):
    """The part of sounddevice's and rtmixer's streams that is used in both directions."""

    @property
    def time(self) -> float:
        """Seconds, in the clock of DAC times."""
        ...

    @property
    def latency(self) -> float:
        """Seconds between the callback and the converter, as the driver reports it."""
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
"""Opens and starts a float32 stream with a callback: `callback(data, frames, time, status)`.

data: shape (frames, channels).
"""


@dataclass(frozen=True, slots=True)
class Format:
    """How a stream was opened."""

    rate: int  # in Hz
    channels: int
    block_frames: int  # of one call of the callback


class OpenDevice:
    """A started stream, its format, and the name of the device it belongs to, for messages.

    dropouts: underruns of an output, overruns of an input. A callback in C reports them on `close`.
    """

    dropouts = 0

    def __init__(self, stream: PortAudioStream, name: str, format: Format) -> None:
        self._stream = stream
        self._gives_way = False  # it is to be closed, so that PortAudio can restart
        self.name = name
        self.format = format

    def check(self) -> None:
        """Raise `DeviceError` if the device has stopped, or is to be closed."""
        if self._gives_way:
            raise DeviceError(f"the sound device {self.name!r} is closed for a moment, to search for another one")
        if not self._stream.active:
            raise DeviceError(f"the sound device {self.name!r} stopped: it was unplugged, or the sound server ended")

    def give_way(self) -> None:
        """Make its owner close it and open it again: `check` raises from now on. May be called in any thread."""
        self._gives_way = True

    def close(self) -> None:
        """Stop at once and free the device; may take as long as a block."""
        try:
            self._stream.abort()
            self._count_dropouts()
        finally:
            self._stream.close()

    def _count_dropouts(self) -> None:
        """Read the dropouts of a stream that has stopped."""
