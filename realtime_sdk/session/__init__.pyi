"""The public names of the room and the modules that define them: read by type checkers, and at run time by name."""

from ._defaults import DEFAULT as DEFAULT
from ._operation import Operation as Operation
from ._session import Session as Session
from ._transcription import Transcription as Transcription
from .connection._reconnect import Reconnect as Reconnect
from .observers._tap import Tap as Tap
from .opening._client_secrets import create_client_secret as create_client_secret
from .opening._connecting import connect as connect
from .opening._transcribing import transcribe as transcribe
