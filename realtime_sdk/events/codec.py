"""Frames to events and back: `parse`, `dump`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final, TypeAlias, get_args

from pydantic import ValidationError
from pydantic_core import ErrorDetails as Fault
from pydantic_core import from_json

from ..errors import UsageError
from . import (
    conversation,
    input_audio,
    mcp,
    output_audio_buffer,
    response,
    response_pieces,
    service,
    session,
    transcription,
)
from .base import Event

SAMPLE = 200
"""Characters of a bad frame that a `ProtocolViolation` keeps."""


@dataclass(frozen=True, slots=True)
class UnknownEvent:
    """An event of a type that this package does not know, whole."""

    type: str
    raw: dict[str, Any]


@dataclass(frozen=True, slots=True)
class ProtocolViolation:
    """The server sent a frame that is no event, or an event that lacks what makes it one; the session lives on."""

    type: ClassVar[str] = "protocol_violation"

    reason: str
    sample: str  # the frame's beginning, at most 200 characters
    at: float | None = None  # wall-clock seconds; None until a session reports it


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
    except ValueError as error:
        return ProtocolViolation(f"the frame can't be read as JSON: {error}", _sample(frame))
    if not isinstance(fields, dict):
        return ProtocolViolation("the frame is JSON, but no object", _sample(frame))
    name = fields.get("type")
    if not isinstance(name, str):
        return ProtocolViolation("the event has no `type`", _sample(frame))
    model = _MODELS.get(name)
    if model is None:
        name = _TWINS.get(name.strip(), name.strip())
        model = _MODELS.get(name)
        if model is None:
            return UnknownEvent(name, fields)
        fields["type"] = name
    try:
        return model.model_validate(fields)  # type: ignore[return-value]
    except ValidationError as error:
        faults = "; ".join(_describe(fault) for fault in error.errors(include_url=False, include_context=False))
        return ProtocolViolation(f"{name}: {faults}", _sample(frame))


def dump(event: Event | Mapping[str, Any]) -> str:
    """Give the JSON text of an event: of a model the fields that were set, of a mapping all.

    `UsageError` refuses a mapping without a `type`, and a value that JSON can't hold.
    """
    if isinstance(event, Event):
        fields: Mapping[str, Any] = {"type": event.type, **event.model_dump(mode="json", exclude_unset=True)}
    elif isinstance(event.get("type"), str):
        fields = event
    else:
        raise UsageError(f"an event needs a `type`, a string; this one has {sorted(map(str, event))}")
    try:
        return json.dumps(fields, allow_nan=False, separators=(",", ":"))
    except (TypeError, ValueError, RecursionError) as error:
        raise UsageError(f"{fields['type']} can't be written as JSON: {error}") from error


def _describe(fault: Fault) -> str:
    where = "`" + ".".join(map(str, fault["loc"])) + "`"
    if fault["type"] == "missing":
        return f"{where} is missing"
    if fault["input"] is None:
        return f"{where} is null"
    return f"{where} {fault['msg'].removeprefix('Input ')}"


def _sample(frame: bytes | str) -> str:
    beginning = frame[:SAMPLE]
    return beginning if isinstance(beginning, str) else beginning.decode(errors="replace")
