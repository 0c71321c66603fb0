"""The dialect of Twilio's media streams, and of the gateways that speak it, too."""

from __future__ import annotations

from ..audio._formats import G711_RATE
from ._dialect import Audio, DigitPressed, LineEvent, MarkReached, Message, Started, Stopped
from ._gateway import GatewayDialect
from ._reading import audio_format, encoded, mapping, payload, rate, read_object, text, write


class TwilioDialect(GatewayDialect):
    """Twilio's bidirectional media streams (`<Connect><Stream>`): μ-law at 8 kHz, base64 in JSON.

    A mark comes back when the audio before it was played, and at once when it is cleared.
    """

    def decode(self, message: Message) -> LineEvent | None:
        """Translate a message of the gateway."""
        fields = read_object(message)
        match fields.get("event"):
            case "start":
                start = mapping(fields, "start")
                format = mapping(start, "mediaFormat")
                audio = audio_format(format.get("encoding", "audio/x-mulaw"), rate(format, "sampleRate", G711_RATE))
                return Started(audio, audio, text(start, "streamSid"), start)
            case "media":
                media = mapping(fields, "media")
                return Audio(payload(media)) if media.get("track", "inbound") == "inbound" else None
            case "mark":
                return MarkReached(text(mapping(fields, "mark"), "name"))
            case "dtmf":
                return DigitPressed(text(mapping(fields, "dtmf"), "digit"))
            case "stop":
                return Stopped()
        return None

    def audio(self, payload: bytes, start: Started) -> Message:
        """Queue audio."""
        return write(event="media", streamSid=start.stream, media={"payload": encoded(payload)})

    def mark(self, name: str, start: Started) -> Message | None:
        """Ask for a mark behind the audio so far."""
        return write(event="mark", streamSid=start.stream, mark={"name": name})

    def clear(self, number: int, start: Started) -> Message:
        """Drop all audio."""
        return write(event="clear", streamSid=start.stream)
