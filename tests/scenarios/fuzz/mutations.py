"""What can go wrong on a wire, as data: each mutation does one thing to the frames of a session."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Final, TypeAlias

from ..schedules.schedule import Plain
from .transcripts import SOUND, Event, Transcript

Path: TypeAlias = tuple[str | int, ...]

VALUES: Final = {
    "null": "null", "true": "true", "0": "0", "-1": "-1", "1.5": "1.5", "1e400": "1e400", "NaN": "NaN",
    "-Infinity": "-Infinity", "5000 digits": "9" * 5000, "64 bits": "18446744073709551616", "text": '"zzz"',
    "empty": '""', "lone surrogate": '"zzz \\ud83d"', "NUL": '"\\u0000"', "list": "[]", "list of numbers": "[1, 2]",
    "odd tag": '{"realtime_sdk": [1]}',
    "list of nulls": "[null]", "object": "{}", "nested": '{"id": {"id": []}, "type": ["message"]}',
    "deep": "[" * 200 + "]" * 200, "bottomless": "[" * 100_000 + "]" * 100_000,
}  # fmt: skip
"""JSON that a field is given in place of its own, by what it is called."""

GARBAGE: Final = (
    "", " ", "[" * 100_000, "null", "[]", "{}", "{", "not JSON", '"response.done"',
    '{"type": null}', '{"type": ["error"]}',
    '{"type": "rate_limits.updated", "rate_limits": "soon"}', '{"type": "response.surprise", "item_id": 7}',
    '{"type": "response.done"}', '{"type": "response.done", "response": {"id": null, "output": null}}',
    '{"type": "response.created", "response": {"id": "resp_of_another"}}',
    '{"type": "response.created", "response": {"id": "resp_tagged", "metadata": {"realtime_sdk": [1]}}}',
    '{"type": "response.output_audio.delta", "item_id": "item_of_another", "delta": "AAAA"}',
    '{"type": "response.output_item.added", "response_id": "resp_of_another", "item": {"id": "item_of_another"}}',
    '{"type": "response.function_call_arguments.done", "item_id": "item_of_another", "arguments": 7}',
    '{"type": "conversation.item.added", "item": null}', '{"type": "conversation.item.deleted", "item_id": "unknown"}',
    '{"type": "conversation.item.truncated", "item_id": "unknown", "content_index": "x", "audio_end_ms": null}',
    '{"type": "session.updated"}', '{"type": "session.updated", "session": {"audio": "pcm16"}}', '{"type": "error"}',
    '{"type": "error", "error": null}', '{"type": "error", "error": "overloaded"}',
    '{"type": "error", "error": {"code": 7, "message": ["x"], "event_id": null}}',
    '{"type": "input_audio_buffer.speech_started"}', '{"type": "input_audio_buffer.speech_stopped", "item_id": {}}',
    '{"type": "input_audio_buffer.committed", "item_id": "user_item", "previous_item_id": "root"}',
    '{"type": "conversation.item.input_audio_transcription.delta", "item_id": "user_item", "delta": 1e400}',
    '{"type": "conversation.item.input_audio_transcription.completed", "item_id": "user_item"}',
    '{"type": "conversation.item.input_audio_transcription.failed", "item_id": "user_item", "error": "noise"}',
)  # fmt: skip
"""Frames that come from nowhere: no JSON, no events, unknown events, and events about nothing that is known."""


@dataclass(frozen=True)
class Literal:
    """A JSON value as its text: what Python's own values can't say."""

    json: str


@dataclass
class Frame:
    """What is sent at once."""

    wait: float  # seconds behind the frame before it
    event: Event | None  # None: it is no JSON object
    raw: str | bytes = ""  # what is sent if there is no event
    binary: bool = False  # it is sent as bytes

    @property
    def wire(self) -> str | bytes:
        """The frame as it is sent."""
        wire = self.raw if self.event is None else dumped(self.event)
        return _bytes(wire) if self.binary else wire

    @property
    def type(self) -> Any:
        """The type of the event, whatever it is; None where there is none."""
        return None if self.event is None else self.event.get("type")


def dumped(value: Any) -> str:
    """Give the JSON text of a value that holds literals."""
    if isinstance(value, Literal):
        return value.json
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(key)}:{dumped(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(dumped, value)) + "]"
    return json.dumps(value)


@dataclass
class Tape:
    """The frames of a session, and what has been damaged."""

    transcript: Transcript
    frames: list[Frame]
    damaged: set[str] = field(default_factory=set)  # ids of messages that are not what the server said
    session_damaged: bool = False  # what the session is agreed to be may not have arrived as it was sent
    audio_damaged: bool = False  # there may be sound that the server did not send

    @classmethod
    def of(cls, transcript: Transcript, mutations: tuple[Mutation, ...] = ()) -> Tape:
        """Apply mutations to what a server sent."""
        tape = cls(transcript, [Frame(wait, copy.deepcopy(event)) for wait, event in transcript.events])
        for mutation in mutations:
            if tape.frames:
                mutation.apply(tape)
        tape.damage_begun_early()
        return tape

    def index(self, at: int) -> int:
        """Give the place of a frame; a number that is too large counts on from the beginning."""
        return at % len(self.frames)

    def damage(self, frame: Frame) -> None:
        """A frame is not, or no longer, what the server sent: so is every message that it is about."""
        if frame.event is None:
            return
        self.session_damaged |= str(frame.type).startswith("session.")
        messages, texts = self.transcript.messages, set(_texts(frame.event))
        self.damaged |= texts & messages.keys()
        response = frame.event.get("response")
        if isinstance(response, dict):
            self.damage_response(response.get("id"))

    def damage_response(self, response_id: Any) -> None:
        """A response is not what the server sent."""
        self.damaged |= {said.id for said in self.transcript.messages.values() if said.response_id == response_id}

    def damage_begun_early(self) -> None:
        """A response begins with the first frame that names it: ahead of its time, it is not what the server sent."""
        named: set[str] = set()
        for frame in self.frames:
            event = frame.event or {}
            response, response_id = event.get("response"), event.get("response_id")
            if isinstance(response_id, str):
                named.add(response_id)
            if frame.type == "response.created" and isinstance(response, dict) and str(response.get("id")) in named:
                self.damage_response(response["id"])

    @property
    def speech(self) -> bool:
        """Whether the user is said to speak, which may stop any message."""
        return any("speech_started" in str(frame.type) for frame in self.frames)


@dataclass(frozen=True, repr=False)
class Drop(Plain):
    """A frame is lost."""

    at: int

    def apply(self, tape: Tape) -> None:
        tape.damage(tape.frames.pop(tape.index(self.at)))


@dataclass(frozen=True, repr=False)
class Double(Plain):
    """A frame comes twice, the second time `behind` frames later. Only deltas say something new when they are repeated
    at once."""

    at: int
    behind: int = 0

    def apply(self, tape: Tape) -> None:
        index = tape.index(self.at)
        frame = tape.frames[index]
        tape.frames.insert(index + 1 + self.behind, replace(frame, wait=0.0))
        if self.behind or str(frame.type).endswith(".delta"):
            tape.damage(frame)


@dataclass(frozen=True, repr=False)
class Move(Plain):
    """A frame comes earlier or later, behind others. Sound that comes earlier ends the messages that it overtakes."""

    at: int
    to: int

    def apply(self, tape: Tape) -> None:
        index = tape.index(self.at)
        frame = tape.frames.pop(index)
        tape.damage(frame)
        to = self.to % (len(tape.frames) + 1)
        for overtaken in tape.frames[to:index] if frame.type in SOUND else ():
            tape.damage(overtaken)
        tape.frames.insert(to, frame)


@dataclass(frozen=True, repr=False)
class Delay(Plain):
    """A frame comes later, and all behind it with it: a connection keeps the order."""

    at: int
    seconds: float

    def apply(self, tape: Tape) -> None:
        tape.frames[tape.index(self.at)].wait += self.seconds


@dataclass(frozen=True, repr=False)
class Retype(Plain):
    """A field, however deep, has another value: one of `VALUES`."""

    at: int
    path: Path
    value: str

    def apply(self, tape: Tape) -> None:
        frame = tape.frames[tape.index(self.at)]
        holder = _holder(frame.event, self.path)
        if holder is not None:
            tape.damage(frame)
            tape.audio_damaged |= frame.type in SOUND
            holder[self.path[-1]] = Literal(VALUES[self.value])
            tape.damage(frame)


@dataclass(frozen=True, repr=False)
class Omit(Plain):
    """A field, however deep, is missing."""

    at: int
    path: Path

    def apply(self, tape: Tape) -> None:
        frame = tape.frames[tape.index(self.at)]
        holder = _holder(frame.event, self.path)
        if holder is not None:
            tape.damage(frame)
            del holder[self.path[-1]]


@dataclass(frozen=True, repr=False)
class SwapIds(Plain):
    """Two frames name each other's item, response or call."""

    one: int
    other: int
    path: Path

    def apply(self, tape: Tape) -> None:
        frames = tape.frames[tape.index(self.one)], tape.frames[tape.index(self.other)]
        one, other = (_holder(frame.event, self.path) for frame in frames)
        if one is not None and other is not None:
            for frame in frames:
                tape.damage(frame)
            key = self.path[-1]
            one[key], other[key] = other[key], one[key]


