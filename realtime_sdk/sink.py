"""Plays the segments of a session, one after the other, on an output device."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable
from enum import Enum

import anyio
import numpy as np

from . import clock
from .audio import Pcm
from .devices.protocols import OutputDevice
from .errors import DeviceError
from .playout import Heard, Segment, Timeline

TICK = 0.01
"""Seconds between two looks at the device's count: below what an eye or an ear tells apart."""

DUCKED = 0.2
"""The share of its loudness that ducked sound keeps: -14 dB, well below a voice that speaks over it."""


class Hold(Enum):
    """Who can hold the sound."""

    APPLICATION = "application"
    TURN = "turn"  # the user speaks, and has not taken the turn yet


class Sink:
    """Feeds the device from the timeline and tells the timeline what the device counts.

    All methods are called on the session's loop. The synchronous ones act at once, whatever `run` is doing.
    """

    def __init__(
        self, device: OutputDevice, timeline: Timeline, *,
        moved: Callable[[], None], heard: Callable[[float, Pcm], None], underrun: Callable[[Segment], None],
        lost: Callable[[DeviceError], None],
    ) -> None:  # fmt: skip
        self._device = device
        self._timeline = timeline
        self._moved = moved  # told whenever frames were heard
        self._heard = heard  # told of the frames themselves, with the wall-clock time of the first
        self._underrun = underrun
        self._lost = lost
        self._failed = False  # the device raised: it is not asked again
        self._told_at = 0.0  # wall clock of the last count that was told
        self._gain = 1.0
        self._holds: set[Hold] = set()  # who wants silence; the device is paused while anybody does
        self._wake = asyncio.Event()  # set when there is something to play

    def told_until(self) -> float:
        """The wall-clock time up to which all that sounded has been told."""
        return clock.wall() if self._failed or self._timeline.dry else self._told_at

    async def run(self) -> None:
        """Play until cancelled; the device is open."""
        while True:
            self._wake.clear()
            self.pump()
            # What comes is written at once: a process that is held up may not come back in time.
            with anyio.move_on_after(math.inf if self._failed or self._timeline.idle else TICK):
                await self._wake.wait()

    def wake(self) -> None:
        """There may be something to play."""
        self._wake.set()

    def pump(self) -> None:
        """Give the device what it takes, and the timeline what it counts."""
        try:
            self._count(self._device.played())
            for pcm in self._timeline.take(self._device.room(), clock.wall()):
                self._device.write(self._scaled(pcm))
        except DeviceError as error:
            self._fail(error)
        for segment in self._timeline.underruns:
            self._underrun(segment)
        self._timeline.underruns.clear()

    def flush(self) -> None:
        """Silence now: what has not sounded never will, and the timeline knows."""
        try:
            if not self._failed:
                self._count(self._device.played())
            played = self._timeline.played if self._failed else self._device.flush()
        except DeviceError as error:
            self._fail(error)
            played = self._timeline.played
        self._report(self._timeline.cut(played, clock.wall()))

    async def fall_silent(self) -> None:
        """Wait until the device has played what a flush could not take back any more."""
        try:
            while self._device.played() < self._timeline.played:  # noqa: ASYNC110  # a device can't wake anybody
                await anyio.sleep(TICK)
        except DeviceError as error:
            self._fail(error)

    def pause(self, hold: Hold) -> None:
        """Hold the sound at an exact frame."""
        try:
            if not self._holds:
                self._device.pause()
                self._count(self._device.played())
                self._timeline.held = True
        except DeviceError as error:
            self._fail(error)
        self._holds.add(hold)

    def resume(self, hold: Hold) -> None:
        """Go on with the frame after the last one heard, unless somebody else holds it, too."""
        was_held = bool(self._holds)
        self._holds.discard(hold)
        try:
            if was_held and not self._holds:
                self._count(self._device.played())
                self._timeline.held = False
                self._device.resume()
        except DeviceError as error:
            self._fail(error)
        self.wake()

    def duck(self, gain: float = DUCKED) -> None:
        """Go on at another loudness with the frame after the last one heard; 1.0 is that of the sound itself."""
        if gain == self._gain:
            return
        self._gain = gain
        try:
            self._count(self._device.played())
            played = self._device.flush()
        except DeviceError as error:
            self._fail(error)
            return
        self._report(self._timeline.rewind(played, clock.wall()))
        self.pump()

    def _count(self, played: int) -> None:
        self._report(self._timeline.advance(played, clock.wall()))

    def _report(self, spans: list[Heard]) -> None:
        self._told_at = clock.wall()
        for span in spans:
            self._heard(span.at, span.pcm)
        if spans:
            self._moved()

    def _scaled(self, pcm: Pcm) -> Pcm:
        return pcm if self._gain == 1.0 else (pcm * self._gain).astype(np.int16)

    def _fail(self, error: DeviceError) -> None:
        if not self._failed:
            self._failed = True
            self._lost(error)
