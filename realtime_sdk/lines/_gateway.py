"""What the dialects of telephone gateways have in common."""

from __future__ import annotations

from ..audio._rates import G711_RATE
from ._dialect import Acknowledgement, Audio, DigitPressed, LineEvent, MarkReached, Message, Started, Stopped
from ._reading import audio_format, chunk, mapping, payload, rate, read_object, text


class GatewayDialect:
    """A gateway returns marks, and can't pause: it is cleared, and sent the rest again."""

    acknowledges: Acknowledgement = "marks"
    whole_packets: bool = False

    def pause(self, start: Started) -> Message | None:
        """Nothing: it can't."""
        return None

    def resume(self, start: Started) -> Message | None:
        """Nothing."""
        return None


class MediaEventDialect(GatewayDialect):
    """A gateway whose messages are JSON with an `event`: start, media, a mark, dtmf or stop.

    A dialect gives the names by which its gateway differs; the fields within another are named by the path to them.
    """

    _stream: tuple[str, ...]  # the stream's name, in a start
    _format: str = "mediaFormat"  # of the audio, in a start
    _rate: str = "sampleRate"  # in Hz, in the format
    _mark_event: str = "mark"
    _mark: tuple[str, ...] = ("mark", "name")  # the name of a mark, in its event
    _is_numbered: bool = False  # whether audio may come out of order, in numbered chunks

    def decode(self, message: Message) -> LineEvent | None:
        """Translate a message of the gateway."""
        fields = read_object(message)
        match fields.get("event"):
            case "start":
                start = mapping(fields, "start")
                format = mapping(start, self._format)
                audio = audio_format(format.get("encoding", "audio/pcmu"), rate(format, self._rate, G711_RATE))
                return Started(audio, audio, text(fields, *self._stream), start)
            case "media":
                media = mapping(fields, "media")
                number = chunk(media) if self._is_numbered else None
                return Audio(payload(media), number) if media.get("track", "inbound") == "inbound" else None
            case self._mark_event:
                return MarkReached(text(fields, *self._mark))
            case "dtmf":
                return DigitPressed(text(fields, "dtmf", "digit"))
            case "stop":
                return Stopped()
        return None
