"""The public names of the room and the modules that define them: read by type checkers, and at run time by name."""

from ._backend import (
    Audio as Audio,
    Backend as Backend,
    Call as Call,
    Message as Message,
    Output as Output,
    Part as Part,
    Request as Request,
    SpeechInput as SpeechInput,
    SpeechStarted as SpeechStarted,
    SpeechStopped as SpeechStopped,
    Text as Text,
    UnfinishedResponse as UnfinishedResponse,
)
from ._serve import serve as serve
