"""The dialect of Twilio's media streams, and of gateways that speak it, too."""

from __future__ import annotations

from ..audio._formats import G711_RATE
from ._dialect import Acknowledgement, Audio, DigitPressed, LineEvent, MarkReached, Message, Started, Stopped
from ._reading import audio_format, encoded, mapping, payload, rate, read_object, text, write

ENCODINGS = {"audio/x-mulaw": "audio/pcmu", "audio/x-alaw": "audio/pcma", "audio/x-l16": "audio/pcm"}
"""The names of formats in a stream's start."""


class TwilioDialect:
    """Twilio's bidirectional media streams (`<Connect><Stream>`): μ-law at 8 kHz in JSON.

    A mark comes back when all audio before it was played. It also comes back at once when the audio is cleared: those
    marks are not counted. A stream can't be paused.
    """

    acknowledges: Acknowledgement = "marks"
    whole_packets: bool = False

    def decode(self, message: Message) -> LineEvent | None:
        """Translate a message of the gateway."""
        fields = read_object(message)
        match fields.get("event"):
            case "start":
                start = mapping(fields, "start")
                format = mapping(start, "mediaFormat")
                kind = ENCODINGS.get(format.get("encoding", "audio/x-mulaw"), str(format.get("encoding")))
                audio = audio_format(kind, rate(format, "sampleRate", G711_RATE))
                stream = text({**start, **fields} if "streamSid" in fields else start, "streamSid")
                return Started(audio, audio, stream, start)
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

    def pause(self, start: Started) -> Message | None:
        """Nothing: a stream can't be paused."""
        return None

    def resume(self, start: Started) -> Message | None:
        """Nothing."""
        return None
