"""Reads `events.jsonl` back."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from pydantic_core import from_json, to_json

from .._runtime.text import quotable
from ..errors import UsageError
from ._files import EVENTS, events_file

_log = logging.getLogger("realtime_sdk.recording")

_SHOWN = 60
"""Characters of a damaged line that a message shows."""


@dataclass(frozen=True, slots=True)
class Record:
    """One frame of the wire, as it was recorded."""

    t: float | None  # seconds since the start of the recording; None where the time was not recorded
    dir: str  # "server" or "client": the side that sent it
    event: dict[str, Any] | None  # None: the frame was no JSON object
    raw: str | None = None  # the text of such a frame; None: it was a JSON object
    close: Mapping[str, Any] | None = None  # the end of the connection, with the server's code; None: it is a frame

    @property
    def frame(self) -> str:
        """The frame's text, to be sent over a connection again."""
        if self.raw is not None:
            return self.raw
        try:
            return to_json(self.event).decode()
        except ValueError:  # half of a surrogate pair, which JSON holds as an escape
            return json.dumps(self.event)

    @property
    def type(self) -> str:
        """The type of its event; empty where it has none."""
        kind = None if self.event is None else self.event.get("type")
        return kind if isinstance(kind, str) else ""


def read(path: str | Path) -> Iterator[Record]:
    """Yield the records of a recording in their order.

    Lines that are no records are skipped, as is a last line that was cut off by a crash; one warning in the log says
    how many, and which is the first.

    Args:
        path: an `events.jsonl`, or the folder that holds it.

    Raises:
        UsageError: there is no such file, it can't be read, or it has lines, and none is a record. All are raised by
            the first step of the iteration.

    """
    path = events_file(path)
    damaged: list[tuple[int, str]] = []  # with their numbers
    is_empty = True
    with _opened(path) as lines:
        for number, line in enumerate(lines, start=1):
            if (record := record_of(line)) is not None:
                is_empty = False
                yield record
            elif line.strip():
                damaged.append((number, _text_of(line)))
    if damaged and is_empty:
        raise UsageError(f"{path} holds no recorded event: pass the folder of a recording, or its {EVENTS}")
    if damaged:
        _log.warning("%s: %s", path, _description(damaged))


def _opened(path: Path) -> BinaryIO:
    """Open an `events.jsonl`."""
    try:
        return path.open("rb")
    except FileNotFoundError as error:
        if path.name == EVENTS and path.parent.is_dir():
            raise UsageError(f"{path.parent} holds no recording: it has no {EVENTS}") from error
        example = f"pass the folder of a recording, such as talks/monday, or its {EVENTS}"
        raise UsageError(f"there is no {path}: {example}") from error
    except (OSError, ValueError) as error:  # a ValueError: of a name with a zero in it
        reason = error.strerror if isinstance(error, OSError) else error
        raise UsageError(f"{path} can't be read: {reason}") from error


def _description(damaged: list[tuple[int, str]]) -> str:
    """Say in one sentence what is skipped."""
    number, line = damaged[0]
    if len(damaged) == 1 and not line.endswith("\n"):
        return f"the recording was cut off in its last line, {number}, which is skipped"
    shown = quotable(repr(line.rstrip("\n")[:_SHOWN]))
    if len(damaged) == 1:
        return f"line {number} is no record of an event, and is skipped: {shown}"
    return f"{len(damaged)} lines are no records of events, and are skipped; the first is line {number}: {shown}"


def _text_of(line: bytes) -> str:
    return line.decode("utf-8", "backslashreplace")


def _fields_of(line: bytes) -> Any:
    """Read the JSON of a line, as far as it can be read; None: it is none."""
    try:
        return from_json(line)
    except ValueError:  # it may lie in a detail, such as half of a surrogate pair
        pass
    try:
        return json.loads(_text_of(line))
    except (ValueError, RecursionError):
        return None


def record_of(line: bytes) -> Record | None:
    """Return the record of a line of `events.jsonl`; None: it holds none."""
    fields = _fields_of(line)
    if not isinstance(fields, dict) or fields.get("dir") not in ("client", "server"):
        return None
    t, event, raw, close = fields.get("t"), fields.get("event"), fields.get("raw"), fields.get("close")
    if isinstance(t, bool) or not (t is None or isinstance(t, int | float)):
        return None
    if isinstance(event, dict):
        return Record(t, fields["dir"], event)
    if isinstance(close, dict):
        return Record(t, fields["dir"], None, close=close)
    return Record(t, fields["dir"], None, raw) if isinstance(raw, str) else None
