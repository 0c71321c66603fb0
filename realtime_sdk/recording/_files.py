"""The names of the files in the folder of a recording."""

from __future__ import annotations

from pathlib import Path
from typing import Final

EVENTS: Final = "events.jsonl"
SDK_EVENTS: Final = "sdk_events.jsonl"
AUDIO: Final = "conversation.wav"
CAPTIONS: Final = "captions.vtt"

FILES: Final = (EVENTS, SDK_EVENTS, AUDIO, CAPTIONS)


def events_file(path: str | Path) -> Path:
    """Return the `events.jsonl` in a folder; any other path is that of the file itself."""
    path = Path(path)
    return path / EVENTS if path.is_dir() else path