@dataclass(frozen=True, repr=False)
class Reuse(Plain):
    """What has one id has another's everywhere, as where a server numbers its items from 1 in each response."""

    id: str
    instead: str

    def apply(self, tape: Tape) -> None:
        tape.damaged |= {self.id, self.instead} & tape.transcript.messages.keys()
        tape.damage_response(self.id)
        tape.damage_response(self.instead)
        for frame in tape.frames:
            frame.event = _renamed(frame.event, self.id, self.instead)


@dataclass(frozen=True, repr=False)
class CutBase64(Plain):
    """The sound of a delta is cut: to half a sample, or to what is no base64 at all."""

    at: int
    keep: int

    def apply(self, tape: Tape) -> None:
        frame = tape.frames[tape.index(self.at)]
        if frame.event is not None and frame.type in SOUND and isinstance(frame.event.get("delta"), str):
            tape.damage(frame)
            tape.audio_damaged = True
            frame.event["delta"] = frame.event["delta"][: self.keep]


@dataclass(frozen=True, repr=False)
class Truncate(Plain):
    """A frame ends in the middle."""

    at: int
    keep: int

    def apply(self, tape: Tape) -> None:
        index = tape.index(self.at)
        frame = tape.frames[index]
        tape.damage(frame)
        tape.frames[index] = Frame(frame.wait, None, frame.wire[: self.keep % max(1, len(frame.wire))])


