"""Maps the device's one count, of the frames that left the converter, to segments.

Segments are written back to back into one stream; they are attributed here, not by waiting between them.
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
class PlayedAudio:
    """Frames of one segment that left the converter, the first of them at wall-clock time `at`."""

    segment: Segment
    pcm: Pcm
    at: float
    start: int  # the first of them in the device's stream


@dataclass(slots=True, order=True)
class _Place:
    """A segment's place in the order of play: its item's number in the session, then its content index."""

    item_number: int
    content_index: int
    segment: Segment = field(compare=False)


@dataclass(slots=True)
class _Span:
    """Frames of one segment as they lie in the device's stream, not heard yet."""

    place: _Place
    start: int  # frame of the device's stream
    pcm: Pcm


class Timeline:
    """The segments of a session in the order of play, and where the device is among them."""

    def __init__(self, rate: int, prebuffer: Prebuffer | None = None) -> None:
        self.rate = rate
        self.written: int = 0  # frames given to the device since it was opened, less those it dropped
        self.played: int = 0  # frames that left the converter, as last counted
        self.paused = False  # the device is, or is about to be
        self.begins_at = math.inf  # wall clock at which the prebuffer is filled; infinity: none delays audio
        self.underruns: list[Segment] = []  # segments that ran dry and went on, since last collected
        self._rewound = False  # the device is dry because of a rewind: it goes on at once
        self._counted_at = 0.0  # wall clock of the last count
        self._counted_dry = True  # whether the device was dry at that time
        self._until = 0.0  # wall clock at which the last frame heard ended
        self._prebuffer = prebuffer or Prebuffer()
        self._queue: list[_Place] = []  # segments that have, or may get, frames to write
        self._current: _Place | None = None  # of the segment written last
        self._spans: deque[_Span] = deque()

    @property
    def dry(self) -> bool:
        """Whether all that was written has been heard."""
        return self.played == self.written

    @property
    def seconds_ahead(self) -> float:
        """Seconds of audio that the device has and that was not heard when it counted last."""
        return to_seconds(self.written - self.played, self.rate)

    @property
    def audible(self) -> Segment | None:
        """The segment whose frames leave the converter now; None while the device is dry."""
        return self._spans[0].place.segment if self._spans else None

    @property
    def idle(self) -> bool:
        """Whether there is nothing to hear and nothing to write until more is received."""
        return self.dry and not any(place.segment.pending for place in self._queue)

    @property
    def steady_frames(self) -> int:
        """Frames that are certain to be heard before another segment is, or none; 0: the next count is needed soon.

        It shows that a segment has begun, and how frames are timed after a pause, or on a device that was dry.
        """
        if self.paused or self._counted_dry or not self._spans or not self._spans[0].place.segment.heard:
            return 0
        segment = self._spans[0].place.segment
        end = next((span.start for span in self._spans if span.place.segment is not segment), self.written)
        return end - self.played

    def add(self, segment: Segment, item_number: int) -> None:
        """Queue a segment at its place among those that are still to be written."""
        insort(self._queue, _Place(item_number, segment.content_index, segment))

    def take(self, room: int, at: float) -> list[Pcm]:
        """Frames to write to the device now, wall-clock time `at`; at most `room`, in order. All must be written."""
        taken: list[Pcm] = []
        self.begins_at = math.inf
        for queued in self._queue:
            self._prebuffer.update(queued.segment.arrivals)
        while room > 0 and (place := self._next()) is not None:
            segment = place.segment
            if self.dry and not self._rewound:
                if not self._all_received(place) and (begins_at := self._begins_at(segment)) > at:
                    self.begins_at = begins_at
                    break
                if place is self._current:
                    segment.underruns += 1
                    self.underruns.append(segment)
            self._current, self._rewound = place, False
            for pcm in segment.take(room):
                self._spans.append(_Span(place, self.written, pcm))
                self.written += pcm.size
                room -= pcm.size
                taken.append(pcm)
        return taken

    def record_stall(self, seconds: float, at: float) -> None:
        """The writer to the device was stalled for `seconds`, until wall-clock time `at`."""
        self._prebuffer.record_stall(seconds, at)

    def advance(self, played: int, at: float) -> list[PlayedAudio]:
        """The device counts `played` frames at wall-clock time `at`: attribute them to segments.

        To be called often, even while the count stands still: times are computed from one count to the next. The count
        of a flush is final: the device counts less until the last audio that it could not take back is heard.
        """
        played = max(played, self.played)
        return self._attribute(played, at, *self._origin(played, at), latest=at)

    def _attribute(self, played: int, at: float, origin: float, at_frame: int, *, latest: float) -> list[PlayedAudio]:
        """Attribute frames up to `played`, timed from frame `at_frame` at `origin`, and never later than `latest`."""
        heard: list[PlayedAudio] = []
        while self._spans and self._spans[0].start < played:
            span = self._spans[0]
            frames = min(span.pcm.size, played - span.start)
            # A crystal slower than its nominal rate must not let a segment begin before the last one ended.
            # Nor can any be heard before it came, however early the device counts it.
            earliest = max(self._until, span.place.segment.received_at or 0.0)
            started = min(max(origin + to_seconds(span.start - at_frame, self.rate), earliest), latest)
            self._until = min(max(origin + to_seconds(span.start + frames - at_frame, self.rate), started), latest)
            span.place.segment.mark_heard(frames, started, self._until)
            heard.append(PlayedAudio(span.place.segment, span.pcm[:frames], started, span.start))
            if frames == span.pcm.size:
                self._spans.popleft()
            else:
                self._spans[0] = _Span(span.place, span.start + frames, span.pcm[frames:])
        self.played, self._counted_at, self._counted_dry = played, at, played == self.written
        if heard and self.dry and not heard[-1].segment.pending:
            heard[-1].segment.arrivals.run_dry()
        return heard

    def cut(self, played: int, at: float) -> list[PlayedAudio]:
        """The device was flushed at frame `played`: the rest will never be heard.

        To be called right after a count: audio that the device could not take back is still to be heard.
        """
        heard = self._flushed(played, at)
        for place in [*(span.place for span in self._spans), *self._queue]:
            place.segment.cut()
        self._spans.clear()
        self._queue.clear()
        self._current, self._rewound = None, False
        return heard

    def wrote(self, segments: Collection[Segment]) -> bool:
        """Whether the device was given frames of one of these segments that were not heard yet."""
        return any(span.place.segment in segments for span in self._spans)

    def remove(self, segment: Segment) -> bool:
        """Remove a segment of which no frame was written; return whether it was removed."""
        place = next((place for place in self._queue if place.segment is segment), None)
        if place is None or place is self._current or self.wrote([segment]):
            return False
        self._queue.remove(place)
        return True

    def discard(self, segments: Collection[Segment]) -> None:
        """Cut these segments, of which the device has no frames any more; the others stay in their places."""
        for segment in segments:
            segment.cut()
        self._queue = [place for place in self._queue if place.segment not in segments]

    def rewind(self, played: int, at: float) -> list[PlayedAudio]:
        """The device was flushed at frame `played`; frames that were not heard are to be written again."""
        heard = self._flushed(played, at)
        self._rewound = bool(self._spans)
        while self._spans:
            span = self._spans.pop()
            span.place.segment.put_back(span.pcm)
            if span.place not in self._queue:
                insort(self._queue, span.place)
            self._current = span.place
        return heard

    def _flushed(self, played: int, at: float) -> list[PlayedAudio]:
        origin = (at, played) if self._counted_dry else (self._counted_at, self.played)
        heard = self._attribute(max(played, self.played), at, *origin, latest=math.inf)
        self.written, self._counted_dry = played, True
        return heard

    def _origin(self, played: int, at: float) -> tuple[float, int]:
        """A wall-clock time and the frame that left the converter then, from which the times of others are computed.

        Between two counts the stream ran at its rate. Extrapolating back from now is exact unless the device ran dry or
        was paused since; then extrapolating from the last count is, unless the device was dry at that time, too.
        """
        if (played < self.written and not self.paused) or self._counted_dry:
            return at, played
        return self._counted_at, self.played

    def _next(self) -> _Place | None:
        """The place to write from: the current one for as long as it may go on, then the first with frames."""
        current = self._current
        if current is not None and current.segment.pending:
            return current
        if current is not None:
            if not self._all_received(current):
                return None
            current.segment.end()
        # A segment that has ended and is written in full needs no place any more.
        self._queue = [place for place in self._queue if place.segment.pending or not place.segment.ended]
        return next((place for place in self._queue if place.segment.pending), None)

    def _begins_at(self, segment: Segment) -> float:
        """The wall-clock time from which a segment that begins or goes on on a dry device will not run dry soon."""
        taken = to_seconds(segment.received - segment.pending, segment.rate)
        return self._prebuffer.filled_at(segment.arrivals) + taken

    def _all_received(self, place: _Place) -> bool:
        """Whether no more of a segment will come.

        A server makes items one after the other: once another one has audio behind it, this one is complete,
        though the event that ends it may come at the very end of the response.
        """
        return place.segment.ended or any(other.segment.pending for other in self._queue if other is not place)
