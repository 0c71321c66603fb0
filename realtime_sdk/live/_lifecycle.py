"""The life of a stream session: its state, and what is awaited of it."""

from __future__ import annotations

from enum import Enum
from typing import Final

from ..conversation._completion import Completion, EventFactory
from ..errors import ConnectionLost


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


class LiveLifecycle:
    """Begins in `LiveState.OPENING`."""

    def __init__(self, event_factory: EventFactory) -> None:
        self.state = LiveState.OPENING
        self.opened: Completion[None] = Completion(event_factory)  # fails with the refusal of the configuration
        self.closed: Completion[None] = Completion(event_factory)  # the server confirms it; fails if it ends otherwise
        self.ended: Completion[None] = Completion(event_factory)  # set when it has ended, as asked or not
        self.end_reason: ConnectionLost | None = None  # why it has ended; None: it has not
        self.failure: ConnectionLost | None = None  # the same, if the application did not ask for the end

    @property
    def is_open(self) -> bool:
        """Whether the session takes what the application sends."""
        return self.state is LiveState.OPEN

    def open(self) -> None:
        """The server has confirmed the configuration."""
        self._step(LiveStep.OPEN)
        self.opened.set_result(None)

    def close(self) -> None:
        """The application has the server close it."""
        self._step(LiveStep.CLOSE)

    def end(self, reason: ConnectionLost) -> bool:
        """It has ended; return whether as the application asked, and confirmed by the server."""
        as_asked = self.state is LiveState.CLOSING
        was_confirmed = as_asked and self.closed.done and self.closed.exception is None
        self.end_reason = reason
        self.failure = None if as_asked else reason
        self._step(LiveStep.END)
        for waiting in (self.opened, self.closed):
            waiting.set_exception(reason)
        self.ended.set_result(None)
        return was_confirmed

    def _step(self, step: LiveStep) -> None:
        self.state = TRANSITIONS.get((self.state, step), self.state)
