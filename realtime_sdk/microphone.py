"""Sends what an input device captures."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from . import clock
from .audio import Pcm, to_seconds
from .devices.protocols import InputDevice
from .errors import DeviceError


class MicrophoneFeed:
    """Reads an input device block by block and hands the sound to the session.

    While muted it hands silence of the same length: the server's turn detection goes on counting, and no sound of the
    room leaves the process.
    """

    def __init__(
        self, device: InputDevice, rate: int, *,
        captured: Callable[[float, Pcm], None], lost: Callable[[DeviceError], None],
    ) -> None:  # fmt: skip
        self.muted = False
        self._device = device
        self._rate = rate
        self._captured = captured  # told of each block, with the wall-clock time of its first frame
        self._lost = lost

    async def run(self) -> None:
        """Read until cancelled or until the device has no more; the device is open."""
        try:
            while (pcm := await self._device.read()).size:
                block = np.zeros_like(pcm) if self.muted else pcm
                self._captured(clock.wall() - to_seconds(pcm.size, self._rate), block)
        except DeviceError as error:
            self._lost(error)
