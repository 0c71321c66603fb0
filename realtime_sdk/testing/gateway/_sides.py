"""The gateways' side of the dialects of lines: what a fake call sends, and how it reads a bridge's messages."""

from __future__ import annotations

import base64
import itertools
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, Protocol, TypeAlias

from ...audio._formats import AudioFormat
from ...audio._rates import G711_RATE

Message: TypeAlias = str | bytes

GatewayName: TypeAlias = Literal["twilio", "telnyx", "plivo", "vonage"]
"""The gateways that a `FakeGateway` speaks like."""

VONAGE_RATE: Final = 16_000
"""Sample rate in Hz of a fake call of Vonage's."""

ACCOUNT: Final = "AC" + 32 * "0"
"""The account whose calls these are."""


@dataclass(frozen=True, slots=True)
class Play:
    """The bridge queues audio."""

    payload: bytes


@dataclass(frozen=True, slots=True)
class Mark:
    """The bridge asks for a mark behind the audio so far."""

    name: str


@dataclass(frozen=True, slots=True)
class Clear:
    """The bridge drops the audio."""


Command: TypeAlias = Play | Mark | Clear


class GatewaySide(Protocol):
    """One call of a gateway: it makes its messages, and raises `AssertionError` at what the gateway would not take."""

    format: AudioFormat
    returns_cleared_marks: bool

    def begin(self, parameters: Mapping[str, str]) -> list[Message]:
        """Make the messages with which a stream starts."""
        ...

    def audio(self, payload: bytes) -> Message:
        """Make the message that carries the caller's audio."""
        ...

    def mark(self, name: str) -> Message:
        """Make the message that returns a mark."""
        ...

    def digit(self, digit: str) -> Message:
        """Make the message about a key."""
        ...

    def stop(self) -> Message | None:
        """Make the message about the end of the call; None: there is none."""
        ...

    def read(self, message: Message) -> Command:
        """Read a message of the bridge."""
        ...


class TwilioSide:
    """A call of Twilio's."""

    format = AudioFormat("audio/pcmu", G711_RATE)
    returns_cleared_marks = True

    def __init__(self, stream: str) -> None:
        self._stream = stream
        self._sequence = itertools.count(1)

    def begin(self, parameters: Mapping[str, str]) -> list[Message]:
        """Connect, and start."""
        connected = json.dumps({"event": "connected", "protocol": "Call", "version": "1.0.0"})
        start = {
            "accountSid": ACCOUNT, "callSid": f"CA{self._stream}", "streamSid": self._stream, "tracks": ["inbound"],
            "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": self.format.rate, "channels": 1},
            "customParameters": dict(parameters),
        }  # fmt: skip
        return [connected, self._message("start", start=start)]

    def audio(self, payload: bytes) -> Message:
        """Carry audio."""
        return self._message("media", media={"track": "inbound", "payload": _base64(payload)})

    def mark(self, name: str) -> Message:
        """Return a mark."""
        return self._message("mark", mark={"name": name})

    def digit(self, digit: str) -> Message:
        """Report a key."""
        return self._message("dtmf", dtmf={"track": "inbound_track", "digit": digit})

    def stop(self) -> Message | None:
        """Report the end."""
        return self._message("stop", stop={"accountSid": ACCOUNT, "callSid": f"CA{self._stream}"})

    def read(self, message: Message) -> Command:
        """Read a message, which names the stream."""
        fields = json.loads(message)
        _require(fields.get("streamSid") == self._stream, f"a message names another stream: {fields}")
        return _command(fields, play="media", mark="mark", clear="clear")

    def _message(self, event: str, **fields: Any) -> str:
        number = str(next(self._sequence))
        return json.dumps({"event": event, "sequenceNumber": number, "streamSid": self._stream, **fields})


class TelnyxSide:
    """A call of Telnyx's, with A-law."""

    format = AudioFormat("audio/pcma", G711_RATE)
    returns_cleared_marks = True

    def __init__(self, stream: str) -> None:
        self._stream = stream
        self._chunks = itertools.count(1)

    def begin(self, parameters: Mapping[str, str]) -> list[Message]:
        """Connect, and start."""
        start = {
            "call_control_id": f"v3:{self._stream}", "custom_parameters": dict(parameters),
            "media_format": {"encoding": "PCMA", "sample_rate": self.format.rate, "channels": 1},
        }  # fmt: skip
        return [json.dumps({"event": "connected", "version": "1.0.0"}), self._message("start", start=start)]

    def audio(self, payload: bytes) -> Message:
        """Carry audio."""
        media = {"track": "inbound", "chunk": str(next(self._chunks)), "payload": _base64(payload)}
        return self._message("media", media=media)

    def mark(self, name: str) -> Message:
        """Return a mark."""
        return self._message("mark", mark={"name": name})

    def digit(self, digit: str) -> Message:
        """Report a key."""
        return self._message("dtmf", dtmf={"digit": digit})

    def stop(self) -> Message | None:
        """Report the end."""
        return self._message("stop", stop={"call_control_id": f"v3:{self._stream}"})

    def read(self, message: Message) -> Command:
        """Read a message, whose audio lasts 20 ms at least."""
        command = _command(json.loads(message), play="media", mark="mark", clear="clear")
        if isinstance(command, Play):
            size = len(command.payload)
            _require(size >= 160, f"a message has {size} bytes of audio, not 160 or more")
        return command

    def _message(self, event: str, **fields: Any) -> str:
        return json.dumps({"event": event, "stream_id": self._stream, **fields})


