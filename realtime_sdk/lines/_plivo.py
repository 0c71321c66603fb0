"""The dialect of Plivo's audio streams."""

from __future__ import annotations

from typing import Final

from ._dialect import Message, Started
from ._gateway import MediaEventDialect
from ._reading import encoded, write

CONTENT_TYPES: Final = {"audio/pcmu": "audio/x-mulaw", "audio/pcm": "audio/x-l16"}
"""Plivo's names of the formats that it plays."""


class PlivoDialect(MediaEventDialect):
    """Plivo's bidirectional audio streams: μ-law at 8 kHz or PCM16, base64 in JSON.

    Its marks are called checkpoints.
    """

    _stream = ("start", "streamId")
    _mark_event = "playedStream"
    _mark = ("name",)

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
