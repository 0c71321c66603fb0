"""The browser's speaker as an output device."""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Callable
from typing import Final

import anyio

from .._runtime import clock
from ..audio._pcm import WIRE_RATE, Pcm, to_bytes, to_frames, to_seconds
from ..errors import DeviceError
from ._messages import Opened, Position, to_page

QUEUE_SECONDS: Final = 1.0
"""Seconds of audio that the page is given ahead: it plays on while this process, or the network, is busy."""

OPEN_LIMIT: Final = 8.0
"""Seconds within which the page has to play."""

STOP_SECONDS: Final = 0.04
"""Seconds that a page still plays when it is told to stop, at first: the command arrives, and the fade has room."""

STOP_LIMIT: Final = 0.3
"""The most of these seconds, however late commands come."""

SILENT_SECONDS: Final = 0.25
"""Seconds without a report after which a page that should play is taken to stand still."""

log = logging.getLogger(__name__)


class PageSpeaker:
    """An `OutputDevice` whose frames are played, and counted, by the AudioWorklet of a page.

    The page reports about fifty times a second how many frames have left its worklet and, less the output latency of
    the browser, how many were heard. `played` is the last of these reports, never an estimate.

    A stop is exact, too: the page is told the frame at which to fall silent, which lies a little ahead of where it
    stands. So `flush` can return that frame at once. A page that has played beyond it already, because the command was
    late, stops immediately and reports its `overrun`; the next stop lies that much further ahead.
    """

    def __init__(self, post: Callable[[str | bytes], None]) -> None:
        self.overrun: int = 0  # frames heard beyond the ends of cuts, in all
        self._post = post  # sends a frame to the page
        self._rate = WIRE_RATE
        self._epoch = 0  # of the last `open` or flush: reports of an earlier one are ignored
        self._opened = asyncio.Event()  # set once the page plays
        self._failure = "the page's speaker is not open: call open() first"  # why it plays nothing; "": it is open
        self._written = 0  # frames sent since `open`, less those that a flush dropped
        self._left = 0  # frames that have left the worklet, as last reported
        self._played = 0  # frames that have left the converter, as last reported
        self._ahead = STOP_SECONDS  # from where the page stands to where it is told to stop
        self._reported_at = 0.0  # loop time of that report, or of a start after it
        self._paused_at: int | None = None  # the frame at which it pauses; None: it plays

    async def open(self, rate: int) -> None:
        """Let the page play at this rate; raise `DeviceError` if it can't."""
        self._rate = rate
        self._epoch += 1
        self._written = self._left = self._played = self.overrun = 0
        self._paused_at = None
        self._opened.clear()
        self._post(to_page("open", rate=rate, epoch=self._epoch))
        with anyio.move_on_after(OPEN_LIMIT):
            await self._opened.wait()
        if not self._opened.is_set():
            raise DeviceError(f"the page did not begin to play within {OPEN_LIMIT:g} s: it may need a click")
        self._failure = ""

    async def close(self) -> None:
        """Silence the page."""
        if not self._failure:
            self._post(to_page("stop", at=0, drop=True, epoch=self._epoch))
            self._failure = "the page's speaker is closed"

    def room(self) -> int:
        """Frames that `write` would take now."""
        self._check()
        return to_frames(QUEUE_SECONDS, self._rate) - (self._written - self._played)

    def write(self, pcm: Pcm) -> int:
        """Send frames to be played directly after the last ones; return how many were taken."""
        taken = pcm[: self.room()]
        if self._left >= self._written:
            self._reported_at = clock.now()  # it stood still until now
        if len(taken):
            self._post(to_bytes(taken))
        self._written += len(taken)
        return len(taken)

    def played(self) -> int:
        """Frames that have left the converter, as the page last reported."""
        self._check()
        return self._played

    def flush(self) -> int:
        """Fall silent at a frame just ahead, drop the rest, and return that frame."""
        self._check()
        self._written = self._left = end = self._end()
        self._stop(end, drop=True)
        return end

    def pause(self) -> None:
        """Fall silent at a frame just ahead, and keep the frames after it."""
        self._check()
        if self._paused_at is None:
            self._paused_at = self._end()
            self._stop(self._paused_at, drop=False)

    def resume(self) -> None:
        """Continue with the frame after the last one heard."""
        self._check()
        self._paused_at = None
        self._reported_at = clock.now()
        self._post(to_page("resume"))

    def _on_opened(self, opened: Opened) -> None:
        """The page plays."""
        if opened.epoch == self._epoch:
            self._opened.set()

    def _on_position(self, position: Position) -> None:
        """Count what the page has played."""
        if position.epoch != self._epoch or self._failure:
            return
        self._left = min(position.left, self._written)
        self._played = max(self._played, min(position.heard, self._left))
        self._reported_at = clock.now()
        if position.overrun > self.overrun:
            late = to_seconds(position.overrun - self.overrun, self._rate)
            log.info("a cut reached the page late: %.0f ms more were heard", 1e3 * late)
            self._ahead = min(self._ahead + late, STOP_LIMIT)
            self.overrun = position.overrun

    def _stop(self, at: int, *, drop: bool) -> None:
        self._epoch += 1
        self._post(to_page("stop", at=at, drop=drop, epoch=self._epoch))

    def _end(self) -> int:
        """The frame that the page will not have passed when it is told to stop there."""
        if self._paused_at is not None:
            return max(self._paused_at, self._left)
        ahead = min(clock.now() - self._reported_at, SILENT_SECONDS) + self._ahead
        return min(self._written, self._left + math.ceil(ahead * self._rate))

    def _check(self) -> None:
        if self._failure:
            raise DeviceError(self._failure)
