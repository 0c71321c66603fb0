"""A device that was lost, and its return."""

from __future__ import annotations

from contextlib import suppress

import anyio

from ..audio import Pcm
from .protocols import InputDevice, OutputDevice

RETRY = 0.5
"""Seconds between two attempts to open a lost device: its return is heard within 2 seconds."""


async def reopen(device: InputDevice | OutputDevice, rate: int) -> None:
    """Open a lost device again, or what has taken its place, however long that takes."""
    while True:
        with suppress(Exception):  # a device is anyone's code, and may raise what it likes
            await device.close()
        await anyio.sleep(RETRY)
        with suppress(Exception):
            await device.open(rate)
            return


class NoSpeaker:
    """An `OutputDevice` that is not there: it takes nothing, and nothing is heard."""

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
        """There is nothing to hold."""

    def resume(self) -> None:
        """There is nothing to go on with."""
