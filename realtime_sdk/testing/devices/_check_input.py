"""Holds an input device to the rules of its protocol."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import anyio
import numpy as np

from ..._runtime.text import sole
from ...audio._pcm import Pcm, to_seconds
from ...devices._protocols import InputDevice
from ...errors import DeviceError
from ._checked_device import CheckedDevice
from ._pace import ATTEMPTS, MEASURED, SETTLING, Pace
from ._rules import (
    INPUT_METHODS,
    DeviceCheckFailed,
    InputRule,
    check_methods,
    check_rates,
)

SHORTEST_BLOCK, LONGEST_BLOCK = 0.01, 0.04
"""Seconds that a block may last."""

EARLY_LIMIT: Final = 0.3
"""Seconds of audio that may come at once: captured while the device opened."""

RUNAWAY_LIMIT: Final = 20.0
"""Seconds of audio ahead of the clock after which a source that does not wait is read no further."""

LATE_LIMIT: Final = 3.0
"""Seconds after which audio that has not come is missing, and a `read` hangs."""

CANCELLED_AFTER: Final = 0.002
"""Seconds after which a `read` is cancelled: before its block is complete."""


async def check_input_device(device: InputDevice, *, rates: Sequence[int] = (24_000, 8_000)) -> None:
    """Hold a closed `InputDevice` to every rule of the protocol, and leave it closed. Its audio is ignored.

    It takes about five seconds of the loop's clock, real or virtual, for audio that does not end within them.

    rates: sample rates in Hz to open it at. The first one has to work; others may be refused with a `DeviceError`.

    Raises:
        DeviceCheckFailed: an `AssertionError` that says which rule is broken, what was seen, and what to do.
        UsageError: `rates` is no list of sample rates.
    """
    check_rates(rates)
    check_methods(device, INPUT_METHODS, InputRule.METHODS)
    microphone = _Input(device)
    await microphone.close(InputRule.CLOSE_IS_REPEATABLE)
    try:
        await microphone.open(rates[0])
        await microphone.listen()
        await microphone.cancel_read()
        await microphone.close_while_reading()
        await microphone.close(InputRule.CLOSE_IS_REPEATABLE)
        await microphone.read_closed("a read after close")
        for rate in rates:
            if await microphone.open(rate, may_refuse=rate != rates[0]):
                await microphone.listen()
            await microphone.close()
    finally:
        await microphone.leave_closed()


class _Input(CheckedDevice):
    """A device in use: every block is checked against the rules that always hold."""

    _device: InputDevice

    def __init__(self, device: InputDevice) -> None:
        super().__init__(device, InputRule)

    async def listen(self) -> None:
        """Read blocks until they came at the rate of `open`."""
        pace = Pace(self.rate, self.opened_at)
        for _ in range(ATTEMPTS):
            pace.remeasure()
            await self._measure(pace)
            if pace.wrong_rate is None:
                seen = f"read gave {pace.fastest}"
                self.require(pace.lead <= EARLY_LIMIT, InputRule.CAPTURES_IN_REAL_TIME, seen)
                return
        raise DeviceCheckFailed(self._device, InputRule.CAPTURES_AT_ITS_RATE, f"read gave {pace.wrong_rate}")

    async def _measure(self, pace: Pace) -> None:
        last, copy = np.zeros(0, np.int16), np.zeros(0, np.int16)
        while pace.measured < MEASURED - SETTLING:
            block = await self._read()
            is_kept = np.array_equal(last, copy) and not np.shares_memory(last, block)
            self.require(is_kept, InputRule.KEEPS_NOTHING, "read wrote into the array that it had returned before")
            last, copy = block, block.copy()
            pace.add(pace.frames + len(block))
            self.require(pace.lead <= RUNAWAY_LIMIT, InputRule.CAPTURES_IN_REAL_TIME, f"read gave {pace.fastest}")

    async def cancel_read(self) -> None:
        """Cancel a read, and read again."""
        try:
            with anyio.move_on_after(CANCELLED_AFTER):
                await self._device.read()
            await self._read()
        except Exception as error:
            seen = f"after a read was cancelled, {error.seen if isinstance(error, DeviceCheckFailed) else repr(error)}"
            raise DeviceCheckFailed(self._device, InputRule.READ_CAN_BE_CANCELLED, seen) from error

    async def close_while_reading(self) -> None:
        """Close it while a read waits."""
        try:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(self.close)
                await self.read_closed("a read during close")
        except ExceptionGroup as group:
            raise sole(group) from group

    async def read_closed(self, what: str) -> None:
        """Read until it says that no more will come."""
        with anyio.move_on_after(LATE_LIMIT):
            try:
                while len(await self._device.read()):
                    pass
            except DeviceError:
                pass
            except Exception as error:
                raise DeviceCheckFailed(self._device, InputRule.CLOSE_ENDS_READ, f"{what} raised {error!r}") from error
            return
        raise DeviceCheckFailed(self._device, InputRule.CLOSE_ENDS_READ, f"{what} did not end within {LATE_LIMIT:g} s")

    async def _read(self) -> Pcm:
        pcm: object = None
        try:
            with anyio.move_on_after(LATE_LIMIT) as scope:
                pcm = await self._device.read()
        except Exception as error:
            raise DeviceCheckFailed(self._device, InputRule.RAISES_NOTHING, f"read raised {error!r}") from error
        seen = f"read gave nothing for {LATE_LIMIT:g} s"
        self.require(not scope.cancelled_caught, InputRule.GIVES_SILENCE_TOO, seen)
        if not isinstance(pcm, np.ndarray) or pcm.dtype != np.int16 or pcm.ndim != 1:
            given = f"{pcm.dtype} of shape {pcm.shape}" if isinstance(pcm, np.ndarray) else type(pcm).__name__
            raise DeviceCheckFailed(self._device, InputRule.GIVES_PCM, f"read returned {given}")
        self.require(len(pcm) > 0, InputRule.GOES_ON, "read returned an empty array")
        seconds = to_seconds(len(pcm), self.rate)
        is_short = SHORTEST_BLOCK <= round(seconds, 6) <= LONGEST_BLOCK
        seen = f"read returned {len(pcm)} frames, {1000 * seconds:.1f} ms at {self.rate} Hz"
        self.require(is_short, InputRule.GIVES_SHORT_BLOCKS, seen)
        return pcm
