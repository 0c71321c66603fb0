"""Who has the floor: the states, and the transitions between them."""

from __future__ import annotations

from enum import Enum
from typing import Final


class FloorState(Enum):
    """Who has the floor."""

    FREE = "free"  # the user is silent
    TENTATIVE = "tentative"  # this side has detected speech during a reply, and the server has not reported it
    OVERLAPPING = "overlapping"  # the user speaks during a reply, and the policy has not decided
    TAKEN = "taken"  # the user speaks, and is to be answered
    ENDED = "ended"  # the user has spoken, and is to be answered once the speech is a message
    CLEARED = "cleared"  # the user may go on speaking; the speech so far was dropped
    BACKCHANNEL = "backchannel"  # the user has said something short, and the reply goes on


class FloorEvent(Enum):
    """What can happen to the floor."""

    DETECT = "detect"  # this side detects speech during a reply
    OVERLAP = "overlap"  # speech during a reply
    TAKE = "take"  # speech in silence, or long enough
    STOP_SPEAKING = "stop speaking"
    COMMIT = "commit"  # the speech became a message of the user's
    CLEAR = "clear"  # the speech was dropped
    EXPIRE = "expire"  # the state's time limit


TRANSITIONS: Final[dict[tuple[FloorState, FloorEvent], FloorState]] = {
    (FloorState.FREE, FloorEvent.DETECT): FloorState.TENTATIVE,
    (FloorState.FREE, FloorEvent.OVERLAP): FloorState.OVERLAPPING,
    (FloorState.FREE, FloorEvent.TAKE): FloorState.TAKEN,
    (FloorState.TENTATIVE, FloorEvent.OVERLAP): FloorState.OVERLAPPING,
    (FloorState.TENTATIVE, FloorEvent.TAKE): FloorState.TAKEN,
    (FloorState.TENTATIVE, FloorEvent.CLEAR): FloorState.FREE,
    (FloorState.TENTATIVE, FloorEvent.EXPIRE): FloorState.FREE,  # the server reports no speech
    (FloorState.OVERLAPPING, FloorEvent.TAKE): FloorState.TAKEN,
    (FloorState.OVERLAPPING, FloorEvent.STOP_SPEAKING): FloorState.BACKCHANNEL,
    (FloorState.OVERLAPPING, FloorEvent.COMMIT): FloorState.FREE,
    (FloorState.OVERLAPPING, FloorEvent.CLEAR): FloorState.FREE,
    (FloorState.OVERLAPPING, FloorEvent.EXPIRE): FloorState.TAKEN,  # the user went on speaking
    (FloorState.TAKEN, FloorEvent.TAKE): FloorState.TAKEN,
    (FloorState.TAKEN, FloorEvent.STOP_SPEAKING): FloorState.ENDED,
    (FloorState.TAKEN, FloorEvent.COMMIT): FloorState.FREE,
    (FloorState.TAKEN, FloorEvent.CLEAR): FloorState.CLEARED,
    (FloorState.TAKEN, FloorEvent.EXPIRE): FloorState.FREE,
    (FloorState.ENDED, FloorEvent.OVERLAP): FloorState.OVERLAPPING,
    (FloorState.ENDED, FloorEvent.TAKE): FloorState.TAKEN,
    (FloorState.ENDED, FloorEvent.COMMIT): FloorState.FREE,
    (FloorState.ENDED, FloorEvent.CLEAR): FloorState.FREE,
    (FloorState.ENDED, FloorEvent.EXPIRE): FloorState.FREE,
    (FloorState.CLEARED, FloorEvent.DETECT): FloorState.TENTATIVE,
    (FloorState.CLEARED, FloorEvent.OVERLAP): FloorState.OVERLAPPING,
    (FloorState.CLEARED, FloorEvent.TAKE): FloorState.TAKEN,
    (FloorState.CLEARED, FloorEvent.COMMIT): FloorState.FREE,
    (FloorState.CLEARED, FloorEvent.EXPIRE): FloorState.FREE,
    (FloorState.BACKCHANNEL, FloorEvent.DETECT): FloorState.TENTATIVE,
    (FloorState.BACKCHANNEL, FloorEvent.OVERLAP): FloorState.OVERLAPPING,
    (FloorState.BACKCHANNEL, FloorEvent.TAKE): FloorState.TAKEN,
    (FloorState.BACKCHANNEL, FloorEvent.COMMIT): FloorState.FREE,
    (FloorState.BACKCHANNEL, FloorEvent.CLEAR): FloorState.FREE,
    (FloorState.BACKCHANNEL, FloorEvent.EXPIRE): FloorState.FREE,
}
"""A missing entry is an event that changes nothing."""

WITHHOLDING: Final = frozenset({FloorState.OVERLAPPING, FloorState.TAKEN, FloorState.ENDED})
"""The states in which responses that begin are withheld."""
