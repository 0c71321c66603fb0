"""Who has the floor: the states, and what leads from one to another."""

from __future__ import annotations

from enum import Enum
from typing import Final


class FloorState(Enum):
    """Who has the floor."""

    FREE = "free"  # the user is silent
    SUSPECTED = "suspected"  # the user is heard on this side, and the server has not said so yet
    CLAIMED = "claimed"  # the user speaks while a reply is heard, and nothing is decided
    TAKEN = "taken"  # the user speaks, and is to be answered
    ENDED = "ended"  # the user has spoken, and is to be answered once it is a message
    CLEARED = "cleared"  # the user may go on speaking, and what was said so far was dropped
    WAIVED = "waived"  # the user has said something, but the reply goes on


class FloorEvent(Enum):
    """What can happen to the floor."""

    SUSPECT = "suspect"  # a voice seems to be heard while a reply is
    CLAIM = "claim"  # speech, while a reply is heard
    TAKE = "take"  # speech in the silence, or for long enough
    FALL_SILENT = "fall silent"
    COMMIT = "commit"  # what was said became a message of the user's
    CLEAR = "clear"  # what was said was dropped
    EXPIRE = "expire"  # the state lasted for as long as it may


TRANSITIONS: Final[dict[tuple[FloorState, FloorEvent], FloorState]] = {
    (FloorState.FREE, FloorEvent.SUSPECT): FloorState.SUSPECTED,
    (FloorState.FREE, FloorEvent.CLAIM): FloorState.CLAIMED,
    (FloorState.FREE, FloorEvent.TAKE): FloorState.TAKEN,
    (FloorState.SUSPECTED, FloorEvent.CLAIM): FloorState.CLAIMED,
    (FloorState.SUSPECTED, FloorEvent.TAKE): FloorState.TAKEN,
    (FloorState.SUSPECTED, FloorEvent.CLEAR): FloorState.FREE,
    (FloorState.SUSPECTED, FloorEvent.EXPIRE): FloorState.FREE,  # the server hears nobody
    (FloorState.CLAIMED, FloorEvent.TAKE): FloorState.TAKEN,
    (FloorState.CLAIMED, FloorEvent.FALL_SILENT): FloorState.WAIVED,
    (FloorState.CLAIMED, FloorEvent.COMMIT): FloorState.FREE,
    (FloorState.CLAIMED, FloorEvent.CLEAR): FloorState.FREE,
    (FloorState.CLAIMED, FloorEvent.EXPIRE): FloorState.TAKEN,  # the user went on speaking
    (FloorState.TAKEN, FloorEvent.TAKE): FloorState.TAKEN,
    (FloorState.TAKEN, FloorEvent.FALL_SILENT): FloorState.ENDED,
    (FloorState.TAKEN, FloorEvent.COMMIT): FloorState.FREE,
    (FloorState.TAKEN, FloorEvent.CLEAR): FloorState.CLEARED,
    (FloorState.TAKEN, FloorEvent.EXPIRE): FloorState.FREE,
    (FloorState.ENDED, FloorEvent.CLAIM): FloorState.CLAIMED,
    (FloorState.ENDED, FloorEvent.TAKE): FloorState.TAKEN,
    (FloorState.ENDED, FloorEvent.COMMIT): FloorState.FREE,
    (FloorState.ENDED, FloorEvent.CLEAR): FloorState.FREE,
    (FloorState.ENDED, FloorEvent.EXPIRE): FloorState.FREE,
    (FloorState.CLEARED, FloorEvent.SUSPECT): FloorState.SUSPECTED,
    (FloorState.CLEARED, FloorEvent.CLAIM): FloorState.CLAIMED,
    (FloorState.CLEARED, FloorEvent.TAKE): FloorState.TAKEN,
    (FloorState.CLEARED, FloorEvent.COMMIT): FloorState.FREE,
    (FloorState.CLEARED, FloorEvent.EXPIRE): FloorState.FREE,
    (FloorState.WAIVED, FloorEvent.SUSPECT): FloorState.SUSPECTED,
    (FloorState.WAIVED, FloorEvent.CLAIM): FloorState.CLAIMED,
    (FloorState.WAIVED, FloorEvent.TAKE): FloorState.TAKEN,
    (FloorState.WAIVED, FloorEvent.COMMIT): FloorState.FREE,
    (FloorState.WAIVED, FloorEvent.CLEAR): FloorState.FREE,
    (FloorState.WAIVED, FloorEvent.EXPIRE): FloorState.FREE,
}
"""A missing entry is an event that changes nothing."""

HELD: Final = frozenset({FloorState.CLAIMED, FloorState.TAKEN, FloorState.ENDED})
"""The states in which a response that begins makes no sound."""
