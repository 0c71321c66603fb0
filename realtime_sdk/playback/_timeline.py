"""Maps the one integer that a device gives, the frames that left the converter, to segments.

Segments are written back to back into one stream; attribution comes from here, not from waiting between them.
"""

from __future__ import annotations

import math
from bisect import insort
from collections import deque
from collections.abc import Collection
from dataclasses import dataclass, field

from ..audio._pcm import Pcm, to_seconds
from ._prebuffer import Prebuffer
from ._segment import Segment


@dataclass(frozen=True, slots=True)
class Heard:
    """Frames of one segment that left the converter, the first of them at wall-clock time `at`."""

    segment: Segment
    pcm: Pcm
    at: float


@dataclass(slots=True, order=True)
class _Place:
    """A segment's place in the order of play: its item's number in the session, then its content index."""

    item_number: int
    content_index: int
    segment: Segment = field(compare=False)


@dataclass(slots=True)
class _Span:
    """Frames of one segment as they lie in the device's stream, not yet known as heard."""

    place: _Place
    start: int  # frame of the device's stream
    pcm: Pcm


class Timeline:
    """The segments of a session in the order of play, and where the device is among them."""

    def __init__(self, rate: int, prebuffer: Prebuffer | None = None) -> None:
        self.rate = rate
        self.written = 0  # frames given to the device since it was opened, less those it dropped
        self.played = 0  # frames that left the converter, as last told
        self.held = False  # the device is paused, or on its way there
        self.underruns: list[Segment] = []  # segments that ran dry and went on, since last collected
        self._taken_back = False  # the device is dry because of a rewind: it goes on at once
        self._told_at = 0.0  # wall clock of the last count
        self._told_dry = True  # whether the device was dry at that time
        self._until = 0.0  # wall clock at which the last frame heard was over
        self._prebuffer = prebuffer or Prebuffer()
        self._queue: list[_Place] = []  # segments that have, or may get, frames to write
        self._current: _Place | None = None  # of the segment written last
        self._spans: deque[_Span] = deque()

    @property
    def dry(self) -> bool:
        """Whether all that was written has been heard."""
        return self.played == self.written

    @property
    def sounding(self) -> Segment | None:
        """The segment whose frames leave the converter now; None while the device is dry."""
        return self._spans[0].place.segment if self._spans else None

    @property
    def idle(self) -> bool:
        """Whether there is nothing to hear and nothing to write until more is received."""
        return self.dry and not any(place.segment.pending for place in self._queue)

    def add(self, segment: Segment, item_number: int) -> None:
        """Queue a segment at its place among those that are still to be written."""
        insort(self._queue, _Place(item_number, segment.content_index, segment))

    def take(self, room: int, at: float) -> list[Pcm]:
        """Frames to write to the device now, wall-clock time `at`; at most `room`, in order. All must be written."""
        taken: list[Pcm] = []
        for queued in self._queue:
            self._prebuffer.follow(queued.segment.arrivals)
        while room > 0 and (place := self._next()) is not None:
            segment = place.segment
            if self.dry and not self._taken_back:
                if not (self._all_received(place) or self._is_buffered(segment, at)):
                    break
                if place is self._current:
                    segment.underruns += 1
                    self.underruns.append(segment)
            self._current, self._taken_back = place, False
            for pcm in segment.take(room):
                self._spans.append(_Span(place, self.written, pcm))
                self.written += pcm.size
                room -= pcm.size
                taken.append(pcm)
        return taken

    def stalled(self, seconds: float, at: float) -> None:
        """Whoever writes to the device was held up for so long, until wall-clock time `at`."""
        self._prebuffer.stalled(seconds, at)

    def advance(self, played: int, at: float) -> list[Heard]:
        """The device counts `played` frames at wall-clock time `at`: tell the segments what of them was heard.

        To be told often, also of a count that stands still: times are reckoned from one count to the next. The count of
        a flush is final: the device says less until the last of what it could not take back is heard.
        """
        played = max(played, self.played)
        return self._tell(played, at, *self._origin(played, at), latest=at)

    def _tell(self, played: int, at: float, origin: float, at_frame: int, *, latest: float) -> list[Heard]:
        """Tell what was heard, from the time `origin` of the frame `at_frame`; nothing is told to be later."""
        heard: list[Heard] = []
        while self._spans and self._spans[0].start < played:
            span = self._spans[0]
            frames = min(span.pcm.size, played - span.start)
            # A crystal that is not quite as fast as told must not let sound begin before the last was over.
            started = min(max(origin + to_seconds(span.start - at_frame, self.rate), self._until), latest)
            self._until = min(max(origin + to_seconds(span.start + frames - at_frame, self.rate), started), latest)
            span.place.segment.hear(frames, started, self._until)
            heard.append(Heard(span.place.segment, span.pcm[:frames], started))
            if frames == span.pcm.size:
                self._spans.popleft()
            else:
                self._spans[0] = _Span(span.place, span.start + frames, span.pcm[frames:])
        self.played, self._told_at, self._told_dry = played, at, played == self.written
        if heard and self.dry and not heard[-1].segment.pending:
            heard[-1].segment.arrivals.run_dry()
        return heard

    def cut(self, played: int, at: float) -> list[Heard]:
        """The device was flushed at frame `played`: all that has not sounded never will.

        To be told of a count right before: what the device could not take back is still to sound, from there on.
        """
        heard = self._flushed(played, at)
        for place in [*(span.place for span in self._spans), *self._queue]:
            place.segment.cut()
        self._spans.clear()
        self._queue.clear()
        self._current, self._taken_back = None, False
        return heard

    def wrote(self, segments: Collection[Segment]) -> bool:
        """Whether the device was given frames of one of these segments that have not sounded."""
        return any(span.place.segment in segments for span in self._spans)

    def remove(self, segment: Segment) -> bool:
        """Take a segment back of which nothing was written; return whether it was."""
        place = next((place for place in self._queue if place.segment is segment), None)
        if place is None or place is self._current or self.wrote([segment]):
            return False
        self._queue.remove(place)
        return True

    def discard(self, segments: Collection[Segment]) -> None:
        """Cut these segments, of which the device holds nothing any more; the others stay in their places."""
        for segment in segments:
            segment.cut()
        self._queue = [place for place in self._queue if place.segment not in segments]

    def rewind(self, played: int, at: float) -> list[Heard]:
        """The device was flushed at frame `played`, and what has not sounded shall be written again."""
        heard = self._flushed(played, at)
        self._taken_back = bool(self._spans)
        while self._spans:
            span = self._spans.pop()
            span.place.segment.put_back(span.pcm)
            if span.place not in self._queue:
                insort(self._queue, span.place)
            self._current = span.place
        return heard

    def _flushed(self, played: int, at: float) -> list[Heard]:
        origin = (at, played) if self._told_dry else (self._told_at, self.played)
        heard = self._tell(max(played, self.played), at, *origin, latest=math.inf)
        self.written, self._told_dry = played, True
        return heard

    def _origin(self, played: int, at: float) -> tuple[float, int]:
        """A wall-clock time and the frame that left the converter then, from which others are reckoned.

        Between two counts the stream ran at its rate. Reckoning back from now is exact unless the device ran dry or was
        held on the way; then reckoning on from the last count is, unless the device was dry at that time too.
        """
        if (played < self.written and not self.held) or self._told_dry:
            return at, played
        return self._told_at, self.played

    def _next(self) -> _Place | None:
        """The place to write from: the current one for as long as it may go on, then the first with frames."""
        current = self._current
        if current is not None and current.segment.pending:
            return current
        if current is not None:
            if not self._all_received(current):
                return None
            current.segment.end()
        # What has ended and is written in full needs no place any more.
        self._queue = [place for place in self._queue if place.segment.pending or not place.segment.ended]
        return next((place for place in self._queue if place.segment.pending), None)

    def _is_buffered(self, segment: Segment, at: float) -> bool:
        """Whether a segment that begins or goes on at `at` on a dry device will not run dry soon."""
        taken = to_seconds(segment.received - segment.pending, segment.rate)
        return self._prebuffer.enough(segment.arrivals, at - taken)

    def _all_received(self, place: _Place) -> bool:
        """Whether no more of a segment is to be awaited.

        A server makes items one after the other: once another one has sound behind it, this one has all of its own,
        though the event that says so may come at the very end of the response.
        """
        return place.segment.ended or any(other.segment.pending for other in self._queue if other is not place)
