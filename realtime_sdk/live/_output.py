"""The model's audio as one stream, and the place of each moment of the session in it. Pure."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from enum import Enum
from operator import attrgetter
from typing import Final

from ..audio._pcm import SILENCE, Pcm, from_bytes, from_ms, to_frames, to_seconds
from ..playback._segment import Segment, SegmentState
from ..playback._timeline import Timeline

BACKLOG: Final = 0.75
"""Seconds of audio that may wait to be heard before silence in it is left out: more than the jitter buffer's longest
delay and a device's buffer, so that only a pause, or a stall, comes to it."""

AHEAD: Final = 2.0
"""Seconds by which words may lie ahead of all audio that came: they come with it, give or take a part of a second."""

SILENT_LEVEL: Final = 8
"""The loudest sample of silence: A-law has no quieter one."""


class Hearing(Enum):
    """Whether a moment of the session was heard."""

    WAITING = "waiting"  # its audio has not come, or not been heard
    HEARD = "heard"  # its first frame has left the converter
    LOST = "lost"  # its audio was silenced, or the stream ended before it


@dataclass(frozen=True, slots=True)
class _Stretch:
    """Audio that adjoins on the timeline of the session."""

    time: int  # frames from the beginning of the session to its first frame
    segment: Segment


class OutputStream:
    """Receives the model's audio, and finds a moment of the session in what is heard.

    The stream has one frame of audio for each frame of the session, silence included, unless the server gives times
    that leave gaps: a moment in a gap is that of the audio after it. What the user hears later, because of an underrun
    or a pause, moves nothing: the place is a frame, not a time of the day.

    Silence is left out of what is played while more than `BACKLOG` seconds wait: after a pause the reply would
    otherwise come later and later. Audio after a gap is a segment of its own: it is not late, however long the gap.

    timeline: of the device that plays its segments, one after the other; None: the application takes them.
    """

    segment: Segment
    """Takes the audio that comes."""

    def __init__(self, rate: int, timeline: Timeline | None = None) -> None:
        self.rate = rate
        self.end = 0  # frames of the session up to the end of the audio that came
        self._timeline = timeline
        self._stretches: list[_Stretch] = []
        self._cut_until = 0  # the end of the stream when it was silenced the last time
        self._ended = False  # no more audio is taken
        self._begin(0)

    @property
    def position(self) -> float:
        """Seconds of the session up to the last frame heard."""
        for stretch in reversed(self._stretches):
            if heard := stretch.segment.heard:
                return to_seconds(stretch.time + heard, self.rate)
        return 0.0

    @property
    def waiting(self) -> int:
        """Frames that came, and were not heard."""
        unheard = 0
        for stretch in reversed(self._stretches):
            if stretch.segment.finished:
                break
            unheard += stretch.segment.received - stretch.segment.heard
        return unheard

    @property
    def finished(self) -> bool:
        """Whether the stream has ended, and all of it was heard or silenced."""
        return self._ended and self.segment.finished

    def receive(self, data: bytes, start_ms: int | None, at: float) -> Pcm:
        """Add PCM that came at wall-clock time `at`; return the part of it that is to be played, by `segment`.

        start_ms: its place on the timeline of the session; None: it follows what came before.
        """
        if self._ended:
            return SILENCE
        time = self.end if start_ms is None else self._time_of(start_ms)
        if self.waiting > to_frames(BACKLOG, self.rate) and _is_silent(pcm := from_bytes(data)):
            self.end = time + pcm.size
            return SILENCE
        last = self._stretches[-1]
        if last.time < time != last.time + self.segment.received:
            self.segment.end()
            self._begin(time)
        pcm = self.segment.receive(data, at)
        self.end = self._stretches[-1].time + self.segment.received
        return pcm

    def expect(self, seconds: float) -> None:
        """Words at this time of the session came, and their audio is near.

        If they are far ahead of it, the server has left out silence and does not say so: the audio that comes next is
        taken for theirs. Otherwise they would wait for audio that never comes.
        """
        if (time := to_frames(seconds, self.rate)) > self.end + to_frames(AHEAD, self.rate):
            self.end = time

    def interrupt(self) -> float:
        """Silence what came and was not heard; return its seconds. A timeline, if there is one, has been cut before."""
        dropped = 0
        for stretch in reversed(self._stretches):
            if stretch.time < self._cut_until or stretch.segment.state is SegmentState.HEARD:
                break
            dropped += stretch.segment.received - stretch.segment.heard
            stretch.segment.cut()
        self._cut_until = self.end
        if not self._ended:
            self._begin(self.end)
        return to_seconds(dropped, self.rate)

    def finish(self) -> None:
        """Take no more audio: the session has ended."""
        self._ended = True
        self.segment.end()

    def find(self, seconds: float) -> Hearing:
        """Find whether a moment of the session was heard."""
        place = self._place(to_frames(seconds, self.rate))
        if place is None:
            return Hearing.LOST if self.finished else Hearing.WAITING
        segment, frame = place
        if segment.heard > frame:
            return Hearing.HEARD
        return Hearing.LOST if segment.finished else Hearing.WAITING

    def _place(self, time: int) -> tuple[Segment, int] | None:
        """The segment, and the frame in it, of a time of the session; None: its audio has not come."""
        index = bisect_right(self._stretches, time, key=attrgetter("time")) - 1
        stretch = self._stretches[index]
        if (frame := time - stretch.time) < stretch.segment.received:
            return stretch.segment, frame
        after = next((other for other in self._stretches[index + 1 :] if other.segment.received), None)
        return None if after is None else (after.segment, 0)

    def _time_of(self, start_ms: int) -> int:
        """The frame of the session that a time of the server means."""
        time = from_ms(start_ms, self.rate)
        return self.end if abs(time - self.end) < from_ms(1, self.rate) else time  # it is rounded to a millisecond

    def _begin(self, time: int) -> None:
        self.segment = Segment("", 0, self.rate)
        self._stretches.append(_Stretch(time, self.segment))
        if self._timeline is not None:
            self._timeline.add(self.segment, len(self._stretches))


def _is_silent(pcm: Pcm) -> bool:
    return not pcm.size or max(int(pcm.max()), -int(pcm.min())) <= SILENT_LEVEL
