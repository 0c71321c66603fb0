"""The sound card as an input device."""

from __future__ import annotations

import asyncio

import numpy as np

from .._runtime import clock
from .._runtime.arguments import shown
from ..audio._pcm import SILENCE, WIRE_RATE, Pcm, Samples, to_frames, to_pcm, to_seconds
from ..audio._resampling import Resampler
from ..errors import DeviceError, UsageError
from . import _portaudio as portaudio
from ._choice import Choice
from ._failures import device_errors
from ._recorder import Recorder
from ._stream import STALL_TIMEOUT_SECONDS

INPUT_LATENCY_SECONDS = 0.04
"""Seconds of audio that the driver is asked to buffer: it captures while the machine is under load."""

INPUT_BLOCK_SECONDS = 0.04
"""Seconds of audio that `read` returns. A block of half as much would be sent 10 ms earlier, at the median, and the
microphone would cost nearly twice as much (benchmarks/live_cost.py): what wakes the event loop costs, not the audio."""

INPUT_START_TIMEOUT_SECONDS = 5.0
"""Seconds within which an opened device must have captured audio, silence included."""

INPUT_POLL_SECONDS = 0.005
"""Seconds between two checks of a ring whose next block is late."""

INPUT_CHECK_SECONDS = 0.05
"""Seconds without a block after which the device is checked."""

EARLY_SECONDS = 0.001
"""Seconds by which the ring is checked before its next block is due: reads stay as close behind the blocks as they
can."""


class Microphone:
    """An `InputDevice` on a sound card, or on any other device of PortAudio.

    It opens at the requested rate, or, where the device refuses that, at the device's own, and resamples, which takes
    10 ms. Several channels are mixed to their mean, unless one is chosen. A device that stops, or gives no audio for a
    second, is lost: `read` raises `DeviceError`, and `open` searches for it again.

    device: a part of its name, its index, a callable that chooses from a list of `DeviceInfo`, or None for the
    system's default. channel: the one to capture, counted from 0, such as 1 for the right one of two, or for the second
    input of an audio interface. Audio that is not read for more than 2.7 s is lost.

    Raises:
        UsageError: `channel` is no number of 0 or more.
    """

    def __init__(self, device: Choice = None, *, channel: int | None = None) -> None:
        if channel is not None and (isinstance(channel, bool) or not isinstance(channel, int) or channel < 0):
            raise UsageError(f"channel is a number, counted from 0, or None for the mean of all, not {shown(channel)}")
        self._device = device
        self._channel = channel
        self._rate = WIRE_RATE  # of `open`
        self._recorder: Recorder | None = None  # None when closed
        self._resampler: Resampler | None = None  # None: the device has the requested rate
        self._captured: Samples = np.zeros(0, np.float32)  # to be read next
        self._block_seconds = INPUT_BLOCK_SECONDS  # of the device's blocks
        self._due = 0.0  # loop time before which the ring has no whole block

    async def open(self, rate: int) -> None:
        """Start capturing, and wait until there is audio."""
        await self.close()
        recorder = await portaudio.open_recorder(
            self._device, rate, INPUT_LATENCY_SECONDS, INPUT_BLOCK_SECONDS, self._channel
        )
        device_rate = recorder.format.rate
        self._rate = rate
        self._resampler = self._new_resampler(recorder)
        self._captured = np.zeros(0, np.float32)
        self._block_seconds, self._due = to_seconds(recorder.format.block_frames, device_rate), 0.0
        self._recorder = recorder
        try:
            await self._capture(INPUT_START_TIMEOUT_SECONDS)
        except BaseException:
            await self.close()
            raise

    async def read(self) -> Pcm:
        """Wait for the next 40 ms; return an empty array once the device is closed."""
        frames = to_frames(INPUT_BLOCK_SECONDS, self._rate)
        while len(self._captured) < frames and self._recorder is not None:
            await self._capture(STALL_TIMEOUT_SECONDS)
        if self._recorder is None:
            return SILENCE
        block, self._captured = self._captured[:frames], self._captured[frames:]
        return to_pcm(block)

    def drop_unread(self) -> None:
        """Drop what was captured so far, and not read."""
        if self._recorder is not None:
            with device_errors(self._recorder.name):
                self._recorder.read(self._channel)
            self._captured = np.zeros(0, np.float32)
            self._resampler = self._new_resampler(self._recorder)

    async def close(self) -> None:
        """Stop capturing and free the device."""
        recorder, self._recorder = self._recorder, None
        if recorder is not None:
            await portaudio.close(recorder)

    async def _capture(self, limit: float) -> None:
        """Wait for the next block of the device, or until it is closed; raise `DeviceError` after `limit` seconds."""
        given_up_at = clock.now() + limit
        while (recorder := self._recorder) is not None:
            await self._until_block(recorder, given_up_at)
            if self._recorder is not recorder:
                continue  # it was closed meanwhile
            with device_errors(recorder.name):
                if (samples := recorder.read(self._channel)) is not None:
                    resampled = self._resampled(samples)
                    waiting = self._captured
                    self._captured = np.concatenate([waiting, resampled]) if waiting.size else resampled
                    self._due = clock.now() + self._block_seconds - EARLY_SECONDS
                    return
                recorder.check()
            if clock.now() >= given_up_at:
                raise DeviceError(f"the sound device {recorder.name!r} is open, but gives no audio")

    async def _until_block(self, recorder: Recorder, limit: float) -> None:
        """Wait until there is a block, or the device is closed; until loop time `limit`, or for one check, at most."""
        loop = asyncio.get_running_loop()
        waiting: asyncio.Future[None] = loop.create_future()
        self._poll(recorder, waiting, min(loop.time() + INPUT_CHECK_SECONDS, limit))
        await waiting

    def _poll(self, recorder: Recorder, waiting: asyncio.Future[None], until: float) -> None:
        """Check for a block: here and not in the task, which would be woken for most blocks in vain."""
        loop = waiting.get_loop()
        now = loop.time()
        if waiting.done():
            return  # it was cancelled
        if now < self._due:
            loop.call_at(self._due, self._poll, recorder, waiting, until)
        elif self._recorder is not recorder or recorder.has_block or now >= until:
            waiting.set_result(None)
        else:
            loop.call_at(now + INPUT_POLL_SECONDS, self._poll, recorder, waiting, until)

    def _new_resampler(self, recorder: Recorder) -> Resampler | None:
        device_rate = recorder.format.rate
        return Resampler(device_rate, self._rate) if device_rate != self._rate else None

    def _resampled(self, samples: Samples) -> Samples:
        """Convert to the rate of `open`; return the frames that are settled."""
        if self._resampler is None:
            return samples
        before = self._resampler.settled
        return self._resampler.push(samples)[: self._resampler.settled - before]
