"""Sessions: `connect` opens one that talks, `transcribe` one that only transcribes."""

from ._arguments import DEFAULT
from ._client_secrets import create_client_secret
from ._connecting import connect
from ._operation import Operation
from ._reconnect import Reconnect
from ._session import Session
from ._tap import Tap
from ._transcribing import transcribe
from ._transcription import Transcription

__all__ = [
    "DEFAULT",
    "Operation",
    "Reconnect",
    "Session",
    "Tap",
    "Transcription",
    "connect",
    "create_client_secret",
    "transcribe",
]
