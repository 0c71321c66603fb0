"""The two protocols of stream sessions, as far as their names differ."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from ..transports._protocol_names import PATHS, ProtocolName


@dataclass(frozen=True, slots=True)
class StreamProtocol:
    """The names of one protocol."""

    name: str
    key: ProtocolName  # of an endpoint that speaks it
    path: str  # of its addresses, behind that of the API's version
    configure: str  # the client event with the configuration, whose answer opens the session
    after: str | None  # the server event that it waits for; None: it is the first event of the connection
    append: str  # the client event with the user's audio


GPT_LIVE: Final = StreamProtocol(
    "GPT-Live", "live", PATHS["live"], "session.start", None, "session.input_audio.append"
)
"""A conversation: `wss://api.openai.com/v1/live/sessions`."""

TRANSLATION: Final = StreamProtocol(
    "translation", "translation", PATHS["translation"], "session.update", "session.created",
    "session.input_audio_buffer.append",
)  # fmt: skip
"""An interpreter: `wss://api.openai.com/v1/realtime/translations`."""
