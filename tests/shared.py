"""Recorded sessions: the project's own, and those of real services."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

FIXTURES = Path(__file__).parent / "fixtures"

SHIPPED = FIXTURES / "recordings"
"""Sessions of real services, redacted; its README says where they come from."""

BESIDE = Path(__file__).parents[2] / "shared" / "recordings"
"""More sessions of real services, beside the repository on machines that have them."""


def shipped(*folders: str) -> list[Path]:
    """The sessions of these folders that are part of the repository: the same on every machine."""
    return _sessions(SHIPPED, folders)


def recordings(*folders: str) -> list[Path]:
    """All sessions of these folders: those of the repository, and those beside it."""
    return _sessions(SHIPPED, folders) + _sessions(BESIDE, folders)


def server_events(path: Path) -> Iterator[dict[str, Any]]:
    """What the server sent in a recorded session."""
    return _events(path, "server")


def client_events(path: Path) -> Iterator[dict[str, Any]]:
    """What the client sent in a recorded session."""
    return _events(path, "client")


def _events(path: Path, side: str) -> Iterator[dict[str, Any]]:
    for line in path.read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        if record["dir"] == side and isinstance(record.get("event"), dict):
            yield record["event"]


def _sessions(root: Path, folders: tuple[str, ...]) -> list[Path]:
    return [path for folder in folders for path in sorted((root / folder).glob("*.jsonl"))]
