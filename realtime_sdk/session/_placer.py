"""Places words in time beside everything else that the event loop does."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import TypeAlias

from anyio.lowlevel import RunVar

from .._runtime.threads import run_in_thread
from ..captions._rehearsal import is_rehearsed, rehearse
from ._pacer import ReportPacer

_turn: RunVar[asyncio.Lock] = RunVar("realtime_sdk.placing_turn")


PlaceWords: TypeAlias = Callable[[], Iterator[None]]
"""Places words, a step for each value."""


class WordPlacer:
    """Takes one step of a session's placing of words per turn of the event loop, and one session at a time does so.

    So the loop is never held for longer than a step lasts, however many sessions it runs.
    """

    def __init__(self, place_words: PlaceWords) -> None:
        self._place_words = place_words
        self._pacer = ReportPacer()

    def wake(self) -> None:
        """Audio was heard, or audio or text arrived."""
        self._pacer.wake()

    async def prepare(self) -> None:
        """Have a thread load what placing words needs, for the first session; later ones have it."""
        async with _placing_turn():
            if not is_rehearsed():
                await run_in_thread(rehearse)

    async def placed(self) -> None:
        """Wait until some words have been placed."""
        placed = False
        while not placed:
            await self._pacer.changed()
            async with _placing_turn():
                for _ in self._place_words():
                    placed = True
                    await asyncio.sleep(0)


def _placing_turn() -> asyncio.Lock:
    """Return the running loop's lock, made when it is first asked for; those that wait for it take turns."""
    try:
        return _turn.get()
    except LookupError:
        lock = asyncio.Lock()
        _turn.set(lock)
        return lock
