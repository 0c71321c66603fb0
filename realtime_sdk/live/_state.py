"""The state of a stream session, and the transitions."""

from __future__ import annotations

from enum import Enum
from typing import Final


class LiveState(Enum):
    """The state of a stream session."""

    OPENING = "opening"  # the server has not confirmed the configuration
    OPEN = "open"
    CLOSING = "closing"  # it was asked to close; the last speech of the model still comes
    CLOSED = "closed"  # the server has closed it, or the connection has ended


class LiveStep(Enum):
    """What can happen to a stream session."""

    OPEN = "open"  # the server has confirmed the configuration
    CLOSE = "close"  # the application closes it
    END = "end"  # the server has closed it, or the connection has ended


TRANSITIONS: Final[dict[tuple[LiveState, LiveStep], LiveState]] = {
    (LiveState.OPENING, LiveStep.OPEN): LiveState.OPEN,
    (LiveState.OPENING, LiveStep.CLOSE): LiveState.CLOSING,
    (LiveState.OPENING, LiveStep.END): LiveState.CLOSED,
    (LiveState.OPEN, LiveStep.CLOSE): LiveState.CLOSING,
    (LiveState.OPEN, LiveStep.END): LiveState.CLOSED,
    (LiveState.CLOSING, LiveStep.END): LiveState.CLOSED,
}
"""A missing entry is a step that changes nothing: a server may confirm twice, and a connection ends after a close."""
