"""The other end of the wire: a server that keeps the service's rules, with a backend of the application behind it.

`serve` runs it over WebSockets. A `Backend` yields the outputs of each response (`Message`, `Part`, `Text`, `Audio`,
`Call`); a `SpeechInput` detects the user's turns and transcribes them. The rules are strict: what the service refuses,
this server refuses in its words.
"""

from ._backend import (
    Audio,
    Backend,
    Call,
    Message,
    Output,
    Part,
    Request,
    SpeechInput,
    SpeechStarted,
    SpeechStopped,
    Text,
    UnfinishedResponse,
)
from ._serve import serve

__all__ = [
    "Audio",
    "Backend",
    "Call",
    "Message",
    "Output",
    "Part",
    "Request",
    "SpeechInput",
    "SpeechStarted",
    "SpeechStopped",
    "Text",
    "UnfinishedResponse",
    "serve",
]
