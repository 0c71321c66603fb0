"""Shows captions and settles playouts as the sound goes on."""

from __future__ import annotations

import asyncio

import anyio

from . import clock
from .conversation import Router

TICK = 0.01
"""Seconds that pass at least between two looks: text and sound that come in a burst are looked at once."""


class Captioner:
    """Lets the items look at what of them was heard, whenever something has changed."""

    def __init__(self, router: Router) -> None:
        self._router = router
        self._changed = asyncio.Event()  # set when sound was heard or text came

    def wake(self) -> None:
        """Sound was heard, or text came."""
        self._changed.set()

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            await self._changed.wait()
            self._changed.clear()
            self._router.advance(clock.wall())
            await anyio.sleep(TICK)
