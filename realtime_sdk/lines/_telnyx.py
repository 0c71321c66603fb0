"""The dialect of Telnyx's media streams."""

from __future__ import annotations

from ..audio._formats import G711_RATE
from ._dialect import Audio, DigitPressed, LineEvent, MarkReached, Message, Started, Stopped
from ._gateway import GatewayDialect
from ._reading import audio_format, chunk, encoded, mapping, payload, rate, read_object, text, write


class TelnyxDialect(GatewayDialect):
    """Telnyx's media streams over WebSocket, with `stream_bidirectional_mode="rtp"`: G.711, base64 in JSON.

    Both directions have the codec that the stream's start names, `PCMU` or `PCMA`: give `stream_codec` and
    `stream_bidirectional_codec` the same. A mark comes back as Twilio's does. Its audio may come out of order.
    """

    whole_packets: bool = True  # of 20 ms at least

    def decode(self, message: Message) -> LineEvent | None:
        """Translate a message of the gateway."""
        fields = read_object(message)
        match fields.get("event"):
            case "start":
                start = mapping(fields, "start")
                format = mapping(start, "media_format")
                audio = audio_format(format.get("encoding", "PCMU"), rate(format, "sample_rate", G711_RATE))
                return Started(audio, audio, text(fields, "stream_id"), start)
            case "media":
                media = mapping(fields, "media")
                return Audio(payload(media), chunk(media)) if media.get("track", "inbound") == "inbound" else None
            case "mark":
                return MarkReached(text(mapping(fields, "mark"), "name"))
            case "dtmf":
                return DigitPressed(text(mapping(fields, "dtmf"), "digit"))
            case "stop":
                return Stopped()
        return None

    def audio(self, payload: bytes, start: Started) -> Message:
        """Queue audio."""
        return write(event="media", media={"payload": encoded(payload)})

    def mark(self, name: str, start: Started) -> Message | None:
        """Ask for a mark behind the audio so far."""
        return write(event="mark", mark={"name": name})

    def clear(self, number: int, start: Started) -> Message:
        """Drop all audio."""
        return write(event="clear")
