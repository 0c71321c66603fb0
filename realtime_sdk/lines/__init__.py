"""Lines that are not sound cards: telephone calls and pages that say over a socket what they have played."""

from ._counted import CountedDialect
from ._dialect import (
    Audio,
    DigitPressed,
    FramesPlayed,
    LineDialect,
    MalformedMessage,
    MarkReached,
    Started,
    Stopped,
)
from ._line import MediaStreamLine
from ._socket import AsgiSocket, MessageSocket
from ._twilio import TwilioDialect

__all__ = [
    "AsgiSocket",
    "Audio",
    "CountedDialect",
    "DigitPressed",
    "FramesPlayed",
    "LineDialect",
    "MalformedMessage",
    "MarkReached",
    "MediaStreamLine",
    "MessageSocket",
    "Started",
    "Stopped",
    "TwilioDialect",
]
