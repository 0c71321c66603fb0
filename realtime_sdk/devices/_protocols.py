"""The interface of a sound device; a telephone line or a socket can implement it, too.

All audio is mono int16 (`realtime_sdk.audio.Pcm`) at the rate given to `open`. The plain methods return at once, and
are called only from the session's event loop: a device guards what it shares with its own threads. Any method may
raise `DeviceError` once the device has failed; any other exception counts as one. The session then reports the device
as lost, and opens it again as soon as that succeeds.

`realtime_sdk.testing.check_output_device` and `check_input_device` check a device against all of this.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from ..audio._pcm import Pcm


@runtime_checkable
class OutputDevice(Protocol):
    """Takes frames, and counts those that have left the converter.

    The count is the whole interface to time: silence, underruns and pauses are not counted, so it maps to the frames
    that were written, one to one and in order.

    The session reads the count every 20 ms while it plays. A device that holds a second of audio or more may have an
    attribute `patience`: the seconds, 0.02 to 0.5, between two counts while nothing is due: no caption, and neither the
    beginning nor the end of a message.
    """

    async def open(self, rate: int) -> None:
        """Get ready to play at a sample rate of `rate` Hz; raise `DeviceError` if that is impossible.

        A session opens its microphone and its connection at the same time. Called before any other method but `close`,
        and again after `close` once the device has failed: the device, or its replacement, counts from 0 again.
        """
        ...

    async def close(self) -> None:
        """Stop at once and free the device; harmless if repeated or if `open` failed.

        `write` takes nothing after it, or raises `DeviceError`.
        """
        ...

    def room(self) -> int:
        """Frames that `write` would take now."""
        ...

    def write(self, pcm: Pcm) -> int:
        """Queue frames directly after the last ones; return how many were taken: `min(len(pcm), room())`.

        The device neither changes `pcm` nor keeps a reference to it.
        """
        ...

    def played(self) -> int:
        """Frames that have left the converter since `open`, output latency subtracted.

        Never decreases, never exceeds the frames written, and reaches them when all were heard.
        """
        ...

    def flush(self) -> int:
        """Fall silent with a short fade and drop all unheard frames; return the frames heard in all.

        The returned count is final: `played()` settles at it, and the next frame written is the one after it.
        """
        ...

    def pause(self) -> None:
        """Stop at an exact frame, with a short fade: `played()` stops, and nothing is dropped."""
        ...

    def resume(self) -> None:
        """Resume with the frame after the last one heard."""
        ...


@runtime_checkable
class GainControl(Protocol):
    """What an `OutputDevice` may have beside its methods: it changes the gain of frames that it has already taken.

    Without it, a change of volume begins behind these frames; ducking flushes the device, and writes them again.
    """

    def set_gain(self, gain: float) -> int:
        """Change the gain in a linear ramp of 20 ms, from 1.0 at `open`; return the frame with which the ramp begins.

        That is the first one that can still be changed, or the next one to be written, in the count of `played()`.
        Where all frames written were heard, there is no ramp.
        """
        ...


@runtime_checkable
class InputDevice(Protocol):
    """Delivers captured audio, block by block.

    A session opens it while it connects, and reads it once the server is ready. What it has captured by then is sent,
    unless it has a method `drop_unread()`, which drops that and returns at once: the session calls it before its first
    `read`. `Microphone` has it, as its user is not being listened to yet; a file is heard from its beginning.

    A device whose silence no one at this machine can mend, such as a telephone line, may have an attribute
    `watched = False`: its silence and clipping are then no `InputFault`.
    """

    async def open(self, rate: int) -> None:
        """Start capturing at a sample rate of `rate` Hz; raise `DeviceError` if that is impossible.

        Called before `read`, and again after `close` once the device has failed.
        """
        ...

    async def read(self) -> Pcm:
        """Wait for the next block (10 to 40 ms); an empty array means that no more will come, ever.

        A longer one arrives late, but whole. The array is the caller's. A read may be cancelled; the next one goes on.
        """
        ...

    async def close(self) -> None:
        """Stop capturing and free the device; harmless if repeated or if `open` failed.

        A waiting `read` ends: with an empty array, or a `DeviceError`.
        """
        ...
