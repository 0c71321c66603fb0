"""The messages that an application sent as text: they are no events of the session, but frames of the wire."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

_TYPE: Final = "conversation.item.create"

_RESTORING: Final = "restore"
"""How the ids begin of the events that repeat a conversation to a new server (`session/_handover.py`)."""


@dataclass(frozen=True, slots=True)
class TypedMessage:
    """A message of the user's, as the application sent it."""

    at: float  # seconds
    text: str


def typed_messages(path: Path) -> Iterator[TypedMessage]:
    """Yield those of `events.jsonl`; none, where the file is missing or damaged."""
    try:
        with path.open(encoding="utf-8", errors="replace") as lines:
            for line in lines:
                # Most of an hour's lines are audio: they are not read as JSON.
                if _TYPE in line and (message := _message(line)) is not None:
                    yield message
    except OSError:
        return


def _message(line: str) -> TypedMessage | None:
    """The message that a line holds; None: it holds none."""
    try:
        record: Any = json.loads(line)
        event, item = record["event"], record["event"]["item"]
        if record["dir"] != "client" or event["type"] != _TYPE or item.get("role") != "user":
            return None
        if str(event.get("event_id", "")).startswith(_RESTORING):
            return None
        text = " ".join(filter(None, map(_text, item["content"])))
        return TypedMessage(float(record["t"]), text) if text else None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def _text(piece: Mapping[str, Any]) -> str:
    """The text of a piece of content, or what stands for it."""
    return "[image]" if piece["type"] == "input_image" else str(piece.get("text") or "")
