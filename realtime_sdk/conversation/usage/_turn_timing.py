"""When each stage of a turn was reached: from the user's last sound to the first sound of the answer."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

__all__ = ["LatencySummary", "Percentiles", "TurnEnd", "TurnTiming"]


class TurnEnd(Enum):
    """What `TurnTiming.ended` is, and who says so."""

    SERVER = "server"  # the end of the speech, as the server's turn detection reports it
    DETECTOR = "detector"  # the last voice that the local detector found
    KEY = "key"  # the key was released
    APPLICATION = "application"  # `Session.commit_audio`
    TEXT = "text"  # `Session.send_text` or `send_image`


@dataclass(frozen=True, slots=True)
class TurnTiming:
    """When each stage of a user's turn was reached: wall-clock seconds; None: it was not, or the server does not say.

    All are facts: times at which events came, or at which frames were captured, or left the converter.
    """

    end: TurnEnd
    ended: float | None  # the user's last sound, by the clock of the capture; of a text: when it was sent
    committed: float | None = None  # the server has made a message of the user's audio
    created: float | None = None  # the server has begun the first response
    first_delta: float | None = None  # the first piece of it came
    preamble: float | None = None  # the first frame of a message with the phase "commentary" left the converter
    answer: float | None = None  # the first frame of any other message left the converter
    tools: float = 0.0  # seconds in which functions of the application ran
    interrupted: bool = False  # a reply to it was cancelled, or not heard to its end

    @property
    def heard(self) -> float | None:
        """When the first frame of a reply was heard, preamble or answer."""
        heard = [at for at in (self.preamble, self.answer) if at is not None]
        return min(heard, default=None)

    @property
    def latency(self) -> float | None:
        """Seconds from the user's last sound to the first frame heard."""
        return _since(self.ended, self.heard)


@dataclass(frozen=True, slots=True)
class Percentiles:
    """How long something took, over a number of turns: the median, and what 95 % of them did not exceed, in seconds.

    Each is the duration of one of the turns (nearest rank); None: there were none.
    """

    count: int
    p50: float | None
    p95: float | None

    @classmethod
    def of(cls, durations: Iterable[float | None]) -> Percentiles:
        """Sum up the durations that are known."""
        known = sorted(duration for duration in durations if duration is not None)
        return cls(len(known), _nearest_rank(known, 0.50), _nearest_rank(known, 0.95))


@dataclass(frozen=True, slots=True)
class LatencySummary:
    """How long after the user's last sound each stage was reached, over a number of turns."""

    committed: Percentiles
    created: Percentiles
    first_delta: Percentiles
    preamble: Percentiles
    answer: Percentiles
    heard: Percentiles

    @classmethod
    def of(cls, turns: Iterable[TurnTiming]) -> LatencySummary:
        """Sum up turns, such as `session.turns()`; each stage over the turns that reached it."""
        turns = list(turns)
        return cls(**{
            stage: Percentiles.of(_since(turn.ended, getattr(turn, stage)) for turn in turns)
            for stage in cls.__dataclass_fields__
        })  # fmt: skip


def _since(start: float | None, at: float | None) -> float | None:
    return None if start is None or at is None else at - start


def _nearest_rank(ordered: list[float], share: float) -> float | None:
    return ordered[math.ceil(share * len(ordered)) - 1] if ordered else None
