"""The messages that an application sent as text: they are no events of the session, but frames of the wire."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from .._replay import Record, record_of

_TYPE: Final = "conversation.item.create"

_RESTORING: Final = "restore"
"""How the ids begin of the events that repeat a conversation to a new server (`session/connection/_handover.py`)."""


@dataclass(frozen=True, slots=True)
class TypedMessage:
    """A message of the user's, as the application sent it."""

    at: float  # seconds
    text: str


def typed_messages(path: Path) -> Iterator[TypedMessage]:
    """Yield those of `events.jsonl`; none, where the file is missing or damaged."""
    mark = _TYPE.encode()
    try:
        with path.open("rb") as lines:
            for line in lines:
                # Most of an hour's lines are audio: they are not read as JSON.
                record = record_of(line) if mark in line else None
                if record is not None and (message := _message(record)) is not None:
                    yield message
    except OSError:
        return


def _message(record: Record) -> TypedMessage | None:
    """The message that a record holds; None: it holds none."""
    event = record.event
    if event is None or record.t is None or (record.dir, record.type) != ("client", _TYPE):
        return None
    if str(event.get("event_id", "")).startswith(_RESTORING):
        return None
    match event.get("item"):
        case {"role": "user", "content": list(content)}:
            text = " ".join(filter(None, map(_text, content)))
            return TypedMessage(float(record.t), text) if text else None
    return None


def _text(piece: Any) -> str:
    """The text of a piece of content, or what stands for it."""
    match piece:
        case {"type": "input_image"}:
            return "[image]"
        case {"text": str(text)}:
            return text
    return ""
