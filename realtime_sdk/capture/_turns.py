"""The source of the user's turns: the server, a local detector, or a key."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from ._voice_activity import VoiceActivity

PADDING: Final = 0.3
"""Seconds before the detected beginning that belong to a turn, too: the breath of an h, a soft onset."""


class TurnSource(Enum):
    """The source of a turn's beginning and end."""

    SERVER = "the server's turn detection"
    DETECTOR = "a detector on this side"
    KEY = "the user, who presses a key"


@dataclass(frozen=True, slots=True)
class Turns:
    """The source of the user's turns, and its settings; made by one of the three class methods.

    source: decides. detector: detects the user's speech locally; None: there is none. Each session needs its
    own. silence: seconds that end a turn, where the detector decides. padding: seconds of audio before a turn's
    beginning that are sent with it, where the server does not decide.
    """

    source: TurnSource
    detector: VoiceActivity | None = None
    silence: float = 0.5
    padding: float = PADDING

    @classmethod
    def by_server(cls, *, early: VoiceActivity | None = None) -> Turns:
        """Leave it to the server's turn detection. The default.

        early: detects the user's speech locally; the reply goes on quietly until the server has decided.
        """
        return cls(TurnSource.SERVER, early)

    @classmethod
    def by_voice(cls, detector: VoiceActivity, *, silence: float = 0.5, padding: float = PADDING) -> Turns:
        """Detect turns locally, for servers that can't: nothing is sent between turns.

        detector: such as `SileroVoiceActivity()`. silence: seconds that end a turn. padding: seconds of audio before
        the first word that are sent with it.
        """
        return cls(TurnSource.DETECTOR, detector, silence, padding)

    @classmethod
    def push_to_talk(cls, *, padding: float = PADDING) -> Turns:
        """Have `Session.press` begin turns and `Session.release` end them: nothing is sent between.

        padding: seconds of audio before the key was pressed that are sent with the turn: people speak too early.
        """
        return cls(TurnSource.KEY, padding=padding)
