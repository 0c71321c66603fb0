"""The model's audio as one stream, and the place of each moment of the session in it. Pure."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from enum import Enum
from operator import attrgetter
from typing import Final

from ..audio._pcm import SILENCE, Pcm, from_bytes, from_ms, to_frames, to_seconds
from ..playback._segment import Segment

BACKLOG: Final = 0.75
"""Seconds of audio that may wait to be heard before silence in it is left out: more than the jitter buffer's longest
delay and a device's buffer, so that only a pause, or a stall, comes to it."""


class Hearing(Enum):
    """Whether a moment of the session was heard."""

    WAITING = "waiting"  # its audio has not come, or not been heard
    HEARD = "heard"  # its first frame has left the converter
    LOST = "lost"  # its audio was silenced, or the stream ended before it


@dataclass(slots=True)
class _Stretch:
    """Audio that adjoins, both in the session and in its segment."""

    time: int  # frames from the beginning of the session to its first frame
    segment: Segment
    first: int  # its first frame, counted in the segment
    frames: int = 0


class OutputStream:
    """Receives the model's audio, and finds a moment of the session in what is heard.

    The stream has one frame of audio for each frame of the session, silence included, unless the server gives times
    that leave gaps: a moment in a gap is that of the audio after it. What the user hears later, because of an underrun
    or a pause, moves nothing: the place is a frame, not a time of the day.

    Silence is left out of what is played while more than `BACKLOG` seconds wait: after a pause the reply would
    otherwise come later and later.
    """

    def __init__(self, rate: int) -> None:
        self.rate = rate
        self.segment = self._new_segment()  # takes the audio that comes
        self.end = 0  # frames of the session up to the end of the audio that came
        self._stretches: list[_Stretch] = []

    @property
    def position(self) -> float:
        """Seconds of the session up to the last frame heard."""
        for stretch in reversed(self._stretches):
            if (heard := stretch.segment.heard - stretch.first) > 0:
                return to_seconds(stretch.time + min(heard, stretch.frames), self.rate)
        return 0.0

    @property
    def waiting(self) -> int:
        """Frames that came, and were not heard."""
        return 0 if self.segment.finished else self.segment.received - self.segment.heard

    def receive(self, data: bytes, start_ms: int | None, at: float) -> Pcm:
        """Add PCM that came at wall-clock time `at`; return the part of it that is to be played.

        start_ms: its place on the timeline of the session; None: it follows what came before.
        """
        time = self.end if start_ms is None else self._time_of(start_ms)
        silent = from_bytes(data)
        if self.waiting > to_frames(BACKLOG, self.rate) and not silent.any():
            self.end = time + silent.size
            return SILENCE
        first = self.segment.received
        pcm = self.segment.receive(data, at)
        self._add(time, first, pcm.size)
        return pcm

    def interrupt(self) -> Segment:
        """Go on with a new segment, which is returned: the last one was cut."""
        self.segment = self._new_segment()
        return self.segment

    def find(self, seconds: float) -> Hearing:
        """Find whether a moment of the session was heard."""
        place = self._place(to_frames(seconds, self.rate))
        if place is None:
            return Hearing.LOST if self.segment.finished else Hearing.WAITING
        segment, frame = place
        if segment.heard > frame:
            return Hearing.HEARD
        return Hearing.LOST if segment.finished else Hearing.WAITING

    def _place(self, time: int) -> tuple[Segment, int] | None:
        """The segment, and the frame in it, of a time of the session; None: its audio has not come."""
        index = bisect_right(self._stretches, time, key=attrgetter("time")) - 1
        if index >= 0:
            stretch = self._stretches[index]
            offset = time - stretch.time
            if offset < stretch.frames:
                return stretch.segment, stretch.first + offset
        # In a gap, or before the first audio.
        if index + 1 < len(self._stretches):
            after = self._stretches[index + 1]
            return after.segment, after.first
        return None

    def _time_of(self, start_ms: int) -> int:
        """The frame of the session that a time of the server means."""
        time = from_ms(start_ms, self.rate)
        return self.end if abs(time - self.end) < from_ms(1, self.rate) else time  # it is rounded to a millisecond

    def _add(self, time: int, first: int, frames: int) -> None:
        """Place frames of the segment, `first` and those after it, at a time of the session."""
        last = self._stretches[-1] if self._stretches else None
        if last is None or last.segment is not self.segment or (time > last.time and time != last.time + last.frames):
            last = self._begin(time, first)
        last.frames += frames
        self.end = last.time + last.frames

    def _begin(self, time: int, first: int) -> _Stretch:
        self._stretches.append(_Stretch(time, self.segment, first))
        return self._stretches[-1]

    def _new_segment(self) -> Segment:
        return Segment("", 0, self.rate)