@dataclass(frozen=True, repr=False)
class Binary(Plain):
    """A frame comes as bytes; with a `wrong` one they are not UTF-8."""

    at: int
    wrong: int | None = None

    def apply(self, tape: Tape) -> None:
        index = tape.index(self.at)
        frame = tape.frames[index]
        frame.binary = True
        data = bytearray(_bytes(frame.wire))
        if self.wrong is not None and data:
            tape.damage(frame)
            data[self.wrong % len(data)] = 0xFF
            tape.frames[index] = Frame(frame.wait, None, bytes(data))


@dataclass(frozen=True, repr=False)
class Insert(Plain):
    """A frame of `GARBAGE` comes from nowhere."""

    at: int
    garbage: int

    def apply(self, tape: Tape) -> None:
        frame = Frame(0.0, *_parsed(GARBAGE[self.garbage]))
        tape.damage(frame)
        tape.audio_damaged |= frame.type in SOUND
        if frame.type == "response.done":  # an end that names no response ends the one that runs, whichever that is
            tape.damaged |= tape.transcript.messages.keys()
        tape.frames.insert(tape.index(self.at), frame)


Mutation: TypeAlias = (
    Drop | Double | Move | Delay | Retype | Omit | SwapIds | Reuse | CutBase64 | Truncate | Binary | Insert
)


def paths(value: Any, before: Path = ()) -> Iterator[Path]:
    """Give the way to each field of an event, however deep."""
    fields = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in fields:
        yield (*before, key)
        yield from paths(each, (*before, key))


def _holder(value: Any, path: Path) -> Any:
    """Give the object or the list that a path ends in; None: there is no such field."""
    for key in path[:-1]:
        value = _field(value, key)
    last = path[-1]
    present = last in value if isinstance(value, dict) else isinstance(value, list) and _field(value, last) is not None
    return value if present else None


def _field(value: Any, key: str | int) -> Any:
    if isinstance(value, dict):
        return value.get(str(key))
    if isinstance(value, list) and isinstance(key, int):
        return value[key] if key < len(value) else None
    return None


def _bytes(wire: str | bytes) -> bytes:
    return wire.encode() if isinstance(wire, str) else wire


def _texts(value: Any) -> Iterator[str]:
    """Give every text in an event."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _texts(each)


def _renamed(value: Any, old: str, new: str) -> Any:
    if isinstance(value, dict):
        return {key: _renamed(each, old, new) for key, each in value.items()}
    if isinstance(value, list):
        return [_renamed(each, old, new) for each in value]
    return new if value == old else value


def _parsed(text: str) -> tuple[Event | None, str]:
    try:
        event = json.loads(text)
    except (ValueError, RecursionError):
        return None, text
    return (event, "") if isinstance(event, dict) else (None, text)
