"""How far a message's playout has come: the states, and the transitions between them."""

from __future__ import annotations

from enum import Enum

from ...playback._segment import PlayoutEvent


class PlayoutState(Enum):
    """How far a message's playout has come."""

    PENDING = "pending"  # nothing of it was heard
    PLAYING = "playing"  # some of it was heard
    FINISHED = "finished"  # its `Playout` is final


# A playout finishes once, whatever finished it: a missing entry is a bug of this package.
TRANSITIONS: dict[tuple[PlayoutState, PlayoutEvent], PlayoutState] = {
    (PlayoutState.PENDING, PlayoutEvent.STARTED): PlayoutState.PLAYING,
    (PlayoutState.PENDING, PlayoutEvent.COMPLETED): PlayoutState.FINISHED,  # it has no audio, or is not played
    (PlayoutState.PENDING, PlayoutEvent.CUT): PlayoutState.FINISHED,
    (PlayoutState.PLAYING, PlayoutEvent.COMPLETED): PlayoutState.FINISHED,
    (PlayoutState.PLAYING, PlayoutEvent.CUT): PlayoutState.FINISHED,
}
