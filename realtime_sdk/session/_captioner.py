"""Limits how often captions and playouts are reported: as often as an eye can tell, and no more."""

from __future__ import annotations

import asyncio
from typing import Final

import anyio

PERIOD: Final = 0.01
"""Seconds between two reports at least: text and sound that come in a burst make one."""


class Captioner:
    """Collects changes of text and sound for one report of all of them."""

    def __init__(self) -> None:
        self._changed = asyncio.Event()  # set when sound was heard or text came
        self._fresh = True  # nothing was reported yet

    def wake(self) -> None:
        """Sound was heard, or text came."""
        self._changed.set()

    async def changed(self) -> None:
        """Wait until there is something to report."""
        if not self._fresh:
            await anyio.sleep(PERIOD)
        self._fresh = False
        await self._changed.wait()
        self._changed.clear()
