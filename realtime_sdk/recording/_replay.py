"""Reading `events.jsonl` back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import UsageError


@dataclass(frozen=True, slots=True)
class Record:
    """One frame of the wire, as it was recorded."""

    t: float | None  # seconds since the start of the recording; None where it was not kept
    dir: str  # "server" or "client"
    event: dict[str, Any] | None  # None: the frame was no JSON object
    raw: str | None = None  # that frame as it came

    @property
    def frame(self) -> str:
        """The frame's text, as it would go over the wire again."""
        return json.dumps(self.event) if self.raw is None else self.raw


def read(path: str | Path) -> Iterator[Record]:
    """Yield the records of an `events.jsonl`, or of the one in a recording's folder, in their order.

    A last line without its end was cut by a crash and is left out; any other line that is no record raises
    `UsageError` with its number.
    """
    path = Path(path)
    with (path / "events.jsonl" if path.is_dir() else path).open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, start=1):
            try:
                yield _record(json.loads(line))
            except (ValueError, KeyError, TypeError) as error:
                if not line.endswith("\n"):
                    return
                raise UsageError(f"{path}: line {number} is no record of an event: {line[:60]!r}") from error


def _record(line: dict[str, Any]) -> Record:
    return Record(line["t"], line["dir"], line.get("event"), line.get("raw"))
