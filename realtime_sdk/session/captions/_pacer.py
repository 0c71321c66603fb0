"""Limits how often captions and playouts are reported: as often as an eye distinguishes, and no more."""

from __future__ import annotations

import asyncio
from typing import Final

import anyio

from ..._runtime import clock

REPORT_PERIOD: Final = 0.01
"""Minimum seconds between two reports: text and audio that arrive in a burst make one."""


class ReportPacer:
    """Collects changes of text and playback for one report of all of them.

    `period`: minimum seconds between two reports.
    """

    def __init__(self, period: float = REPORT_PERIOD) -> None:
        self._period = period
        self._changed = asyncio.Event()  # set when audio was heard or text arrived
        self._next = 0.0  # loop time of the next report, at the earliest

    def wake(self) -> None:
        """Audio was heard, or text arrived."""
        self._changed.set()

    async def changed(self) -> None:
        """Wait until there is something to report."""
        await self._changed.wait()
        if (rest := self._next - clock.now()) > 0.0:
            await anyio.sleep(rest)
        self._changed.clear()
        self._next = clock.now() + self._period
