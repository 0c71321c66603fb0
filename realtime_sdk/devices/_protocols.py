"""What a sound device has to do for a session; a telephone line or a socket can do it too.

All sound is mono int16 (`realtime_sdk.audio.Pcm`) at the rate given to `open`. The synchronous methods return at once
and are called from the session's event loop alone. Any method may raise `DeviceError` once the device has failed, and
another exception is taken for one: the session tells it as lost, and opens it again as soon as that succeeds.
"""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from ..audio._pcm import Pcm


@runtime_checkable
class OutputDevice(Protocol):
    """Takes frames, and counts those that have left the converter.

    The count is the whole interface to time: silence, underruns and pauses are not counted, so it maps to the frames
    that were written, one to one and in order.
    """

    async def open(self, rate: int) -> None:
        """Get ready to play frames at `rate` per second; raise `DeviceError` if that can't be.

        Called before any other method, and again after `close` once the device has failed: it, or what has taken its
        place, counts from 0 again.
        """
        ...

    async def close(self) -> None:
        """Stop at once and free the device; harmless if repeated or if `open` failed."""
        ...

    def room(self) -> int:
        """Frames that `write` would take now."""
        ...

    def write(self, pcm: Pcm) -> int:
        """Queue frames right behind the last ones; return how many were taken: `min(len(pcm), room())`.

        The device keeps no reference to `pcm`.
        """
        ...

    def played(self) -> int:
        """Frames that have left the converter since `open`, output latency subtracted.

        Never decreases, never exceeds what was written, and reaches it when all was heard.
        """
        ...

    def flush(self) -> int:
        """Fall silent with a short fade and drop what has not sounded; return the frames heard in all.

        The returned count is final: `played()` settles at it, and the next frame written is the one after it.
        """
        ...

    def pause(self) -> None:
        """Hold at an exact frame: `played()` stands still, nothing is dropped."""
        ...

    def resume(self) -> None:
        """Go on with the frame after the last one heard."""
        ...


@runtime_checkable
class InputDevice(Protocol):
    """Gives the sound it captures, block by block."""

    async def open(self, rate: int) -> None:
        """Start to capture at `rate` frames per second; raise `DeviceError` if that can't be.

        Called before `read`, and again after `close` once the device has failed.
        """
        ...

    async def read(self) -> Pcm:
        """Wait for the next block (10 to 40 ms); an empty array says that no more will come, ever."""
        ...

    async def close(self) -> None:
        """Stop to capture and free the device; harmless if repeated or if `open` failed."""
        ...
