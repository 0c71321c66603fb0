"""The dialect of a far side that counts what it plays."""

from __future__ import annotations

from typing import Final

from ._dialect import (
    Acknowledgement,
    Audio,
    FramesPlayed,
    LineEvent,
    MalformedMessage,
    Message,
    Started,
    Stopped,
)
from ._reading import audio_format, count, rate, read_object, write

DEFAULT_RATE: Final = 24_000
"""Sample rate in Hz of both directions where the far side names none."""


class CountedDialect:
    """A far side that counts the frames it has played. It can pause, and its audio is PCM16.

    Binary messages are audio: little-endian 16-bit mono, in both directions, of any length. Text messages are JSON:

    - from the far side: `{"type": "start", "input_rate": 48000, "output_rate": 48000}` first of all, the rates in Hz of
      what it captures and what it plays; `{"type": "played", "clear": 3, "frames": 960}`, the frames played since the
      clear of this number, as often as the position is to be known and at least once at the end of the audio;
      `{"type": "stop"}`;
    - to the far side: `{"type": "clear", "number": 3}`, drop all audio, count from 0 and report this number;
      `{"type": "pause"}` and `{"type": "resume"}`.

    Text messages of another type are ignored, so that an application may send its own on the same socket.
    """

    acknowledges: Acknowledgement = "frames"
    whole_packets: bool = False

    def decode(self, message: Message) -> LineEvent | None:
        """Translate a message of the far side."""
        if isinstance(message, bytes):
            return Audio(message)
        fields = read_object(message)
        match fields.get("type"):
            case "start":
                input = audio_format("audio/pcm", rate(fields, "input_rate", DEFAULT_RATE))
                return Started(input, audio_format("audio/pcm", rate(fields, "output_rate", DEFAULT_RATE)), call=fields)
            case "played":
                return FramesPlayed(count(fields, "clear"), count(fields, "frames"))
            case "stop":
                return Stopped()
            case str():
                return None
        raise MalformedMessage("a message has no 'type'")

    def audio(self, payload: bytes, start: Started) -> Message:
        """Queue audio."""
        return payload

    def mark(self, name: str, start: Started) -> Message | None:
        """Nothing: frames are counted."""
        return None

    def clear(self, number: int, start: Started) -> Message:
        """Drop all audio."""
        return write(type="clear", number=number)

    def pause(self, start: Started) -> Message | None:
        """Hold the audio."""
        return write(type="pause")

    def resume(self, start: Started) -> Message | None:
        """Go on."""
        return write(type="resume")
