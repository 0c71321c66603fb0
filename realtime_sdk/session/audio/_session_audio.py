"""The audio of a session: what is captured, what is played, and what was heard of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from ..._runtime import clock
from ...audio._session_formats import Formats
from ...capture._capture import Capture
from ...capture._levels import Level, LevelMeter
from ...conversation._sdk_events import DeviceLost, DeviceRestored, OutputLevel
from ...playback._segment import Segment
from ..observers._tap import Tap
from ._sink import Sink
from ._unread_audio import UnreadAudio

PlaybackEvent: TypeAlias = OutputLevel | DeviceLost | DeviceRestored
"""An event of the loudspeaker."""


@dataclass(frozen=True, slots=True)
class PlaybackReport:
    """What was played since the last report."""

    events: Sequence[PlaybackEvent]
    underruns: Sequence[Segment]  # that ran dry and went on


NOTHING_PLAYED: Final = PlaybackReport(events=(), underruns=())


class SessionAudio:
    """The capture and the sink of a session; what was heard goes to the echo canceller, the level meter and the tap.

    sink: None: the application plays, and there is never anything to report. unread: warns then of audio that is not
    read.
    """

    def __init__(
        self, formats: Formats, capture: Capture, sink: Sink | None, tap: Tap | None, unread: UnreadAudio | None = None
    ) -> None:
        self.formats = formats
        self.capture = capture
        self.sink = sink
        self._tap = tap
        self._unread = unread
        self._meter = LevelMeter(formats.output.rate)
        self._was_heard = False  # something was, since `take_heard`

    def measure_levels(self) -> None:
        """Report the levels of both sides from now on: they have a reader."""
        self._meter.is_on = True
        self.capture.measure_levels()

    def poll(self) -> None:
        """Read the device's count now."""
        if self.sink is not None:
            self.sink.poll()

    def report(self) -> PlaybackReport:
        """Pass on what was played since the last report, and return what there is to emit."""
        if self.sink is None:
            return NOTHING_PLAYED
        progress, events = self.sink.report(), list[PlaybackEvent]()
        for at, pcm in progress.heard:
            self.capture.rendered(at, pcm)
            events += _reports(self._meter.push(at, pcm))
            if self._tap is not None:
                self._tap.heard(at, pcm)
        if self.sink.is_silent:
            events += _reports(self._meter.stopped(clock.wall()))
        self._was_heard = self._was_heard or bool(progress.heard)
        self.capture.rendered_until(self.sink.reported_until)
        if progress.exchanged:
            self.capture.reset_echo_path()
        for event in progress.devices:
            if isinstance(event, DeviceRestored):
                self.capture.reset_echo_path()
            events.append(event)
        return PlaybackReport(events, progress.underruns)

    def take_heard(self) -> bool:
        """Whether anything of what was reported since the last call was heard."""
        was_heard, self._was_heard = self._was_heard, False
        return was_heard

    def silence(self) -> None:
        """Drop what has not been heard."""
        if self.sink is not None:
            self.sink.flush()

    def end(self) -> None:
        """The session is left: drop what has not been heard, and play nothing more."""
        if self.sink is not None:
            self.sink.flush()
            self.sink.end()
        if self._unread is not None:
            self._unread.end()

    async def wait_until_silent(self) -> None:
        """Wait until the device has played the audio that can't be dropped any more."""
        if self.sink is not None:
            await self.sink.wait_until_silent()


def _reports(levels: Iterable[Level]) -> list[OutputLevel]:
    return [OutputLevel(level.at, level.dbfs) for level in levels]
