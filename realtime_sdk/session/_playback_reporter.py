"""Passes on the audio that a sink has played: to the echo canceller, the level meter and the tap."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from ..capture._capture import Capture
from ..capture._levels import LevelMeter
from ..conversation._sdk_events import DeviceLost, DeviceRestored, OutputLevel
from ..playback._segment import Segment
from ._sink import Sink
from ._tap import Tap

PlaybackEvent: TypeAlias = OutputLevel | DeviceLost | DeviceRestored
"""An event of the loudspeaker."""


@dataclass(frozen=True, slots=True)
class PlaybackReport:
    """What was played since the last report."""

    heard: bool  # whether anything was
    events: Sequence[PlaybackEvent]
    underruns: Sequence[Segment]  # that ran dry and went on


NOTHING_PLAYED: Final = PlaybackReport(heard=False, events=(), underruns=())


class PlaybackReporter:
    """Reports what a sink has played since the last report.

    sink: None: the application plays, and there is never anything to report. rate: sample rate in Hz.
    """

    def __init__(self, sink: Sink | None, capture: Capture, tap: Tap | None, rate: int) -> None:
        self._sink = sink
        self._capture = capture
        self._tap = tap
        self._meter = LevelMeter(rate)

    def report(self) -> PlaybackReport:
        """Pass on what was played, and return what there is to emit."""
        if self._sink is None:
            return NOTHING_PLAYED
        progress, events = self._sink.report(), list[PlaybackEvent]()
        for at, pcm in progress.heard:
            self._capture.rendered(at, pcm)
            events += [OutputLevel(level.at, level.dbfs) for level in self._meter.push(at, pcm)]
            if self._tap is not None:
                self._tap.heard(at, pcm)
        self._capture.rendered_until(self._sink.reported_until)
        if progress.exchanged:
            self._capture.reset_echo_path()
        for event in progress.devices:
            if isinstance(event, DeviceRestored):
                self._capture.reset_echo_path()
            events.append(event)
        return PlaybackReport(bool(progress.heard), events, progress.underruns)
