"""The dialect of Plivo's audio streams."""

from __future__ import annotations

from typing import Final

from ..audio._formats import G711_RATE
from ._dialect import Audio, DigitPressed, LineEvent, MarkReached, Message, Started, Stopped
from ._gateway import GatewayDialect
from ._reading import audio_format, encoded, mapping, payload, rate, read_object, text, write

CONTENT_TYPES: Final = {"audio/pcmu": "audio/x-mulaw", "audio/pcm": "audio/x-l16"}
"""Plivo's names of the formats that it plays."""


class PlivoDialect(GatewayDialect):
    """Plivo's bidirectional audio streams: μ-law at 8 kHz or PCM16, base64 in JSON.

    Its marks are called checkpoints.
    """

    def decode(self, message: Message) -> LineEvent | None:
        """Translate a message of the gateway."""
        fields = read_object(message)
        match fields.get("event"):
            case "start":
                start = mapping(fields, "start")
                format = mapping(start, "mediaFormat")
                audio = audio_format(format.get("encoding", "audio/x-mulaw"), rate(format, "sampleRate", G711_RATE))
                return Started(audio, audio, text(start, "streamId"), start)
            case "media":
                media = mapping(fields, "media")
                return Audio(payload(media)) if media.get("track", "inbound") == "inbound" else None
            case "playedStream":
                return MarkReached(text(fields, "name"))
            case "dtmf":
                return DigitPressed(text(mapping(fields, "dtmf"), "digit"))
            case "stop":
                return Stopped()
        return None

    def audio(self, payload: bytes, start: Started) -> Message:
        """Queue audio."""
        format = start.output
        media = {"contentType": CONTENT_TYPES.get(format.type, format.type), "sampleRate": format.rate}
        return write(event="playAudio", streamId=start.stream, media={**media, "payload": encoded(payload)})

    def mark(self, name: str, start: Started) -> Message | None:
        """Ask for a checkpoint behind the audio so far."""
        return write(event="checkpoint", streamId=start.stream, name=name)

    def clear(self, number: int, start: Started) -> Message:
        """Drop all audio."""
        return write(event="clearAudio", streamId=start.stream)
