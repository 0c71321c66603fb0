"""Places words in time beside everything else that the event loop does."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Protocol

from anyio.lowlevel import RunVar

from .._runtime import clock
from .._runtime.threads import run_in_thread
from ..captions._rehearsal import rehearse
from ._pacer import ReportPacer

_UNREAD_PERIOD, _UNREAD_REST = 0.5, 10.0
"""Seconds between two times that words are placed which only a cut would need, and how often as long as one it is."""

_turn: RunVar[asyncio.Lock] = RunVar("realtime_sdk.placing_turn")


class PlaceWords(Protocol):
    """Places words, a step for each value; `unread`: also those of messages whose captions are not read."""

    def __call__(self, *, unread: bool) -> Iterator[None]: ...


class WordPlacer:
    """Takes one step of a session's placing of words per turn of the event loop, and one session at a time does so.

    So the loop is never held for longer than a step lasts, however many sessions it runs.
    """

    def __init__(self, place_words: PlaceWords) -> None:
        self._place_words = place_words
        self._pacer = ReportPacer()
        self._unread_due = 0.0  # loop time from which words that no one reads are placed again

    def wake(self) -> None:
        """Audio was heard, or audio or text arrived."""
        self._pacer.wake()

    async def prepare(self) -> None:
        """Have a thread load what placing words needs, for the first session; later ones have it."""
        async with _placing_turn():
            await run_in_thread(rehearse)

    async def placed(self) -> None:
        """Wait until some words have been placed."""
        placed = False
        while not placed:
            await self._pacer.changed()
            async with _placing_turn():
                began = clock.now()
                unread = began >= self._unread_due
                for _ in self._place_words(unread=unread):
                    placed = True
                    await asyncio.sleep(0)
                if unread:
                    self._unread_due = clock.now() + max(_UNREAD_PERIOD, _UNREAD_REST * (clock.now() - began))


def _placing_turn() -> asyncio.Lock:
    """Return the running loop's lock, made when it is first asked for; those that wait for it take turns."""
    try:
        return _turn.get()
    except LookupError:
        lock = asyncio.Lock()
        _turn.set(lock)
        return lock
