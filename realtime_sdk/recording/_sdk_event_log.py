"""Writes `sdk_events.jsonl`: one event of the session per line, as the application gets it.

A line is `{"t": seconds, "type": "PlayoutStarted", …}`: the fields of the event's class, an object of the conversation
as its own fields. `t` and all other times count from the start of the recording; that of a `CaptionShown` is when its
word began to sound. The first line describes the file.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from decimal import Decimal
from enum import Enum
from typing import Any, Final

from .._runtime.credentials import masked
from .._runtime.version import version
from ..conversation._response import Response
from ..conversation._sdk_events import (
    CaptionShown,
    InputLevel,
    OutputLevel,
    ServerMessage,
    SessionReady,
    UserTranscript,
)
from ..conversation.items._items import FunctionCallItem, Item
from ..conversation.items._mcp_items import McpCallItem
from ..conversation.message._message import MessageItem
from ..conversation.tools._approval import Approval
from ._disk_file import DiskFile

FORMAT: Final = "realtime_sdk.events"
VERSION: Final = 1
"""Of the format: a reader refuses a later one. Fields and types that it does not know it skips."""

NOT_WRITTEN: Final = (InputLevel, OutputLevel)
"""They come many times a second, and the audio has them."""

_TIMES: Final = frozenset({
    "since", "started_at", "finished_at", "ended", "committed", "created", "first_delta", "preamble", "answer",
})  # fmt: skip
"""Fields that hold wall-clock times."""


class SdkEventLog:
    """Writes events into a file. Not thread-safe; raises what the file does.

    epoch: wall-clock time of the start of the recording.
    """

    def __init__(self, file: DiskFile, epoch: float) -> None:
        self._file = file
        self.write({"format": FORMAT, "version": VERSION, "sdk": version(), "epoch": epoch})

    def write(self, line: Mapping[str, Any]) -> None:
        """Write a line, without credentials."""
        self._file.append_line(
            json.dumps(masked(line), ensure_ascii=False, separators=(",", ":"), allow_nan=False, default=str)
        )


def describe(event: Any, at: float, epoch: float) -> dict[str, Any]:
    """Return an event as JSON, as it stands now. at: the wall-clock time, for one that has none of its own."""
    at = at if event.at is None else event.at
    handle = _EVENTS.get(type(event))
    described = _fields(event, epoch) if handle is None else handle(event, epoch)
    return {"t": _number(at - epoch), "type": type(event).__name__, **described}


def _fields(value: Any, epoch: float) -> dict[str, Any]:
    return {
        field.name: _number(inner - epoch) if field.name in _TIMES and inner is not None else _json(inner, epoch)
        for field in fields(value)
        for inner in [getattr(value, field.name)]
        if field.name != "at" and not isinstance(inner, BaseException)
    }


def _json(value: Any, epoch: float) -> Any:
    match value:
        case None | bool() | int() | str():
            return value
        case float():
            return _number(value)
        case Decimal():
            return str(value)
        case Enum():
            return value.value
        case Item():
            return _item(value)
        case Response():
            return _response(value, epoch)
        case Approval():
            return {"name": value.name, "arguments": value.arguments}
        case Mapping():
            return {str(name): _json(inner, epoch) for name, inner in value.items()}
        case tuple() | list():
            return [_json(inner, epoch) for inner in value]
    if is_dataclass(value):
        return _fields(value, epoch)
    return str(value)


def _item(item: Item) -> dict[str, Any]:
    described: dict[str, Any] = {"id": item.id, "type": item.type}
    match item:
        case MessageItem():
            described |= {"role": item.role, "phase": item.phase, "transcript": item.transcript}
        case FunctionCallItem():
            described |= {"name": item.name, "call_id": item.call_id, "arguments": item.arguments}
            described |= {"output": item.output}
        case McpCallItem():
            described |= {"server_label": item.server_label, "name": item.name, "arguments": item.arguments}
            described |= {"output": item.output, "error": item.error}
    return described


def _response(response: Response, epoch: float) -> dict[str, Any]:
    details = response.status_details
    return {
        "id": response.id,
        "status": response.status,
        "reason": None if details is None else details.reason,
        "error": None if details is None or details.error is None else details.error.message,
        "usage": _json(response.usage, epoch),
        "items": [item.id for item in response.items],
    }


def _caption(event: CaptionShown, epoch: float) -> dict[str, Any]:
    """A caption comes with every word: its message is described when it begins and when it ends."""
    return {"caption": _fields(event.caption, epoch)}


def _transcript(event: UserTranscript, epoch: float) -> dict[str, Any]:
    """A transcript comes with every piece of it: it is not written twice."""
    return {
        "item": {"id": event.item.id, "type": event.item.type, "role": event.item.role},
        "text": event.text,
        "final": event.final,
        "usage": _json(event.usage, epoch),
    }


def _number(seconds: float) -> float | None:
    """To a tenth of a millisecond; None: no number that JSON has."""
    return round(seconds, 4) if abs(seconds) < float("inf") else None


_EVENTS: Final[Mapping[type, Callable[[Any, float], dict[str, Any]]]] = {
    CaptionShown: _caption,
    UserTranscript: _transcript,
    SessionReady: lambda event, epoch: {name: event.session.get(name) for name in ("id", "model")},
    ServerMessage: lambda event, epoch: {"event_type": event.event.type},
}
"""Events that are described in another way than by their fields."""
