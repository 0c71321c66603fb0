"""Devices at the other end of a socket that acknowledges what it has played, such as telephone calls."""

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
from ._plivo import PlivoDialect
from ._socket import AsgiSocket, MessageSocket
from ._telnyx import TelnyxDialect
from ._twilio import TwilioDialect
from ._vonage import VonageDialect

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
    "PlivoDialect",
    "Started",
    "Stopped",
    "TelnyxDialect",
    "TwilioDialect",
    "VonageDialect",
]
