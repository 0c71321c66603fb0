"""Sends what an input device captures."""

from __future__ import annotations

from collections.abc import Callable

import anyio
import numpy as np

from . import clock
from .audio import Pcm, to_frames, to_seconds
from .conversation import DeviceLost, DeviceRestored, SdkEvent
from .devices.protocols import InputDevice
from .devices.reopening import reopen
from .errors import DeviceError

BLOCK = 0.02
"""Seconds of one block of the silence that stands in for a lost device."""


class MicrophoneFeed:
    """Reads an input device block by block and hands the sound to the session.

    A device that is lost is opened again. Until then silence takes its place: the server's turn detection goes on
    counting.
    """

    def __init__(
        self, device: InputDevice, rate: int, *, captured: Callable[[float, Pcm], None],
        tell: Callable[[SdkEvent], None],
    ) -> None:  # fmt: skip
        self._device = device
        self._rate = rate
        self._captured = captured  # told of each block, with the wall-clock time of its first frame
        self._tell = tell

    async def run(self) -> None:
        """Read until cancelled or until the device has no more; the device is open."""
        while True:
            try:
                await self._listen()
                return
            except DeviceError as error:
                self._tell(DeviceLost(clock.wall(), "input", str(error)))
            async with anyio.create_task_group() as meanwhile:
                meanwhile.start_soon(self._be_silent)
                await reopen(self._device, self._rate)
                meanwhile.cancel_scope.cancel()
            self._tell(DeviceRestored(clock.wall(), "input"))

    async def _listen(self) -> None:
        while (pcm := await self._device.read()).size:
            self._captured(clock.wall() - to_seconds(pcm.size, self._rate), pcm)

    async def _be_silent(self) -> None:
        due = clock.now()
        while True:
            due += BLOCK
            await anyio.sleep_until(due)
            self._captured(clock.wall() - BLOCK, np.zeros(to_frames(BLOCK, self._rate), np.int16))
