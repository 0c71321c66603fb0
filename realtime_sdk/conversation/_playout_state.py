"""How far a message has come on its way to the ear: the states, and what leads from one to another."""

from __future__ import annotations

from enum import Enum

from ..playback._segment import Progress


class PlayoutState(Enum):
    """How far a message has come on its way to the ear."""

    AWAITED = "awaited"  # nothing of it was heard
    SOUNDING = "sounding"  # some of it was
    SETTLED = "settled"  # its `Playout` is final


# A message settles once, whatever it was that settled it: a missing entry is a mistake of ours.
TRANSITIONS: dict[tuple[PlayoutState, Progress], PlayoutState] = {
    (PlayoutState.AWAITED, Progress.SOUNDED): PlayoutState.SOUNDING,
    (PlayoutState.AWAITED, Progress.COMPLETED): PlayoutState.SETTLED,  # it has no sound, or is not played
    (PlayoutState.AWAITED, Progress.STOPPED): PlayoutState.SETTLED,
    (PlayoutState.SOUNDING, Progress.COMPLETED): PlayoutState.SETTLED,
    (PlayoutState.SOUNDING, Progress.STOPPED): PlayoutState.SETTLED,
}
