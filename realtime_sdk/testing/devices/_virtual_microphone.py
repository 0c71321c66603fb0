"""A microphone on the loop's clock, which hears what a test says."""

from __future__ import annotations

import anyio
import numpy as np

from ..._runtime import clock
from ..._runtime.arguments import check_duration
from ...audio._pcm import FULL_SCALE, SILENCE, WIRE_RATE, Pcm, check_pcm, to_frames
from ...errors import DeviceError
from ._virtual_device import DeviceState, check_drift

BLOCK_SECONDS = 0.02
"""Seconds of one block of a `VirtualMicrophone`."""


class VirtualMicrophone:
    """An `InputDevice` that captures what a test says, and silence otherwise, in blocks of 20 ms on the loop's clock.

    drift: by how much its crystal is fast, e.g. 100e-6 for 100 ppm.

    Raises:
        UsageError: `drift` is no number.
    """

    def __init__(self, *, drift: float = 0.0) -> None:
        check_drift(drift)
        self.drift: float = drift
        self._rate = WIRE_RATE  # of `open`
        self._state = DeviceState.CLOSED
        self._opened_at: float | None = None  # loop time of the first `open`; None until then
        self._frames_read = 0  # since then, with those that passed while it was not open
        self._end: int | None = None  # frames since then; None until `hang_up`
        self._said: list[tuple[int, Pcm]] = []  # first frame since then, and the audio
        self._spoken_until = 0  # the frame after the last speech

    def say(self, pcm: Pcm, at: float | None = None) -> None:
        """Speak into it, `at` seconds after it was first opened; left out: now, or once the speech so far is over.

        pcm: int16 mono of shape (frames,) at the rate of `open`. Overlapping audio is mixed.
        """
        check_pcm(pcm)
        if at is not None:
            check_duration("at", at)
        start = max(self._spoken_until, self._frame_now()) if at is None else round(at * self._frames_per_second)
        self._said.append((start, pcm))
        self._spoken_until = max(self._spoken_until, start + len(pcm))

    def hang_up(self) -> None:
        """End the audio: after the blocks that are complete by now, `read` returns an empty one."""
        self._end = self._frame_now()

    def unplug(self) -> None:
        """Unplug it: `read` raises `DeviceError`, until it is plugged in and opened again."""
        self._state = DeviceState.LOST

    def plug_in(self) -> None:
        """Plug it in again; it has to be opened."""
        if self._state is DeviceState.LOST:
            self._state = DeviceState.CLOSED

    async def open(self, rate: int) -> None:
        """Begin to capture; audio said before the first time begins here, audio said while it was closed is lost."""
        if self._state is DeviceState.LOST:
            raise DeviceError("the virtual microphone is unplugged")
        self._rate = rate
        self._state, self._end = DeviceState.PLAYING, None
        self._opened_at = clock.now() if self._opened_at is None else self._opened_at
        self._frames_read = self._frame_now()

    async def read(self) -> Pcm:
        """Wait until the next block is complete; a late reader gets the blocks it missed at once."""
        if self._opened_at is None:
            raise DeviceError("the virtual microphone is not open: call open() first")
        start = self._frames_read
        end = start + to_frames(BLOCK_SECONDS, self._rate)
        await anyio.sleep(max(0.0, self._opened_at + end / self._frames_per_second - clock.now()))
        if self._state is DeviceState.LOST:
            raise DeviceError("the virtual microphone is unplugged")
        if self._end is not None and end > self._end:
            return SILENCE
        self._frames_read = end
        return self._between(start, end)

    async def close(self) -> None:
        """End the audio."""
        self.hang_up()
        if self._state is not DeviceState.LOST:
            self._state = DeviceState.CLOSED

    @property
    def _frames_per_second(self) -> float:
        return self._rate * (1 + self.drift)

    def _frame_now(self) -> int:
        return 0 if self._opened_at is None else round((clock.now() - self._opened_at) * self._frames_per_second)

    def _between(self, start: int, end: int) -> Pcm:
        mix = np.zeros(end - start, np.int32)
        for first, pcm in self._said:
            piece = pcm[max(0, start - first) : max(0, end - first)]
            offset = max(0, first - start)
            mix[offset : offset + len(piece)] += piece
        self._said = [(first, pcm) for first, pcm in self._said if first + len(pcm) > end]
        return np.clip(mix, -FULL_SCALE, FULL_SCALE - 1).astype(np.int16)
