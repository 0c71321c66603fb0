"""Keeps the server's turn detection from interrupting an uninterruptible response."""

from __future__ import annotations

from enum import Enum
from typing import Final

from ...protocol._wire_session import TurnDetection, WireSession


class ProtectionState(Enum):
    """Whether the server's turn detection interrupts and answers by itself."""

    OFF = "off"  # it does what the application configured
    ON = "on"  # neither interrupts nor answers, which would collide with the response
    RESTORING = "restoring"  # the application's configuration was sent again, and is not confirmed


class ProtectionEvent(Enum):
    """What can happen to the protection."""

    REQUEST = "request"  # an uninterruptible response is requested
    RELEASE = "release"  # all of them are made
    CONFIRM = "confirm"  # the server interrupts by itself again
    SUPERSEDE = "supersede"  # the application changed the configuration


# A missing entry is an event that changes nothing.
TRANSITIONS: Final[dict[tuple[ProtectionState, ProtectionEvent], ProtectionState]] = {
    (ProtectionState.OFF, ProtectionEvent.REQUEST): ProtectionState.ON,
    (ProtectionState.ON, ProtectionEvent.RELEASE): ProtectionState.RESTORING,
    (ProtectionState.ON, ProtectionEvent.SUPERSEDE): ProtectionState.OFF,
    (ProtectionState.RESTORING, ProtectionEvent.REQUEST): ProtectionState.ON,
    (ProtectionState.RESTORING, ProtectionEvent.CONFIRM): ProtectionState.OFF,
    (ProtectionState.RESTORING, ProtectionEvent.SUPERSEDE): ProtectionState.OFF,
}


class Protection:
    """Changes the server's turn detection for as long as it makes such a response, and restores it."""

    def __init__(self) -> None:
        self.state = ProtectionState.OFF
        self.configured: TurnDetection | None = None  # by the application; None while it is off

    def request(self, session: WireSession) -> TurnDetection | None:
        """Such a response is requested: return the turn detection to send, if it has to change."""
        if self.state is ProtectionState.ON:
            return None
        configured = self.configured or session.turn_detection
        if configured is None or configured.interrupt_response is False:
            return None
        self.configured = configured
        self._step(ProtectionEvent.REQUEST)
        return configured.model_copy(update={"interrupt_response": False, "create_response": False})

    def release(self) -> TurnDetection | None:
        """All of them are made: return the turn detection to send, if it has to change."""
        if self.state is not ProtectionState.ON:
            return None
        self._step(ProtectionEvent.RELEASE)
        return self.configured

    def confirm(self, session: WireSession) -> None:
        """The server describes the session."""
        detection = session.turn_detection
        if detection is None or detection.interrupt_response is not False:
            self._step(ProtectionEvent.CONFIRM)

    def supersede(self) -> None:
        """The application changed the configuration."""
        self._step(ProtectionEvent.SUPERSEDE)

    def leaves_unanswered(self, session: WireSession) -> bool:
        """Whether the server does not answer a turn that has just ended, because of the protection."""
        detection = session.turn_detection
        if self.configured is None or self.configured.create_response is False or detection is None:
            return False
        return detection.create_response is False

    def _step(self, event: ProtectionEvent) -> None:
        self.state = TRANSITIONS.get((self.state, event), self.state)
        if self.state is ProtectionState.OFF:
            self.configured = None
