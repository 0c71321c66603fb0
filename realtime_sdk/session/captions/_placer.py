"""Places words in time beside everything else that the event loop does."""

from __future__ import annotations

import asyncio
import math
from typing import Final

import anyio
from anyio.lowlevel import RunVar

from ..._runtime import clock
from ..._runtime.threads import compute_in_thread
from ...captions._rehearsal import is_rehearsed, rehearse
from ...conversation._words import Words
from ._pacer import ReportPacer

_READ_PERIOD: Final = 0.03
"""Minimum seconds between two placings of words whose captions are read."""

_UNREAD_PERIOD: Final = 0.2
"""Minimum seconds between two placings of words whose captions are not read: only a cut needs them, and those around it
that are known decide it."""

_QUIET_TURNS: Final = 3
"""Turns of the event loop without an event before a step: those that a frame takes from the socket through the task
that reads it to the task that plays it."""

_LONGEST_DELAY: Final = 0.1
"""Seconds that a step waits at most for the events of servers that send without a pause."""


class _Shared:
    """What the sessions of an event loop share."""

    def __init__(self) -> None:
        self.turn = asyncio.Lock()  # held by the session that places words
        self.received = False  # an event, by any session, in this turn of the event loop


_shared: RunVar[_Shared] = RunVar("realtime_sdk.placing")


class WordPlacer:
    """Takes one step of a session's placing of words per turn of the event loop, and one session at a time does so.

    So the loop is never held for longer than a step lasts, however many sessions it runs. The events of all sessions
    go first: a frame waits for one step at most, and what arrives in a burst is handled before words are placed in it.
    Belongs to the running event loop.
    """

    def __init__(self, words: Words) -> None:
        self._words = words
        self._pacer = ReportPacer(_READ_PERIOD)
        self._shared = _shared_by_the_loop()
        self._hurry = asyncio.Event()  # set when captions are read

    def received(self) -> None:
        """An event of the server was handled."""
        self._shared.received = True

    def hurry(self) -> None:
        """Captions are read."""
        self._hurry.set()

    def wake(self) -> None:
        """Something was reported: audio was heard, or audio or text arrived."""
        if self._words.places_words:
            self._pacer.wake()

    async def prepare(self) -> None:
        """Load what placing words needs, before there are any."""
        async with self._shared.turn:
            await _load()

    async def placed(self) -> None:
        """Wait until some words have been placed."""
        placed = False
        while not placed:
            await self._pacer.changed()
            if not await self._until_due():
                continue
            async with self._shared.turn:
                await _load()
                for _ in self._words.place_words():
                    placed = True
                    await self._wait_for_events()

    async def _until_due(self) -> bool:
        """Wait until words are worth placing; return False where none are."""
        if not self._words.captions_followed:
            await self._unless_hurried(_UNREAD_PERIOD)
        while (wait := self._words.placing_due(clock.wall()) - clock.wall()) > 0.0:
            if math.isinf(wait):
                return False
            await self._unless_hurried(wait)
        return True

    async def _unless_hurried(self, seconds: float) -> None:
        """Wait for so long, or until captions are read."""
        self._hurry.clear()
        with anyio.move_on_after(seconds):
            await self._hurry.wait()

    async def _wait_for_events(self) -> None:
        """Let the event loop run, until some turns of it have brought no event."""
        limit = clock.now() + _LONGEST_DELAY
        quiet = 0
        while quiet < _QUIET_TURNS and clock.now() < limit:
            self._shared.received = False
            await asyncio.sleep(0)
            quiet = 0 if self._shared.received else quiet + 1


async def _load() -> None:
    """Have a thread load what placing words needs, for the first session; later ones have it."""
    if not is_rehearsed():
        await compute_in_thread(rehearse)


def _shared_by_the_loop() -> _Shared:
    """Return what the sessions of the running loop share, made when it is first asked for."""
    try:
        return _shared.get()
    except LookupError:
        shared = _Shared()
        _shared.set(shared)
        return shared
