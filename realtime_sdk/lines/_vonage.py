"""The dialect of Vonage's WebSocket endpoints."""

from __future__ import annotations

import re
from typing import Final

from ._dialect import Audio, DigitPressed, LineEvent, MarkReached, Message, Started
from ._gateway import GatewayDialect
from ._reading import audio_format, mapping, read_object, text, write

DEFAULT_RATE: Final = 16_000
"""Sample rate in Hz where the content type names none."""

_RATE: Final = re.compile(r"rate=(\d{4,5})\b")


class VonageDialect(GatewayDialect):
    """Vonage's `connect` to a WebSocket endpoint: PCM16 at the rate of its `content-type`, in binary messages.

    Its marks are called notifications. A cleared one does not come back; the end of the call is that of the socket.
    """

    whole_packets: bool = True  # of exactly 20 ms

    def decode(self, message: Message) -> LineEvent | None:
        """Translate a message of the gateway."""
        if isinstance(message, bytes):
            return Audio(message)
        fields = read_object(message)
        match fields.get("event"):
            case "websocket:connected":
                rate = _RATE.search(str(fields.get("content-type")))
                audio = audio_format("audio/pcm", int(rate[1]) if rate else DEFAULT_RATE)
                return Started(audio, audio, call=fields)
            case "websocket:notify":
                name = mapping(fields, "payload").get("mark")  # left out: the application's own
                return MarkReached(name) if isinstance(name, str) else None
            case "websocket:dtmf":
                return DigitPressed(text(mapping(fields, "dtmf") or fields, "digit"))
        return None

    def audio(self, payload: bytes, start: Started) -> Message:
        """Queue audio."""
        return payload

    def mark(self, name: str, start: Started) -> Message | None:
        """Ask for a notification behind the audio so far."""
        return write(action="notify", payload={"mark": name})

    def clear(self, number: int, start: Started) -> Message:
        """Drop all audio."""
        return write(action="clear")
