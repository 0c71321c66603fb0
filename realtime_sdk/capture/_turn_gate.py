"""Passes on the audio of the user's turns, and none between them. Pure; times are wall-clock seconds."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from enum import Enum
from typing import Final, TypeAlias

import numpy as np

from ..audio._pcm import Pcm, to_frames, to_seconds
from ._events import TurnBegan, TurnEnded

MINIMUM_TURN_SECONDS: Final = 0.1
"""Seconds below which a key press is a slip, and below which a server refuses to commit its input buffer."""

LATE_BEGIN_SECONDS: Final = 0.5
"""Seconds that the report of a turn's beginning may come late: audio kept in addition to the padding."""


class GateState(Enum):
    """The treatment of audio."""

    CLOSED = "closed"  # keep it for the padding
    PENDING = "pending"  # keep it: the turn may still be too short
    OPEN = "open"
    CLOSING = "closing"  # the turn is over, and its last audio has not arrived yet


class GateEvent(Enum):
    """Events of the gate."""

    BEGIN = "begin"
    CONFIRM = "confirm"  # the turn has reached its shortest length
    GIVE_UP = "give up"  # the turn ended before that
    END = "end"
    COMPLETE = "complete"  # its last audio has arrived


# A missing entry is an event that changes nothing.
TRANSITIONS: Final[dict[tuple[GateState, GateEvent], GateState]] = {
    (GateState.CLOSED, GateEvent.BEGIN): GateState.PENDING,
    (GateState.PENDING, GateEvent.CONFIRM): GateState.OPEN,
    (GateState.PENDING, GateEvent.GIVE_UP): GateState.CLOSED,
    (GateState.OPEN, GateEvent.END): GateState.CLOSING,
    (GateState.CLOSING, GateEvent.BEGIN): GateState.OPEN,  # the key has bounced
    (GateState.CLOSING, GateEvent.COMPLETE): GateState.CLOSED,
}


@dataclass(frozen=True, slots=True, eq=False)
class Passed:
    """Audio of a turn, the first frame of it at `at`."""

    at: float
    pcm: Pcm


GateOutput: TypeAlias = TurnBegan | Passed | TurnEnded


class TurnGate:
    """Passes on the audio of a turn, from `padding` seconds before its beginning to its end.

    Each method returns its outputs in order: a turn's beginning, then its audio, then its end.

    rate: sample rate in Hz. shortest: seconds below which a turn does not count, and none of its audio passes.
    """

    def __init__(self, rate: int, *, padding: float, shortest: float) -> None:
        self.state = GateState.CLOSED
        self._rate = rate
        self._padding = padding
        self._shortest = shortest
        self._kept: deque[tuple[float, Pcm]] = deque()  # audio that may still pass, with the time of its first frame
        self._received_until = 0.0  # end of the audio taken so far
        self._began_at = self._ended_at = 0.0  # of the turn
        self._frames = 0  # passed on in this turn

    def begin(self, at: float) -> list[GateOutput]:
        """Open for a turn that begins, or began less than half a second ago."""
        if self.state is GateState.CLOSED:
            self._began_at, self._frames = at, 0
        self._step(GateEvent.BEGIN)
        return self._advance()

    def end(self, at: float) -> tuple[bool, list[GateOutput]]:
        """Close after this moment, which may be ahead of the audio; also return whether the turn was long enough."""
        outputs: list[GateOutput] = []
        if self.state is GateState.PENDING:
            if self._has_lasted(at):
                outputs.append(self._open())
            else:
                self._step(GateEvent.GIVE_UP)
        self._ended_at = at
        self._step(GateEvent.END)
        long_enough = self.state is GateState.CLOSING
        return long_enough, outputs + self._advance()

    def push(self, at: float, pcm: Pcm) -> list[GateOutput]:
        """Take audio from this moment on; an empty array only reports that there is no more until then."""
        self._received_until = at + to_seconds(pcm.size, self._rate)
        if pcm.size:
            self._kept.append((at, pcm))
        return self._advance()

    def _has_lasted(self, until: float) -> bool:
        return to_frames(until - self._began_at, self._rate) >= to_frames(self._shortest, self._rate)

    def _open(self) -> TurnBegan:
        self._step(GateEvent.CONFIRM)
        return TurnBegan(self._began_at)

    def _advance(self) -> list[GateOutput]:
        """Pass on, or drop, the kept audio that can be decided by now."""
        outputs: list[GateOutput] = []
        if self.state is GateState.PENDING and self._has_lasted(self._received_until):
            outputs.append(self._open())
        if self.state is GateState.OPEN:
            outputs += self._pass_on(self._received_until)
        elif self.state is GateState.CLOSING:
            outputs += self._pass_on(self._ended_at)
            if to_frames(self._received_until - self._ended_at, self._rate) >= 0:
                self._step(GateEvent.COMPLETE)
                is_enough = self._frames >= to_frames(MINIMUM_TURN_SECONDS, self._rate)
                outputs.append(TurnEnded(self._ended_at, commit=is_enough, clear=self._frames > 0 and not is_enough))
        else:
            self._take(self._received_until - self._padding - LATE_BEGIN_SECONDS)
        return outputs

    def _pass_on(self, until: float) -> list[Passed]:
        """Pass on the kept audio up to this moment, in one piece."""
        self._take(self._began_at - self._padding)
        pieces = self._take(until)
        if not pieces:
            return []
        pcm = np.concatenate([piece for _, piece in pieces])
        self._frames += pcm.size
        return [Passed(pieces[0][0], pcm)]

    def _take(self, until: float) -> list[tuple[float, Pcm]]:
        """Remove the kept audio up to this moment."""
        taken = []
        while self._kept and (frames := to_frames(until - self._kept[0][0], self._rate)) > 0:
            at, pcm = self._kept.popleft()
            taken.append((at, pcm[:frames]))
            if pcm.size > frames:
                self._kept.appendleft((at + to_seconds(frames, self._rate), pcm[frames:]))
                break
        return taken

    def _step(self, event: GateEvent) -> None:
        self.state = TRANSITIONS.get((self.state, event), self.state)
