"""Plays the segments of a session, one after the other, on an output device."""

from __future__ import annotations

from collections.abc import Callable

import anyio

from . import clock
from .audio import Pcm
from .devices.protocols import OutputDevice
from .errors import DeviceError
from .playout import Heard, Segment, Timeline

TICK = 0.01
"""Seconds between two looks at the device's count: below what an eye or an ear tells apart."""


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
        self._wake = anyio.Event()  # set when there is something to play

    async def run(self) -> None:
        """Play until cancelled; the device is open."""
        while True:
            self.pump()
            if self._failed or self._timeline.idle:
                self._wake = anyio.Event()
                await self._wake.wait()
            else:
                await anyio.sleep(TICK)

    def wake(self) -> None:
        """There may be something to play."""
        self._wake.set()

    def pump(self) -> None:
        """Give the device what it takes, and the timeline what it counts."""
        try:
            self._count(self._device.played())
            for pcm in self._timeline.take(self._device.room()):
                self._device.write(pcm)
        except DeviceError as error:
            self._fail(error)
        for segment in self._timeline.underruns:
            self._underrun(segment)
        self._timeline.underruns.clear()

    def flush(self) -> None:
        """Silence now: what has not sounded never will, and the timeline knows."""
        try:
            played = self._timeline.played if self._failed else self._device.flush()
        except DeviceError as error:
            self._fail(error)
            played = self._timeline.played
        self._report(self._timeline.cut(played, clock.wall()))

    def pause(self) -> None:
        """Hold the sound at an exact frame."""
        try:
            self._device.pause()
            self._count(self._device.played())
        except DeviceError as error:
            self._fail(error)

    def resume(self) -> None:
        """Go on with the frame after the last one heard."""
        try:
            self._device.resume()
        except DeviceError as error:
            self._fail(error)

    def _count(self, played: int) -> None:
        self._report(self._timeline.advance(played, clock.wall()))

    def _report(self, spans: list[Heard]) -> None:
        for span in spans:
            self._heard(span.at, span.pcm)
        if spans:
            self._moved()

    def _fail(self, error: DeviceError) -> None:
        if not self._failed:
            self._failed = True
            self._lost(error)
