"""Lets the sound of the user's turns through, and nothing between them. Pure; times are wall-clock seconds."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from enum import Enum
from typing import Final

import numpy as np

from .audio import Pcm, to_frames, to_seconds

LATE: Final = 0.5
"""Seconds after the beginning of a turn within which the gate is told of it: what is kept besides the padding."""


class Passage(Enum):
    """What the gate does with sound."""

    SHUT = "shut"  # keep it for the padding
    HELD = "held"  # keep it: nobody knows yet whether the turn is meant
    OPEN = "open"
    CLOSING = "closing"  # the turn is over, and its last sound is on its way here


class Act(Enum):
    """What can happen to the gate."""

    BEGIN = "begin"
    LAST = "last"  # the turn has been going on for long enough to be meant
    GIVE_UP = "give up"  # it was over before
    END = "end"
    COMPLETE = "complete"  # its last sound was here


# A missing entry is an act that changes nothing.
TRANSITIONS: Final[dict[tuple[Passage, Act], Passage]] = {
    (Passage.SHUT, Act.BEGIN): Passage.HELD,
    (Passage.HELD, Act.LAST): Passage.OPEN,
    (Passage.HELD, Act.GIVE_UP): Passage.SHUT,
    (Passage.OPEN, Act.END): Passage.CLOSING,
    (Passage.CLOSING, Act.BEGIN): Passage.OPEN,  # the key has bounced
    (Passage.CLOSING, Act.COMPLETE): Passage.SHUT,
}


class TurnGate:
    """Passes on the sound of a turn, from `padding` seconds before its beginning to its end.

    shortest: seconds below which a turn is not meant, and nothing of it passes.
    """

    def __init__(
        self, rate: int, *, padding: float, shortest: float, begun: Callable[[float], None],
        passed: Callable[[float, Pcm], None], ended: Callable[[float, int], None],
    ) -> None:  # fmt: skip
        self.passage = Passage.SHUT
        self._rate = rate
        self._padding = padding
        self._shortest = shortest
        self._begun = begun  # told that a turn is meant, and when it began
        self._passed = passed  # given its sound, with the time of the first frame
        self._ended = ended  # told that its sound is complete: when it ended, and the frames that were passed on
        self._kept: deque[tuple[float, Pcm]] = deque()  # sound that may still pass, with the time of its first frame
        self._heard_until = 0.0
        self._begin = self._end = 0.0  # of the turn
        self._frames = 0  # passed on in this turn

    def begin(self, at: float) -> None:
        """Open for a turn that begins, or began not long ago."""
        if self.passage is Passage.SHUT:
            self._begin, self._frames = at, 0
        self._step(Act.BEGIN)
        self._flow()

    def end(self, at: float) -> bool:
        """Close behind this moment, which may lie ahead of what was heard; return whether the turn was meant."""
        if self.passage is Passage.HELD:
            self._step(Act.LAST if self._has_lasted(at) else Act.GIVE_UP)
        self._end = at
        self._step(Act.END)
        meant = self.passage is Passage.CLOSING
        self._flow()
        return meant

    def hear(self, at: float, pcm: Pcm) -> None:
        """Take sound whose first frame is of this moment; no frames at all tell that time has gone on."""
        self._heard_until = at + to_seconds(pcm.size, self._rate)
        if pcm.size:
            self._kept.append((at, pcm))
        self._flow()

    def _has_lasted(self, until: float) -> bool:
        return to_frames(until - self._begin, self._rate) >= to_frames(self._shortest, self._rate)

    def _flow(self) -> None:
        """Do with what is kept what is to be done by now."""
        if self.passage is Passage.HELD and self._has_lasted(self._heard_until):
            self._step(Act.LAST)
        if self.passage is Passage.OPEN:
            self._pass_on(self._heard_until)
        elif self.passage is Passage.CLOSING:
            self._pass_on(self._end)
            if to_frames(self._heard_until - self._end, self._rate) >= 0:
                self._step(Act.COMPLETE)
                self._ended(self._end, self._frames)
        else:
            self._take(self._heard_until - self._padding - LATE)

    def _pass_on(self, until: float) -> None:
        """Pass on what is kept up to this moment, in one piece."""
        self._take(self._begin - self._padding)
        pieces = self._take(until)
        if pieces:
            pcm = np.concatenate([piece for _, piece in pieces])
            self._frames += pcm.size
            self._passed(pieces[0][0], pcm)

    def _take(self, until: float) -> list[tuple[float, Pcm]]:
        """Remove what is kept up to this moment."""
        taken = []
        while self._kept and (frames := to_frames(until - self._kept[0][0], self._rate)) > 0:
            at, pcm = self._kept.popleft()
            taken.append((at, pcm[:frames]))
            if pcm.size > frames:
                self._kept.appendleft((at + to_seconds(frames, self._rate), pcm[frames:]))
                break
        return taken

    def _step(self, act: Act) -> None:
        passage = TRANSITIONS.get((self.passage, act), self.passage)
        if act is Act.LAST and passage is Passage.OPEN:
            self._begun(self._begin)
        self.passage = passage
