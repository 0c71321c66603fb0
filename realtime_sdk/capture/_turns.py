"""Where the user's turns come from: the server, a detector on this side, or a key."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final

from ._voice_activity import VoiceActivity

PADDING: Final = 0.3
"""Seconds before the first sound that was noticed which belong to a turn, too: the breath of an h, a soft beginning."""


class Teller(Enum):
    """Who says when the user's turn begins and ends."""

    SERVER = "the server's turn detection"
    VOICE = "a detector on this side"
    KEY = "the user, who presses a key"


@dataclass(frozen=True, slots=True)
class Turns:
    """Who says when the user's turn begins and ends."""

    told_by: Teller
    detector: VoiceActivity | None = None  # that hears the user on this side; a session needs one of its own
    silence: float = 0.5  # seconds that end a turn, where the detector says so
    padding: float = PADDING

    @classmethod
    def by_server(cls, *, early: VoiceActivity | None = None) -> Turns:
        """Leave it to the server's turn detection. The default.

        early: hears the user on this side, and the reply goes on quietly until the server has told.
        """
        return cls(Teller.SERVER, early)

    @classmethod
    def by_voice(cls, detector: VoiceActivity, *, silence: float = 0.5, padding: float = PADDING) -> Turns:
        """Find them on this side, for servers that can't: nothing is sent between turns.

        detector: such as `SileroVoiceActivity()`. silence: seconds that end a turn. padding: seconds of sound before
        the first word that are sent with it.
        """
        return cls(Teller.VOICE, detector, silence, padding)

    @classmethod
    def push_to_talk(cls, *, padding: float = PADDING) -> Turns:
        """Have `Session.press` begin them and `Session.release` end them: nothing is sent between.

        padding: seconds of sound before the key was pressed that are sent with the turn: people speak too early.
        """
        return cls(Teller.KEY, padding=padding)
