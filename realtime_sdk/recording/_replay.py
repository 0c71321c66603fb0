"""Reads `events.jsonl` back."""

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

    t: float | None  # seconds since the start of the recording; None where the time was not recorded
    dir: str  # "server" or "client": the side that sent it
    event: dict[str, Any] | None  # None: the frame was no JSON object
    raw: str | None = None  # the text of such a frame; None: it was a JSON object

    @property
    def frame(self) -> str:
        """The frame's text, to be sent over a connection again."""
        return json.dumps(self.event) if self.raw is None else self.raw


def read(path: str | Path) -> Iterator[Record]:
    """Yield the records of a recording in their order.

    A last line without a line end was cut off by a crash and is skipped.

    Args:
        path: an `events.jsonl`, or the folder that holds it.

    Raises:
        OSError: the file can't be opened.
        UsageError: a line is no record; the message has its number.

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
