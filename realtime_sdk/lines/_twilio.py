"""The dialect of Twilio's media streams, and of the gateways that speak it, too."""

from __future__ import annotations

from ._dialect import Message, Started
from ._gateway import MediaEventDialect
from ._reading import encoded, write


class TwilioDialect(MediaEventDialect):
    """Twilio's bidirectional media streams (`<Connect><Stream>`): μ-law at 8 kHz, base64 in JSON.

    A mark comes back when the audio before it was played, and at once when it is cleared.
    """

    _stream = ("start", "streamSid")

    def audio(self, payload: bytes, start: Started) -> Message:
        """Queue audio."""
        return write(event="media", streamSid=start.stream, media={"payload": encoded(payload)})

    def mark(self, name: str, start: Started) -> Message | None:
        """Ask for a mark behind the audio so far."""
        return write(event="mark", streamSid=start.stream, mark={"name": name})

    def clear(self, number: int, start: Started) -> Message:
        """Drop all audio."""
        return write(event="clear", streamSid=start.stream)
