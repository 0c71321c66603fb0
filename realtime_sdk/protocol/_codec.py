"""Frames to events and back: `parse`, `dump`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final, TypeAlias, get_args

from pydantic import ValidationError
from pydantic_core import from_json

from ..errors import UsageError
from . import (
    _conversation as conversation,
)
from . import (
    _input_audio as input_audio,
)
from . import (
    _json_text as json_text,
)
from . import (
    _mcp as mcp,
)
from . import (
    _output_audio_buffer as output_audio_buffer,
)
from . import (
    _response as response,
)
from . import (
    _response_pieces as response_pieces,
)
from . import (
    _service as service,
)
from . import (
    _session as session,
)
from . import (
    _transcription as transcription,
)
from ._base import Event
from ._repair import explain, repair

__all__ = [
    "ClientEvent",
    "ProtocolViolation",
    "ServerEvent",
    "UnknownEvent",
    "dump",
    "parse",
]

SAMPLE = 200
"""Characters of a bad frame that a `ProtocolViolation` keeps."""


@dataclass(frozen=True, slots=True)
class UnknownEvent:
    """An event of a type that this package does not know, whole."""

    faults: ClassVar[tuple[str, ...]] = ()  # nothing of it was read

    type: str
    raw: dict[str, Any]


@dataclass(frozen=True, slots=True)
class ProtocolViolation:
    """The server sent a frame that is no event, or an event that lacks what makes it one; the session lives on."""

    type: ClassVar[str] = "protocol_violation"
    faults: ClassVar[tuple[str, ...]] = ()  # `reason` says it all

    reason: str
    sample: str  # the frame's beginning, at most 200 characters
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
"""Whatever `parse` can give."""

ClientEvent: TypeAlias = (
    session.FromClient
    | input_audio.FromClient
    | conversation.FromClient
    | response.FromClient
    | output_audio_buffer.FromClient
)
"""Whatever a client can say."""

_MODELS: Final[dict[str, type[Event]]] = {
    model.model_fields["type"].default: model for model in get_args(ServerEvent) if issubclass(model, Event)
}

_TWINS: Final = {
    "conversation.item.created": "conversation.item.added",
    "response.audio.delta": "response.output_audio.delta",
    "response.audio.done": "response.output_audio.done",
    "response.audio_transcript.delta": "response.output_audio_transcript.delta",
    "response.audio_transcript.done": "response.output_audio_transcript.done",
    "response.text.delta": "response.output_text.delta",
    "response.text.done": "response.output_text.done",
}
"""Names of the retired beta that still turn up in GA sessions; the events are the same."""


def parse(frame: bytes | str) -> ServerEvent:
    """Read one frame; never raises. The audio of a delta is decoded here, once."""
    try:
        fields = from_json(frame)
    except (ValueError, TypeError) as error:  # TypeError: half a surrogate pair in the frame itself
        fields = json_text.read_leniently(frame)
        if fields is None:
            reason = f"the frame can't be read as JSON: {error}"
            return ProtocolViolation(reason, _sample(frame), event_type=_type_of(frame))
    if not isinstance(fields, dict):
        return ProtocolViolation("the frame is JSON, but no object", _sample(frame))
    name = fields.get("type")
    if not isinstance(name, str):
        return ProtocolViolation("the event has no `type`", _sample(frame))
    model = _MODELS.get(name)
    if model is None:
        name = _canonical(name)
        model = _MODELS.get(name)
        if model is None:
            return UnknownEvent(name, fields)
        fields["type"] = name
    try:
        return model.model_validate(fields)  # type: ignore[return-value]
    except ValidationError as error:
        event = repair(model, fields, error)
        if event is not None:
            return event  # type: ignore[return-value]
        return ProtocolViolation(f"{name}: {explain(error)}", _sample(frame), event_type=name)


def dump(event: Event | Mapping[str, Any]) -> str:
    """Give the JSON text of an event: of a model the fields that were set, of a mapping all.

    Raises:
        UsageError: a mapping without a `type`, or a value that JSON can't hold; it names the value's place.

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
        return json_text.write(_fields(event))
    except ValueError as error:
        raise UsageError(f"{name} can't be written as JSON: {error}") from error


def _fields(event: Event | Mapping[str, Any]) -> dict[str, Any]:
    if not isinstance(event, Event):
        return dict(event)
    try:
        return {"type": event.type, **event.model_dump(exclude_unset=True)}
    except (ValueError, RecursionError) as error:  # a value that contains itself
        raise ValueError(json_text.misfit(dict(event)) or str(error)) from error


def _type_of(frame: bytes | str) -> str | None:
    name = json_text.type_of(frame)
    return None if name is None else _canonical(name)


def _canonical(name: str) -> str:
    return _TWINS.get(name.strip(), name.strip())


def _sample(frame: bytes | str) -> str:
    beginning = frame[:SAMPLE]
    return beginning if isinstance(beginning, str) else beginning.decode(errors="replace")
