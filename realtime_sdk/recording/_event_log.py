"""Writes `events.jsonl`: one frame of the wire per line.

A line is `{"t": seconds, "dir": "client" or "server", "event": {...}}`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal, TypeAlias

Direction: TypeAlias = Literal["client", "server"]

CREDENTIALS = ("authorization", "headers", "client_secret", "api_key")
"""Fields of the wire that hold a credential: those of an MCP tool, and the beta's ephemeral key."""

_MASKED = "[not recorded]"


class EventLog:
    """Writes a new file. Not thread-safe; every method raises `OSError` as files do."""

    def __init__(self, path: Path) -> None:
        # backslashreplace: half of a surrogate pair has no UTF-8, and its escape is JSON's notation anyway.
        self._file = path.open("x", encoding="utf-8", errors="backslashreplace", newline="\n")

    def write(self, t: float, direction: Direction, frame: bytes | str) -> None:
        """Write one frame; one that is no JSON object is kept unchanged, under `raw` instead of `event`."""
        text = frame if isinstance(frame, str) else frame.decode("utf-8", "backslashreplace")
        event = _event(text)
        content = f'"raw":{_dump(text)}' if event is None else f'"event":{event}'
        self._file.write(f'{{"t":{t:.4f},"dir":"{direction}",{content}}}\n')

    def flush(self) -> None:
        """Hand the lines written to the operating system, so that a crash of this process does not lose it."""
        self._file.flush()

    def close(self) -> None:
        """Write the rest and close the file; a second call does nothing."""
        self._file.close()


def _event(text: str) -> str | None:
    """Return a frame's JSON in one line, with credentials masked; None if it is no JSON object."""
    try:
        event = json.loads(text)
        if not isinstance(event, dict):
            return None
        return _dump(_masked(event) if any(name in text for name in CREDENTIALS) else event)
    except (ValueError, RecursionError):
        return None


def _dump(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _masked(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            key: _MASKED if key in CREDENTIALS and inner is not None else _masked(inner) for key, inner in value.items()
        }
    return [_masked(inner) for inner in value] if isinstance(value, list) else value
