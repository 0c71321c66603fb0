"""Keeps the server from cutting a response that the user's speech does not cut."""

from __future__ import annotations

from enum import Enum
from typing import Final

from ..protocol._wire_session import TurnDetection, WireSession


class ProtectionState(Enum):
    """Whether the server takes turns by itself."""

    OFF = "off"  # it takes them as the application has it
    ON = "on"  # it was asked not to interrupt, nor to answer: it would try while the response is made, and fail
    RESTORING = "restoring"  # it was asked to take them again, and has not confirmed that


class ProtectionEvent(Enum):
    """What can happen to the protection."""

    WANT = "want"  # a response that is not to be cut is asked for
    RELEASE = "release"  # all of them are made
    CONFIRM = "confirm"  # the server takes turns by itself again
    FORGET = "forget"  # the application has them taken otherwise now


# A missing entry is an event that changes nothing.
TRANSITIONS: Final[dict[tuple[ProtectionState, ProtectionEvent], ProtectionState]] = {
    (ProtectionState.OFF, ProtectionEvent.WANT): ProtectionState.ON,
    (ProtectionState.ON, ProtectionEvent.RELEASE): ProtectionState.RESTORING,
    (ProtectionState.ON, ProtectionEvent.FORGET): ProtectionState.OFF,
    (ProtectionState.RESTORING, ProtectionEvent.WANT): ProtectionState.ON,
    (ProtectionState.RESTORING, ProtectionEvent.CONFIRM): ProtectionState.OFF,
    (ProtectionState.RESTORING, ProtectionEvent.FORGET): ProtectionState.OFF,
}


class Protection:
    """Switches the server's turn detection for as long as it makes such a response, and back."""

    def __init__(self) -> None:
        self.state = ProtectionState.OFF
        self.asked: TurnDetection | None = None  # how the application has turns taken; None while it is off

    def want(self, session: WireSession) -> TurnDetection | None:
        """Such a response is asked for: return the turn detection to be set, if the server has to be told."""
        if self.state is ProtectionState.ON:
            return None
        asked = self.asked or session.turn_detection
        if asked is None or asked.interrupt_response is False:
            return None
        self.asked = asked
        self._step(ProtectionEvent.WANT)
        return asked.model_copy(update={"interrupt_response": False, "create_response": False})

    def release(self) -> TurnDetection | None:
        """All of them are made: return the turn detection to be set, if the server has to be told."""
        if self.state is not ProtectionState.ON:
            return None
        self._step(ProtectionEvent.RELEASE)
        return self.asked

    def confirm(self, session: WireSession) -> None:
        """The server describes the session."""
        detection = session.turn_detection
        if detection is None or detection.interrupt_response is not False:
            self._step(ProtectionEvent.CONFIRM)

    def forget(self) -> None:
        """The application has turns taken otherwise now."""
        self._step(ProtectionEvent.FORGET)

    def leaves_unanswered(self, session: WireSession) -> bool:
        """Whether the server does not answer a turn that it has just taken, because it was asked not to."""
        detection = session.turn_detection
        if self.asked is None or self.asked.create_response is False or detection is None:
            return False
        return detection.create_response is False

    def _step(self, happened: ProtectionEvent) -> None:
        self.state = TRANSITIONS.get((self.state, happened), self.state)
        if self.state is ProtectionState.OFF:
            self.asked = None
