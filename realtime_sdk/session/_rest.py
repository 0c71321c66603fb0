"""Waits until a session has come to rest."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from ..conversation._engine import Engine
from ..turns._controller import TurnController
from ..turns._floor import WITHHOLDING, FloorState
from .connection._link import Link


class Rest:
    """Says whether a session is at rest, and waits for it."""

    def __init__(
        self, engine: Engine, controller: TurnController, link: Link, on_awaited: Callable[[], None] = lambda: None
    ) -> None:
        self._engine = engine
        self._controller = controller
        self._link = link
        self._on_awaited = on_awaited  # called while `until_drained` waits for what is to be heard
        self._changed = asyncio.Event()  # set when something happens in the session

    def changed(self) -> None:
        """Something has happened in the session."""
        self._changed.set()

    @property
    def is_quiet(self) -> bool:
        """Whether another server could take over now without an audible change."""
        free = self._controller.floor is FloorState.FREE
        return free and self._engine.quiet and not self._link.unconfirmed.has_items

    @property
    def is_silent(self) -> bool:
        """Whether neither side is heard, and nothing is under way that will be."""
        return self._link.is_open and self._controller.floor is FloorState.FREE and self._engine.silent

    async def until_silent(self) -> None:
        """Wait until neither side is heard, and nothing is under way that will be."""
        await self._until(lambda: self.is_silent)

    async def until_not_silent(self) -> None:
        """Wait until either side is heard, or something is under way that will be."""
        await self._until(lambda: not self.is_silent)

    async def until_quiet(self) -> None:
        """Wait for the end of a turn: neither side speaks, no request is open, and the server has confirmed all."""
        await self._until(lambda: self.is_quiet)

    async def until_drained(self) -> None:
        """Wait until all that was asked for has been heard.

        Raises:
            ConnectionLost: the connection was lost for good; what was received until then has been heard.

        """
        while not self._is_drained:
            self._on_awaited()
            await self._change()
        if (failure := self._engine.responses.failure) is not None:
            raise failure

    @property
    def _is_drained(self) -> bool:
        if self._link.end_reason is not None:  # what was asked for in vain is not waited for
            return not self._engine.speaking
        return self._engine.drained and self._controller.floor not in WITHHOLDING  # else the user speaks

    async def _until(self, condition: Callable[[], bool]) -> None:
        while not condition():
            await self._change()

    async def _change(self) -> None:
        self._changed.clear()
        await self._changed.wait()
