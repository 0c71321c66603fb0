"""The dialect of Telnyx's media streams."""

from __future__ import annotations

from ._dialect import Message, Started
from ._gateway import MediaEventDialect
from ._reading import encoded, write


class TelnyxDialect(MediaEventDialect):
    """Telnyx's media streams over WebSocket, with `stream_bidirectional_mode="rtp"`: G.711, base64 in JSON.

    Both directions have the codec that the stream's start names, `PCMU` or `PCMA`: give `stream_codec` and
    `stream_bidirectional_codec` the same. A mark comes back as Twilio's does. Its audio may come out of order.
    """

    whole_packets: bool = True  # of 20 ms at least
    _stream = ("stream_id",)
    _format = "media_format"
    _rate = "sample_rate"
    _is_numbered = True

    def audio(self, payload: bytes, start: Started) -> Message:
        """Queue audio."""
        return write(event="media", media={"payload": encoded(payload)})

    def mark(self, name: str, start: Started) -> Message | None:
        """Ask for a mark behind the audio so far."""
        return write(event="mark", mark={"name": name})

    def clear(self, number: int, start: Started) -> Message:
        """Drop all audio."""
        return write(event="clear")
