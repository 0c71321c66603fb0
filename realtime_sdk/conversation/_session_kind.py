"""What a session is for."""

from __future__ import annotations

from enum import Enum


class SessionKind(Enum):
    """What a session is for."""

    TALK = "talk"  # the user and a model talk over the connection
    TRANSCRIPTION = "transcription"  # the user's speech is transcribed, and no model answers
    SIDE_BAND = "side-band"  # a running call is joined, whose audio goes another way
