"""The two protocols of stream sessions, as far as their names differ."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class StreamProtocol:
    """The names of one protocol."""

    name: str
    path: str  # of its addresses, behind that of the API's version
    configure: str  # the client event with the configuration, whose answer opens the session
    after: str | None  # the server event that it waits for; None: it is the first event of the connection
    append: str  # the client event with the user's audio


GPT_LIVE: Final = StreamProtocol(
    "GPT-Live", "/live/sessions", "session.start", None, "session.input_audio.append"
)
"""A conversation: `wss://api.openai.com/v1/live/sessions`."""

TRANSLATION: Final = StreamProtocol(
    "translation", "/realtime/translations", "session.update", "session.created", "session.input_audio_buffer.append"
)
"""An interpreter: `wss://api.openai.com/v1/realtime/translations`."""
