"""What a page's worklet does, on the loop's clock."""

from __future__ import annotations

import asyncio
import json
import math
from collections import deque
from typing import Any, Final

from realtime_sdk._runtime import clock
from realtime_sdk.audio._pcm import FRAME_BYTES
from realtime_sdk.page import PageSpeaker
from realtime_sdk.page._messages import Opened, Position

PERIOD: Final = 0.01
"""Seconds between two reports."""


class Worklet:
    """Plays what its `speaker` posts.

    transit: seconds from here to the page, and back. latency: from its worklet to the ear.
    """

    def __init__(self, *, transit: float = 0.005, latency: float = 0.03) -> None:
        self.speaker = PageSpeaker(self._post)
        self.rate = 0  # of the last `open`
        self._transit = transit
        self._latency = latency
        self._posted: deque[str | bytes] = deque()  # on their way
        self._epoch = 0
        self._pace = (0.0, 0)  # a loop time, and the frames that had left by then
        self._queued = 0  # frames received, less those that were dropped
        self._limit = math.inf  # the frame at which it falls silent
        self._paused = False
        self._history = deque([(0.0, 0)])  # times of reports, and the frames that had left by then
        self.overrun = 0
        self.left = 0  # frames that have left it, those of an overrun included

    def _post(self, frame: str | bytes) -> None:
        self._posted.append(frame)  # timers of the same time fire in any order
        self._later(self._obey)

    def _later(self, do: Any, *arguments: Any) -> None:
        asyncio.get_running_loop().call_later(self._transit, do, *arguments)

    def _obey(self) -> None:
        frame = self._posted.popleft()
        self._play()
        if isinstance(frame, bytes):
            self._queued += len(frame) // FRAME_BYTES
        else:
            message = json.loads(frame)
            getattr(self, f"_{message.pop('type')}")(**message)
        self._pace = clock.now(), self.left

    def _open(self, rate: int, epoch: int) -> None:
        first = not self.rate
        self.rate, self._epoch = rate, epoch
        self._queued = self.left = self.overrun = 0
        self._limit, self._paused = math.inf, False
        self._history = deque([(clock.now(), 0)])
        self._later(self.speaker._on_opened, Opened(type="opened", epoch=epoch))
        if first:
            self._report()

    def _stop(self, at: int, drop: bool, epoch: int) -> None:
        wanted = at + self.overrun
        self._epoch, self._limit = epoch, min(self._queued, max(wanted, self.left))
        self._paused = self._paused or not drop
        if drop:
            self._queued = int(self._limit)
            self.overrun += self._queued - wanted
        self._play()

    def _resume(self) -> None:
        self._limit, self._paused = math.inf, False

    def _play(self) -> None:
        if not self.rate:
            return
        since, left = self._pace
        due = left + math.floor((clock.now() - since) * self.rate + 1e-3)
        self.left = max(self.left, int(min(due, self._queued, self._limit)))
        if self.left >= self._limit and not self._paused:
            self._limit = math.inf
        if self.left == self._queued:
            self._pace = clock.now(), self.left

    def _report(self) -> None:
        self._play()
        left = max(0, self.left - self.overrun)
        self._history.append((clock.now(), left))
        while len(self._history) > 1 and self._history[1][0] <= clock.now() - self._latency:
            self._history.popleft()
        heard = min(left, self._history[0][1])
        position = Position(type="position", epoch=self._epoch, left=left, heard=heard, overrun=self.overrun)
        self._later(self.speaker._on_position, position)
        asyncio.get_running_loop().call_later(PERIOD, self._report)