class PlivoSide:
    """A call of Plivo's."""

    format = AudioFormat("audio/pcmu", G711_RATE)
    returns_cleared_marks = False

    def __init__(self, stream: str) -> None:
        self._stream = stream

    def begin(self, parameters: Mapping[str, str]) -> list[Message]:
        """Start."""
        format = {"encoding": "audio/x-mulaw", "sampleRate": self.format.rate}
        start = {"callId": f"c-{self._stream}", "streamId": self._stream, "mediaFormat": format}
        return [json.dumps({"event": "start", "start": start, "extra_headers": json.dumps(dict(parameters))})]

    def audio(self, payload: bytes) -> Message:
        """Carry audio."""
        return self._message("media", media={"track": "inbound", "payload": _base64(payload)})

    def mark(self, name: str) -> Message:
        """Return a checkpoint."""
        return self._message("playedStream", name=name)

    def digit(self, digit: str) -> Message:
        """Report a key."""
        return self._message("dtmf", dtmf={"track": "inbound", "digit": digit})

    def stop(self) -> Message | None:
        """Report the end."""
        return self._message("stop", stop={"callId": f"c-{self._stream}"})

    def read(self, message: Message) -> Command:
        """Read a message, which names the stream and, of its audio, the format."""
        fields = json.loads(message)
        _require(fields.get("streamId") == self._stream, f"a message names another stream: {fields}")
        if (media := fields.get("media")) is not None:
            named = media.get("contentType"), media.get("sampleRate")
            _require(named == ("audio/x-mulaw", self.format.rate), f"audio of another format: {named}")
        return _command(fields, play="playAudio", mark="checkpoint", clear="clearAudio")

    def _message(self, event: str, **fields: Any) -> str:
        return json.dumps({"event": event, "streamId": self._stream, **fields})


class VonageSide:
    """A call of Vonage's."""

    format = AudioFormat("audio/pcm", VONAGE_RATE)
    returns_cleared_marks = False

    def __init__(self, stream: str) -> None:
        self._stream = stream

    def begin(self, parameters: Mapping[str, str]) -> list[Message]:
        """Connect."""
        content_type = f"audio/l16;rate={self.format.rate}"
        return [json.dumps({"event": "websocket:connected", "content-type": content_type, **parameters})]

    def audio(self, payload: bytes) -> Message:
        """Carry audio."""
        return payload

    def mark(self, name: str) -> Message:
        """Return a notification."""
        return json.dumps({"event": "websocket:notify", "payload": json.loads(name)})

    def digit(self, digit: str) -> Message:
        """Report a key."""
        return json.dumps({"event": "websocket:dtmf", "digit": digit, "duration": 260})

    def stop(self) -> Message | None:
        """Nothing: the socket is closed."""
        return None

    def read(self, message: Message) -> Command:
        """Read a message; its audio lasts 20 ms."""
        if isinstance(message, bytes):
            _require(len(message) == 640, f"a message has {len(message)} bytes of audio, not 640")
            return Play(message)
        fields = json.loads(message)
        _require(fields.get("action") in ("notify", "clear"), f"an unknown message: {fields}")
        return Clear() if fields["action"] == "clear" else Mark(json.dumps(fields["payload"]))


SIDES: Final[Mapping[str, Callable[[str], GatewaySide]]] = {
    "twilio": TwilioSide,
    "telnyx": TelnyxSide,
    "plivo": PlivoSide,
    "vonage": VonageSide,
}


def _command(fields: Mapping[str, Any], *, play: str, mark: str, clear: str) -> Command:
    """Read a message by the gateway's names."""
    event = fields.get("event")
    _require(event in (play, mark, clear), f"an unknown message: {fields}")
    if event == play:
        return Play(base64.b64decode(fields["media"]["payload"], validate=True))
    return Clear() if event == clear else Mark(fields.get("name") or fields["mark"]["name"])


def _require(holds: bool, seen: str) -> None:
    if not holds:
        raise AssertionError(f"the gateway would not take this: {seen}")


def _base64(payload: bytes) -> str:
    return base64.b64encode(payload).decode("ascii")
