"""Writes `events.jsonl`: one frame of the wire per line.

A line is `{"t": seconds, "dir": "client" or "server", "event": {...}}`; the last one of a session that was ended has
`"close": {}` in place of an event.
"""

from __future__ import annotations

import json
from typing import Any, Literal, TypeAlias

from .._runtime.credentials import MASKED, CredentialScanner, mask_text, masked, may_hold_credential
from ._disk_file import DiskFile

Direction: TypeAlias = Literal["client", "server"]


class EventLog:
    """Writes frames into a file. Not thread-safe; raises what the file does."""

    def __init__(self, file: DiskFile) -> None:
        self._file = file
        self._arguments: dict[str, CredentialScanner] = {}  # of calls that are being made, by item

    def write(self, t: float, direction: Direction, frame: bytes | str) -> None:
        """Write one frame, without credentials.

        One that is no JSON object is kept under `raw` instead of `event`: unchanged, unless it may hold a credential.
        """
        text = frame if isinstance(frame, str) else frame.decode("utf-8", "backslashreplace")
        event = self._event(text)
        self._append(t, direction, f'"raw":{_dump(_raw(text))}' if event is None else f'"event":{event}')

    def write_end(self, t: float) -> None:
        """Write that the client ends the session."""
        self._append(t, "client", '"close":{}')

    def _append(self, t: float, direction: Direction, content: str) -> None:
        self._file.append_line(f'{{"t":{t:.4f},"dir":"{direction}",{content}}}')

    def _event(self, text: str) -> str | None:
        """Return a frame's JSON in one line, with credentials masked; None if it is no JSON object."""
        try:
            event = json.loads(text)
            return _dump(masked(self._without_parts(event))) if isinstance(event, dict) else None
        except (ValueError, RecursionError):
            return None

    def _without_parts(self, event: dict[str, Any]) -> dict[str, Any]:
        """Return an event without a piece of arguments that may be a part of a credential: the whole comes later."""
        match event:
            case {"type": str(kind), "delta": str(delta)} if kind.endswith("arguments.delta"):
                call = str(event.get("item_id") or event.get("call_id"))
                arguments = self._arguments.setdefault(call, CredentialScanner())
                arguments.push(delta)
                return event | {"delta": MASKED} if arguments.found else event
            case {"type": "response.done"}:
                self._arguments.clear()
        return event


def _raw(text: str) -> str:
    return f"{MASKED}: {len(text)} characters" if may_hold_credential(text) else mask_text(text)


def _dump(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
