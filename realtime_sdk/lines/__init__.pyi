"""The public names of the room and the modules that define them: read by type checkers, and at run time by name."""

from ._counted import CountedDialect as CountedDialect
from ._dialect import (
    Audio as Audio,
    DigitPressed as DigitPressed,
    FramesPlayed as FramesPlayed,
    LineDialect as LineDialect,
    MalformedMessage as MalformedMessage,
    MarkReached as MarkReached,
    Started as Started,
    Stopped as Stopped,
)
from ._line import MediaStreamLine as MediaStreamLine
from ._plivo import PlivoDialect as PlivoDialect
from ._socket import AsgiSocket as AsgiSocket, MessageSocket as MessageSocket
from ._telnyx import TelnyxDialect as TelnyxDialect
from ._twilio import TwilioDialect as TwilioDialect
from ._vonage import VonageDialect as VonageDialect
