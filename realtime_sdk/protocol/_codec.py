"""Frames to events and back: `parse`, `dump`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final, TypeAlias, get_args

import pybase64
from pydantic import ValidationError
from pydantic_core import from_json

from .._runtime.credentials import MASKED, mask_text, masked, may_hold_credential
from ..errors import UsageError
from . import (
    _conversation as conversation,
    _input_audio as input_audio,
    _json_text as json_text,
    _mcp as mcp,
    _output_audio_buffer as output_audio_buffer,
    _response as response,
    _response_pieces as response_pieces,
    _service as service,
    _session as session,
    _transcription as transcription,
)
from ._base import EVENT_LIMIT, Event
from ._lenient import describe_errors, validate_leniently
from .dialects._dialect import Dialect
from .dialects._ga import GA

__all__ = [
    "ClientEvent",
    "ProtocolViolation",
    "ServerEvent",
    "UnknownEvent",
    "dump",
    "parse",
]

SAMPLE_LIMIT = 200
"""Characters of a bad frame that a `ProtocolViolation` keeps."""


@dataclass(frozen=True, slots=True, repr=False)
class UnknownEvent:
    """An event of a type that this package does not know, with all its fields."""

    invalid_fields: ClassVar[tuple[str, ...]] = ()  # none of its fields was read

    type: str
    raw: dict[str, Any]

    def __repr__(self) -> str:
        return f"UnknownEvent(type={self.type!r}, raw={masked(self.raw)!r})"


@dataclass(frozen=True, slots=True)
class ProtocolViolation:
    """The server sent a frame that is no event, or an event that lacks an essential field; the session goes on."""

    type: ClassVar[str] = "protocol_violation"
    invalid_fields: ClassVar[tuple[str, ...]] = ()  # `reason` describes them

    reason: str
    sample: str  # the frame's beginning, at most 200 characters, unless it may hold a credential
    at: float | None = None  # wall-clock seconds; None until a session reports it
    event_type: str | None = None  # of the event that the frame was meant to be, where it can be read


ServerEvent: TypeAlias = (
    session.FromServer
    | input_audio.FromServer
    | conversation.FromServer
    | transcription.FromServer
    | response.FromServer
    | response_pieces.FromServer
    | mcp.FromServer
    | output_audio_buffer.FromServer
    | service.FromServer
    | UnknownEvent
    | ProtocolViolation
)
"""An event that a server can send, as `parse` returns it and `Session.raw_events` yields it."""

AnyEvent: TypeAlias = Event | UnknownEvent | ProtocolViolation
"""An event of a server, whatever its protocol, as `parse_as` returns it."""

ClientEvent: TypeAlias = (
    session.FromClient
    | input_audio.FromClient
    | conversation.FromClient
    | response.FromClient
    | output_audio_buffer.FromClient
)
"""An event that a client can send."""

_AUDIO_ALONE: Final = {"audio"}
"""The fields of an append that are set, unless the application names the event."""

_MODELS: Final[dict[str, type[Event]]] = {
    model.model_fields["type"].default: model for model in get_args(ServerEvent) if issubclass(model, Event)
}


def parse(frame: bytes | str, dialect: Dialect = GA) -> ServerEvent:
    """Read one frame of a server that speaks `dialect`; never raises. The audio of a delta is decoded here, once."""
    event: Any = parse_as(_MODELS, frame, dialect)  # for the type checker alone: `cast` would be a call for each event
    server_event: ServerEvent = event
    return server_event


def parse_as(
    models: Mapping[str, type[Event]], frame: bytes | str, dialect: Dialect = GA
) -> AnyEvent:
    """Read one frame as an event of these models, by their types; never raises."""
    try:
        fields = from_json(frame)
    except (ValueError, TypeError) as error:  # TypeError: half a surrogate pair in the frame itself
        fields = json_text.load_leniently(frame)
        if fields is None:
            reason = f"the frame can't be read as JSON: {error}"
            return ProtocolViolation(reason, _sample(frame), event_type=_type_of(frame, dialect))
    if not isinstance(fields, dict):
        return ProtocolViolation("the frame is JSON, but no object", _sample(frame))
    name = fields.get("type")
    if not isinstance(name, str):
        return ProtocolViolation("the event has no `type`", _sample(frame))
    try:
        decoded = dialect.decode(fields if name == name.strip() else {**fields, "type": name.strip()})
        kind = decoded["type"]
        model = models.get(kind)
    except Exception as error:  # a dialect may be the application's own
        reason = f"{name.strip()}: the dialect {dialect.name} can't decode it: {error!r}"
        return ProtocolViolation(reason, _sample(frame), event_type=name.strip())
    if model is None:
        return UnknownEvent(kind, fields)
    try:
        # What `model_validate` calls: one call less for each event.
        event: Event = model.__pydantic_validator__.validate_python(decoded, context=fields)
        return event
    except ValidationError as error:
        lenient = validate_leniently(model, decoded, fields, error)
        if lenient is not None:
            return lenient
        return ProtocolViolation(f"{kind}: {describe_errors(error)}", _sample(frame), event_type=kind)


def dump(event: Event | Mapping[str, Any], dialect: Dialect = GA) -> str:
    """Return the JSON text of an event, for a server that speaks `dialect`: of a model the fields that were set.

    Raises:
        UsageError: a mapping without a `type`, a value that JSON or the dialect can't represent, whose place it names,
            or an event of more than 16 MiB.

    """
    if isinstance(event, Event):
        name: object = event.type
    elif isinstance(event, Mapping):
        name = event.get("type")
    else:
        raise UsageError(f"an event is an object with a `type`, not of Python's type {type(event).__name__}")
    if not isinstance(name, str):
        raise UsageError(f"an event needs a `type`, a string; this one has {sorted(map(str, event))}")
    try:
        text = _short_way(event, dialect) or json_text.write(dialect.encode(client_fields(event)))
    except UsageError:
        raise
    except ValueError as error:
        raise UsageError(f"{name} can't be written as JSON: {error}") from error
    if len(text) > EVENT_LIMIT:  # it is ASCII
        raise UsageError(
            f"{name} is too large, {len(text) / 2**20:.0f} MiB: servers take {EVENT_LIMIT >> 20} MiB at most; "
            "send audio in pieces, and smaller images"
        )
    return text


def _short_way(event: Event | Mapping[str, Any], dialect: Dialect) -> str:
    """Return the JSON text of captured audio, which has nothing to escape; empty for another event.

    It is written fifty times a second, and takes a fifth of the time.
    """
    if type(event) is not input_audio.InputAudioBufferAppend or event.model_fields_set != _AUDIO_ALONE:
        return ""
    fields = {"type": event.type, "audio": pybase64.b64encode_as_string(event.audio)}
    return f'{{"type":"{event.type}","audio":"{fields["audio"]}"}}' if dialect.encode(fields) is fields else ""


def client_fields(event: Event | Mapping[str, Any]) -> dict[str, Any]:
    """Return a client event as an object of the wire; of a model the fields that were set."""
    if not isinstance(event, Event):
        return dict(event)
    try:
        return {"type": event.type, **event.model_dump(exclude_unset=True)}
    except (ValueError, RecursionError) as error:  # a value that contains itself
        raise ValueError(json_text.unserializable(dict(event)) or str(error)) from error


def client_field(event: Event | Mapping[str, Any], name: str) -> Any:
    """Return a field of a client event; None if it lacks it."""
    return event.get(name) if isinstance(event, Mapping) else getattr(event, name, None)


def _type_of(frame: bytes | str, dialect: Dialect) -> str | None:
    name = json_text.type_of(frame)
    if name is None:
        return None
    try:
        return str(dialect.decode({"type": name.strip()})["type"])
    except Exception:  # the rest of the event, which can't be read, may be what the dialect goes by
        return name.strip()


def _sample(frame: bytes | str) -> str:
    beginning = frame[:SAMPLE_LIMIT]
    text = beginning if isinstance(beginning, str) else beginning.decode(errors="replace")
    return MASKED if may_hold_credential(text) else mask_text(text)
