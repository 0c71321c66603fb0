"""Recorded sessions: the project's own, and those of real services, which lie beside it where they are present."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

RECORDINGS = Path(__file__).parents[2] / "shared" / "recordings"

FIXTURES = Path(__file__).parent / "fixtures"

needs_recordings = pytest.mark.skipif(not RECORDINGS.is_dir(), reason="recordings of real sessions are not present")


def recordings(*folders: str) -> list[Path]:
    """The recorded sessions of real services in these folders."""
    return [path for folder in folders for path in sorted((RECORDINGS / folder).glob("*.jsonl"))]


def server_events(path: Path) -> Iterator[dict[str, Any]]:
    """What the server sent in a recorded session."""
    for line in path.read_text().splitlines():
        record = json.loads(line)
        if record["dir"] == "server" and isinstance(record.get("event"), dict):
            yield record["event"]
