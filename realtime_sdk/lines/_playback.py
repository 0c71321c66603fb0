"""Plays on the far side of a line, and counts the frames that it has acknowledged: pure, it only makes messages."""

from __future__ import annotations

import enum
import logging
import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from ..audio._pcm import SILENCE, Pcm, Samples, to_bytes, to_frames, to_pcm, to_samples, to_seconds
from ..devices._pace import Pace
from ._dialect import LineDialect, Started
from ._outbox import Outbox, Packet

DRY_SECONDS: Final = 0.25
"""Seconds of audio that the far side has left when an incomplete packet is sent: a message's way there and back."""

QUIET_SECONDS: Final = 0.05
"""Seconds without a write after which the audio so far is complete: a server's pieces come closer together."""

_log = logging.getLogger("realtime_sdk.lines")


class _State(enum.Enum):
    PLAYING = "playing"
    PAUSED = "paused"
    ENDED = "ended"  # for good: nothing is sent or counted any more


@dataclass(frozen=True, slots=True)
class LineTiming:
    """How audio is sent over a line."""

    packet: float  # seconds of audio in a message, and between two marks
    ahead: float  # seconds of audio that are sent and not yet played
    patience: float  # seconds by which a mark may be overdue


class LinePlayback:
    """Sends frames ahead in packets, and counts those that the far side has acknowledged.

    The count is a fact, not an estimate: the frames up to the last mark that came back, or the last number reported.
    Only a mark that is overdue by `patience` seconds is taken as lost, and its frames as heard, so that a talk ends
    even where none comes back; and an acknowledgement that comes before the audio can have been played counts once it
    can, by real time. Acknowledgements of audio that was cleared count for nothing: a gateway returns the
    marks of audio that it drops.

    Frames have the rate of `start.output`. It puts messages into the outbox, and sends nothing itself.

    hold_back: frames at the end that may still be written again, and are sent once nothing else is left.
    outbox: the line's; all that plays on it shares one.
    """

    def __init__(
        self, dialect: LineDialect, start: Started, clock: Callable[[], float], *, outbox: Outbox, timing: LineTiming,
        hold_back: int = 0,
    ) -> None:  # fmt: skip
        self._dialect = dialect
        self._start = start
        self._clock = clock
        self._outbox = outbox
        self._format = start.output
        self._timing = timing
        self._packet_frames = to_frames(timing.packet, self._format.rate)
        self._capacity = to_frames(timing.ahead + timing.patience, self._format.rate)  # so that lost marks make no gap
        self._hold_back = hold_back
        self._can_hold = dialect.pause(start) is not None
        self._state = _State.PLAYING
        self._played = 0  # frames acknowledged
        self._sent = 0  # frames of which packets were made
        self._written_at = -math.inf  # loop time of the last write
        self._unheard = SILENCE  # the frames from the acknowledged one on
        self._pending: deque[Packet] = deque()  # not acknowledged
        self._plays_since = -math.inf  # loop time at which the first pending packet began, at the earliest
        self._cleared_at = 0  # frames acknowledged at the last clear
        self._clear = 0  # its number
        self._has_lost_mark = False  # it is logged once
        self._pace = Pace(self._format.rate, clock)
        self._acknowledged = 0  # the frames that the far side says it has played: no more of them count than can be
        self._is_early = False  # it has said so too early: from then on real time counts; it is logged once
        if dialect.acknowledges == "frames":
            self._drop()

    def room(self) -> int:
        """Frames that `write` would take now."""
        self._advance()
        return max(0, self._capacity - len(self._unheard))  # a resampler rounds up

    def write(self, pcm: Pcm) -> int:
        """Queue frames directly after the last ones; return how many were taken."""
        return self.write_samples(to_samples(pcm[: self.room()]))

    def write_samples(self, samples: Samples, again: int = 0) -> int:
        """Queue samples directly after the last ones; return how many were taken.

        again: how many of them replace the last ones written, as far as those were not sent.
        """
        first = self._written - again
        kept = max(first, self._sent)
        self._unheard = np.concatenate([self._unheard[: kept - self._played], to_pcm(samples[kept - first :])])
        self._written_at = self._clock()
        self._advance()
        return len(samples) - again

    def played(self) -> int:
        """Frames acknowledged."""
        self._advance()
        self._make_rest()
        return self._played

    def flush(self) -> int:
        """Clear the far side, drop the rest and return the frames acknowledged in all."""
        self._drop()
        self._unheard = SILENCE
        return self._played

    def pause(self) -> None:
        """Hold the far side; one that can't is cleared, and sent again what it has not acknowledged."""
        if self._state is not _State.PLAYING:
            return
        self._state = _State.PAUSED
        self._pace.pause()
        self._outbox.put(self._dialect.pause(self._start))
        if not self._can_hold:
            self._drop()

    def resume(self) -> None:
        """Go on with the first frame that is not acknowledged."""
        if self._state is not _State.PAUSED:
            return
        self._state = _State.PLAYING
        self._pace.resume()
        self._plays_since = self._clock()
        self._outbox.put(self._dialect.resume(self._start))
        self._advance()

    def end(self) -> None:
        """The far side is gone: the count stays what it is."""
        self._state = _State.ENDED
        self._acknowledged = self._played
        self._pending.clear()
        self._outbox.drop()

    def mark_reached(self, name: str) -> bool:
        """A mark came back; return whether it was pending, and was not asked for before a clear."""
        packet = next((packet for packet in self._pending if packet.mark == name), None)
        if packet is not None:
            self._report(packet.end)
        return packet is not None

    def frames_played(self, clear: int, frames: int) -> bool:
        """A number was reported; return whether it can be: it counts from the last clear, and no more than was sent."""
        if clear != self._clear:
            return clear in range(self._clear)  # it was on its way while the clear was
        played = self._cleared_at + frames
        self._report(min(played, self._sent))
        return played <= self._sent

    def _report(self, frame: int) -> None:
        """The far side says that all frames before this one were heard."""
        self._acknowledged = max(self._acknowledged, frame)
        early = self._acknowledged - self._possible
        if not self._is_early and early > self._pace.early_limit:
            self._is_early = True
            said = "returned a mark" if self._dialect.acknowledges == "marks" else "counted frames"
            _log.warning(
                "the far side of the line %s %.2f s before the audio can have been played: check it; from here on what "
                "it acknowledges counts as heard in real time", said, to_seconds(early, self._format.rate),
            )  # fmt: skip
        self._follow_reports()

    def _follow_reports(self) -> None:
        """Acknowledge what the far side says it has played, as far as it can have."""
        frame = min(self._acknowledged, self._possible) if self._is_early else self._acknowledged
        self._acknowledge(frame, self._clock())

    def _acknowledge(self, frame: int, at: float) -> None:
        """All frames before this one were heard by loop time `at`."""
        if frame > self._played:
            self._unheard = self._unheard[frame - self._played :]
            self._played = frame
            self._plays_since = at
        while self._pending and self._pending[0].end <= frame:
            self._pending.popleft()

    def _advance(self) -> None:
        """Give up marks that are overdue, and make all packets that are complete."""
        if self._is_early:
            self._follow_reports()
        if self._state is _State.PLAYING and self._dialect.acknowledges == "marks":
            self._give_up_marks()
        complete = self._written - self._hold_back - self._packet_frames
        while self._sends and self._sent <= complete and self._dry_in < self._timing.ahead:
            self._make_packet(self._packet_frames)

    def _give_up_marks(self) -> None:
        while self._pending:
            packet = self._pending[0]
            end = max(packet.sent_at, self._plays_since) + packet.seconds
            if self._clock() < end + self._timing.patience:
                return
            if not self._has_lost_mark:
                patience = self._timing.patience
                _log.warning("the line did not return a mark within %g s: its audio counts as heard", patience)
            self._has_lost_mark = True
            self._acknowledge(packet.end, end)

    def _make_rest(self) -> None:
        """Make the last, incomplete packet once nothing more comes and the far side has hardly anything left."""
        if self._clock() < self._written_at + QUIET_SECONDS:
            return
        while self._sends and self._sent < self._written and self._dry_in < DRY_SECONDS:
            self._make_packet(min(self._packet_frames, self._written - self._sent))

    @property
    def _written(self) -> int:
        return self._played + len(self._unheard)

    @property
    def _possible(self) -> int:
        """The last frame that can have been played by now."""
        return self._sent - self._pace.unheard()

    @property
    def _sends(self) -> bool:
        return self._state is _State.PLAYING or (self._state is _State.PAUSED and self._can_hold)

    @property
    def _dry_in(self) -> float:
        """Seconds after which the far side has nothing left to play, at the earliest: an estimate."""
        left = to_seconds(self._sent - self._played, self._format.rate)
        if not self._pending or self._pending[0].sent_at == math.inf:
            return left
        return left - (self._clock() - max(self._pending[0].sent_at, self._plays_since))

    def _make_packet(self, frames: int) -> None:
        start = self._sent - self._played
        pcm = self._unheard[start : start + frames]
        if self._dialect.whole_packets:  # the silence that fills one is not counted: its mark stands for `frames`
            pcm = np.pad(pcm, (0, self._packet_frames - frames))
        self._sent += frames
        self._pace.write(frames, exactly=self._is_early)
        packet = Packet(self._sent, to_seconds(len(pcm), self._format.rate), str(self._outbox.number()))
        self._pending.append(packet)
        audio = self._format.encode(to_bytes(pcm))
        self._outbox.put(self._dialect.audio(audio, self._start), packet)
        self._outbox.put(self._dialect.mark(packet.mark, self._start), packet)

    def _drop(self) -> None:
        """Take back all that is not acknowledged: from the outbox, and from the far side."""
        if self._is_early:
            self._follow_reports()
        has_left = any(packet.has_left for packet in self._pending)
        self._outbox.drop_audio()
        self._pending.clear()
        self._pace.flush()
        self._sent = self._cleared_at = self._acknowledged = self._played
        self._clear = self._outbox.number()
        if has_left or self._dialect.acknowledges == "frames":
            self._outbox.put(self._dialect.clear(self._clear, self._start))
