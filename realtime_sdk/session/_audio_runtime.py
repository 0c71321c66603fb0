"""The part of a runtime that every kind of session has: it plays, and reports what was played."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from typing import Any

from ..conversation._sdk_events import InputLevel, OutputLevel
from ..conversation._streams import FilteredReader, ReplayableStream
from .audio._device_exchange import DeviceExchange
from .audio._session_audio import PlaybackReport, SessionAudio
from .captions._pacer import ReportPacer


class AudioRuntime(ABC):
    """The audio side of a runtime. The subclass shows what was heard each time that `_pacer` wakes it."""

    loop: asyncio.AbstractEventLoop
    audio: SessionAudio
    events: ReplayableStream[Any]
    devices: DeviceExchange

    def __init__(self) -> None:
        self._pacer = ReportPacer()

    @abstractmethod
    def _emit_played(self, report: PlaybackReport) -> None:
        """Emit the events of what was played."""

    def follow_events(self, kinds: tuple[type, ...]) -> AsyncIterator[Any]:
        """Read the events of these classes; none: of all. Levels are measured once they are among them."""
        if not kinds or InputLevel in kinds or OutputLevel in kinds:
            self.audio.measure_levels()
        return FilteredReader(self.events.follow(kinds), kinds) if kinds else self.events.follow()

    def wake(self) -> None:
        """Audio or text may have arrived."""
        self._pacer.wake()
        if (sink := self.audio.sink) is not None:
            sink.wake()

    def report_playback(self) -> None:
        """Report the audio that the sink has played since the last report, and have shown what is due by it."""
        self._emit_played(self.audio.report())
        if self.audio.take_heard():
            self._pacer.wake()

    def _poll_rendered(self) -> None:
        """Report the audio that the device has played until now; `_play` wakes when something of it is to be shown."""
        self.audio.poll()
        self._emit_played(self.audio.report())

    async def _play(self) -> None:
        while self.audio.sink is not None:
            await self.audio.sink.play()
            self.report_playback()
