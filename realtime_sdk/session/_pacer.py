"""Limits how often captions and playouts are reported: as often as an eye distinguishes, and no more."""

from __future__ import annotations

import asyncio
from typing import Final

import anyio

REPORT_PERIOD: Final = 0.01
"""Minimum seconds between two reports: text and audio that arrive in a burst make one."""


class ReportPacer:
    """Collects changes of text and playback for one report of all of them."""

    def __init__(self) -> None:
        self._changed = asyncio.Event()  # set when audio was heard or text arrived
        self._first = True  # nothing was reported yet

    def wake(self) -> None:
        """Audio was heard, or text arrived."""
        self._changed.set()

    async def changed(self) -> None:
        """Wait until there is something to report."""
        if not self._first:
            await anyio.sleep(REPORT_PERIOD)
        self._first = False
        await self._changed.wait()
        self._changed.clear()
