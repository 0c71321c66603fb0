"""Reads an input device, and bridges the time while it is lost."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np

from .._runtime import clock
from ..audio._pcm import Pcm, to_frames, to_seconds
from ..devices._protocols import InputDevice
from ..devices._reopening import reopen
from ..errors import DeviceError
from ._events import InputLost, InputRestored
from ._tasks import cancel

STAND_IN_BLOCK_SECONDS: Final = 0.02
"""Seconds per block of the silence that replaces a lost device."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class InputBlock:
    """Audio as the device captured it, the first frame of it at wall-clock time `at`."""

    at: float
    pcm: Pcm


InputStreamItem: TypeAlias = InputBlock | InputLost | InputRestored


class InputStream:
    """The blocks of an open input device, in order.

    A device that fails is lost, and opened again as soon as that succeeds. Until then silence takes
    its place, so that the server's turn detection goes on counting.

    rate: sample rate in Hz that the device was opened with.
    """

    def __init__(self, device: InputDevice, rate: int) -> None:
        self._device = device
        self._rate = rate

    async def items(self) -> AsyncGenerator[InputStreamItem, None]:
        """Yield blocks, losses and returns of the device, until it has no more."""
        while (item := await self._read()) is not None:
            yield item
            if isinstance(item, InputLost):
                async with aclosing(self._stand_in()) as blocks:
                    async for block in blocks:
                        yield block
                yield InputRestored(clock.wall())

    async def _read(self) -> InputBlock | InputLost | None:
        try:
            pcm = await self._device.read()
            _check(pcm)
        except DeviceError as error:
            return InputLost(clock.wall(), str(error))
        except Exception as error:  # a device is anyone's code: it must not end the session
            _log.warning("the microphone failed", exc_info=error)
            return InputLost(clock.wall(), f"{type(self._device).__name__}.read raised {error!r}")
        if not pcm.size:
            return None
        return InputBlock(clock.wall() - to_seconds(pcm.size, self._rate), pcm)

    async def _stand_in(self) -> AsyncGenerator[InputBlock, None]:
        """Yield silence in real time until the device is open again."""
        opening = asyncio.create_task(reopen(self._device, self._rate))
        began, given = clock.now(), 0  # loop time, frames since then
        try:
            while not opening.done():
                await asyncio.wait([opening], timeout=STAND_IN_BLOCK_SECONDS)
                if (frames := to_frames(clock.now() - began, self._rate) - given) > 0:
                    yield InputBlock(clock.wall() - to_seconds(frames, self._rate), np.zeros(frames, np.int16))
                    given += frames
            opening.result()
        finally:
            await cancel([opening])


def _check(pcm: object) -> None:
    if not isinstance(pcm, np.ndarray) or pcm.dtype != np.int16 or pcm.ndim != 1:
        given = f"{pcm.dtype} of shape {pcm.shape}" if isinstance(pcm, np.ndarray) else type(pcm).__name__
        raise DeviceError(f"the microphone gave {given}; read() must return int16 arrays of shape (frames,)")
