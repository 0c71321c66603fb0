"""A device that was lost, and its return."""

from __future__ import annotations

import logging
from contextlib import suppress

import anyio

from ..audio._pcm import Pcm
from ..errors import DeviceError
from ._failures import device_errors, open_device
from ._protocols import InputDevice, OutputDevice

REOPEN_INTERVAL_SECONDS = 0.5
"""Seconds between two attempts to open a lost device: its return is heard within 2 seconds."""

_log = logging.getLogger(__name__)


async def reopen(device: InputDevice | OutputDevice, rate: int, *, given_up: bool = False) -> None:
    """Open a lost device again, or its replacement, however long that takes.

    given_up: it is closed, and not opened again: this returns only if cancelled.
    """
    while True:
        with suppress(DeviceError), device_errors(device):
            await device.close()
        if given_up:
            await anyio.sleep_forever()
        await anyio.sleep(REOPEN_INTERVAL_SECONDS)
        try:
            await open_device(device, rate)
        except DeviceError as error:
            _log.debug("still lost: %s", error)
        else:
            return


class NoSpeaker:
    """An absent `OutputDevice`: it takes no frames."""

    async def open(self, rate: int) -> None:
        """There is nothing to open."""

    async def close(self) -> None:
        """There is nothing to close."""

    def room(self) -> int:
        """No frames would be taken."""
        return 0

    def write(self, pcm: Pcm) -> int:
        """No frames are taken."""
        return 0

    def played(self) -> int:
        """No frames were heard."""
        return 0

    def flush(self) -> int:
        """No frames were heard."""
        return 0

    def pause(self) -> None:
        """There is nothing to pause."""

    def resume(self) -> None:
        """There is nothing to resume."""
