"""The audio of one content part, which is played, heard or cut."""

from __future__ import annotations

from enum import Enum
from typing import Final

from ..audio._pcm import FRAME_BYTES, SILENCE, Pcm, from_bytes, to_seconds
from ._heard_runs import Run, add_run
from ._prebuffer import Arrivals


class SegmentState(Enum):
    """How far a segment has come on its way to the ear."""

    QUEUED = "queued"  # nothing of it has left the converter
    PLAYING = "playing"  # some of it was heard, and more may be
    HEARD = "heard"  # the server has ended it, and all of it was heard
    CUT = "cut"  # the rest will never be heard


_FINISHED: Final = (SegmentState.HEARD, SegmentState.CUT)
"""A tuple made once: each delta asks for it, and a member of an enumeration takes a while to find."""


class PlayoutEvent(Enum):
    """What can happen to a segment, and to its message."""

    STARTED = "started"  # frames of it left the converter
    COMPLETED = "completed"  # ended by the server, and all of it heard (a message also waits for its text)
    CUT = "cut"  # the device was flushed, or the session left


# A missing entry is a step that changes nothing: a segment that is heard or cut no longer changes.
TRANSITIONS: dict[tuple[SegmentState, PlayoutEvent], SegmentState] = {
    (SegmentState.QUEUED, PlayoutEvent.STARTED): SegmentState.PLAYING,
    (SegmentState.QUEUED, PlayoutEvent.COMPLETED): SegmentState.HEARD,  # it had no frames
    (SegmentState.QUEUED, PlayoutEvent.CUT): SegmentState.CUT,
    (SegmentState.PLAYING, PlayoutEvent.COMPLETED): SegmentState.HEARD,
    (SegmentState.PLAYING, PlayoutEvent.CUT): SegmentState.CUT,
}


class Segment:
    """The audio of one content part, counted in frames.

    It is identified by its item and content index, never by a place in a count: to wait for it is to wait for this
    object's own end.

    begun: where it puts itself once it is no longer queued, for a caller that has too many to ask each.
    """

    def __init__(
        self, item_id: str, content_index: int, rate: int, begun: list[Segment] | None = None, *, on_device: bool = True
    ) -> None:
        self.item_id = item_id
        self.content_index = content_index
        self.rate = rate
        self.state: SegmentState = SegmentState.QUEUED
        self.received: int = 0  # frames the server sent
        self.heard: int = 0  # frames that left the converter (or that the application took)
        self.ended: bool = False  # the server has said that no more comes
        self.arrivals: Arrivals = Arrivals()
        self.received_at: float | None = None  # wall clock at which the first of it came; None: none has come
        self.started_at: float | None = None  # wall clock of the first frame heard; None: none was
        self.runs: list[Run] = []  # in which it was heard: there was a pause or an underrun between two of them
        self.heard_until: float | None = None  # wall clock at which the last frame heard so far had left
        self.underruns = 0  # how often it ran dry and went on
        self.pending: int = 0  # frames received, and not yet taken for the device
        self._pending: list[Pcm] = []  # those frames; no deque, which is larger when empty
        self._half_frame = b""  # a server may split a delta in the middle of a sample
        self._begun = begun
        self._on_device = on_device  # a device plays it, whose prebuffer goes by the arrivals

    def __repr__(self) -> str:
        progress = f"{to_seconds(self.heard, self.rate):.2f} of {to_seconds(self.received, self.rate):.2f} s"
        return f"<Segment {self.item_id}/{self.content_index} {self.state.name} {progress}>"

    @property
    def finished(self) -> bool:
        """Whether it was heard in full, or cut."""
        return self.state in _FINISHED

    @property
    def latency(self) -> float | None:
        """Seconds from the first of it that came to the first frame heard; None: none was."""
        if self.started_at is None or self.received_at is None:
            return None
        return self.started_at - self.received_at

    def receive(self, data: bytes, at: float) -> Pcm:
        """Add the PCM of the wire that came at wall-clock time `at`; return its whole frames (once ended: none)."""
        if self.ended or self.state in _FINISHED:
            return SILENCE
        if self._half_frame or len(data) % FRAME_BYTES:
            data = self._half_frame + data
            self._half_frame = data[len(data) // FRAME_BYTES * FRAME_BYTES :]
        pcm = from_bytes(data)
        if frames := pcm.size:
            if self.received_at is None:
                self.received_at = at
            if self._on_device:
                self.arrivals.record(at, to_seconds(self.received, self.rate), to_seconds(frames, self.rate))
            self._pending.append(pcm)
            self.pending += frames
            self.received += frames
        return pcm

    def take(self, frames: int) -> list[Pcm]:
        """Return up to `frames` of what is pending, in order."""
        if self._pending and self._pending[0].size == frames:  # an application mostly takes what has come
            self.pending -= frames
            return [self._pending.pop(0)]
        taken: list[Pcm] = []
        while frames > 0 and self._pending:
            pcm = self._pending.pop(0)
            if pcm.size > frames:
                self._pending.insert(0, pcm[frames:])
                pcm = pcm[:frames]
            taken.append(pcm)
            frames -= pcm.size
            self.pending -= pcm.size
        return taken

    def put_back(self, pcm: Pcm) -> None:
        """Return these frames, the last taken, to the front of what is pending."""
        self._pending.insert(0, pcm)
        self.pending += pcm.size

    def end(self) -> None:
        """The server sends no more of it; harmless if repeated."""
        self.ended = True
        self._complete()

    def mark_heard(self, frames: int, started: float, until: float) -> None:
        """`frames` more left the converter, between these two wall-clock times."""
        if frames <= 0 or self.state in _FINISHED:
            return
        if self.started_at is None:
            self.started_at = started
            self._step(PlayoutEvent.STARTED)
        add_run(self.runs, to_seconds(self.heard, self.rate), started)
        self.heard += frames
        self.heard_until = until
        self._complete()

    def cut(self) -> None:
        """No more of it will be heard; what is pending is dropped. A segment heard in full is not cut."""
        self._step(PlayoutEvent.CUT)
        self._pending.clear()
        self.pending = 0

    def _complete(self) -> None:
        if self.ended and self.heard == self.received:
            self._step(PlayoutEvent.COMPLETED)

    def _step(self, event: PlayoutEvent) -> None:
        was_queued = self.state is SegmentState.QUEUED
        self.state = TRANSITIONS.get((self.state, event), self.state)
        if was_queued and self._begun is not None:
            self._begun.append(self)
