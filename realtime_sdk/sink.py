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
from .conversation import DeviceLost, DeviceRestored, SdkEvent
from .devices.protocols import OutputDevice
from .devices.reopening import NoSpeaker, reopen
from .errors import DeviceError
from .playout import Heard, Segment, Timeline

TICK = 0.01
"""Seconds between two looks at the device's count: below what an eye or an ear tells apart."""

LOOK = 0.1
"""Seconds between two looks at a device that has nothing to play: is it still there, does this process keep time?"""

DUCKED = 0.2
"""The share of its loudness that ducked sound keeps: -14 dB, well below a voice that speaks over it."""


class Hold(Enum):
    """Who can hold the sound."""

    APPLICATION = "application"
    TURN = "turn"  # the user speaks, and has not taken the turn yet


class Sink:
    """Feeds the device from the timeline and tells the timeline what the device counts.

    A device that fails is opened again, and what it was given and nobody heard is played again.

    All methods are called on the session's loop. The synchronous ones act at once, whatever `run` is doing.
    """

    def __init__(
        self, device: OutputDevice, timeline: Timeline, *,
        moved: Callable[[], None], heard: Callable[[float, Pcm], None], reported: Callable[[float], None],
        underrun: Callable[[Segment], None], tell: Callable[[SdkEvent], None],
    ) -> None:  # fmt: skip
        self._device = device
        self._output: OutputDevice = device  # what is played on: nothing while the device is lost
        self._before = 0  # frames heard before the device was opened the last time
        self._timeline = timeline
        self._moved = moved  # told whenever frames were heard
        self._heard = heard  # told of the frames themselves, with the wall-clock time of the first
        self._reported = reported  # given the wall-clock time until which all that sounded was reported; inf while dry
        self._underrun = underrun
        self._tell = tell
        self._told_at = 0.0  # wall clock of the last count that was told
        self._gain = 1.0
        self._holds: set[Hold] = set()  # who wants silence; the device is paused while anybody does
        self._wake = asyncio.Event()  # set when there is something to play

    async def run(self) -> None:
        """Play until cancelled; the device is open."""
        while True:
            if self._output is not self._device:
                await self._reopen()
            self._wake.clear()
            self.pump()
            # What comes is written at once: a process that is held up may not come back in time.
            due = clock.now() + (LOOK if self._timeline.idle else TICK)
            timer = asyncio.get_running_loop().call_at(due, self.wake)
            await self._wake.wait()
            timer.cancel()
            self._timeline.stalled(clock.now() - due, clock.wall())

    def wake(self) -> None:
        """There may be something to play."""
        self._wake.set()

    def pump(self) -> None:
        """Give the device what it takes, and the timeline what it counts."""
        try:
            self._count(self._played())
            for pcm in self._timeline.take(self._output.room(), clock.wall()):
                self._output.write(self._scaled(pcm))
        except DeviceError as error:
            self._fail(error)
        self._report_time()
        for segment in self._timeline.underruns:
            self._underrun(segment)
        self._timeline.underruns.clear()

    def flush(self) -> None:
        """Silence now: what has not sounded never will, and the timeline knows."""
        try:
            self._count(self._played())
            played = self._before + self._output.flush()
        except DeviceError as error:
            self._fail(error)
            played = self._timeline.played
        self._report(self._timeline.cut(played, clock.wall()))

    async def fall_silent(self) -> None:
        """Wait until the device has played what a flush could not take back any more."""
        try:
            while self._played() < self._timeline.played:  # noqa: ASYNC110  # a device can't wake anybody
                await anyio.sleep(TICK)
        except DeviceError as error:
            self._fail(error)

    def pause(self, hold: Hold) -> None:
        """Hold the sound at an exact frame."""
        try:
            if not self._holds:
                self._output.pause()
                self._count(self._played())
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
                self._count(self._played())
                self._timeline.held = False
                self._output.resume()
        except DeviceError as error:
            self._fail(error)
        self.wake()

    def duck(self, gain: float = DUCKED) -> None:
        """Go on at another loudness with the frame after the last one heard; 1.0 is that of the sound itself."""
        if gain == self._gain:
            return
        try:
            self._count(self._played())
            self._report(self._timeline.rewind(self._before + self._output.flush(), clock.wall()))
        except DeviceError as error:
            self._fail(error)
        self._gain = gain  # what was told until now was heard at the last one
        self.pump()

    def _played(self) -> int:
        """Frames heard in all."""
        return self._before + self._output.played()

    def _count(self, played: int) -> None:
        self._report(self._timeline.advance(played, clock.wall()))

    def _report(self, spans: list[Heard]) -> None:
        self._told_at = clock.wall()
        for span in spans:
            self._heard(span.at, self._scaled(span.pcm))
        if spans:
            self._moved()
        self._report_time()

    def _report_time(self) -> None:
        self._reported(math.inf if self._timeline.dry else self._told_at)

    def _scaled(self, pcm: Pcm) -> Pcm:
        return pcm if self._gain == 1.0 else (pcm * self._gain).astype(np.int16)

    def _fail(self, error: DeviceError) -> None:
        """The device is lost: what has not been heard shall be played on what takes its place."""
        self._output, self._before = NoSpeaker(), self._timeline.played
        self._report(self._timeline.rewind(self._timeline.played, clock.wall()))
        self.wake()
        self._tell(DeviceLost(clock.wall(), "output", str(error)))

    async def _reopen(self) -> None:
        await reopen(self._device, self._timeline.rate)
        self._output = self._device
        try:
            if self._holds:
                self._output.pause()
        except DeviceError as error:
            self._fail(error)
            return
        self._tell(DeviceRestored(clock.wall(), "output"))
