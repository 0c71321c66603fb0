"""Actions that the rules decide on, beside sending events."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

from ..audio._pcm import Pcm


@dataclass(frozen=True, slots=True)
class Respond:
    """Have the backend write a response."""

    response_id: str


@dataclass(frozen=True, slots=True)
class Stop:
    """Stop the backend if it still writes this response: it is over."""

    response_id: str


@dataclass(frozen=True, slots=True, eq=False)
class Transcribe:
    """Transcribe a committed turn."""

    item_id: str
    pcm: Pcm


@dataclass(frozen=True, slots=True, eq=False)
class Listen:
    """Detect turn boundaries in the user's next audio."""

    pcm: Pcm


@dataclass(frozen=True, slots=True)
class Configure:
    """Adopt the session's turn detection (None: none)."""

    turn_detection: dict[str, Any] | None


Action: TypeAlias = Respond | Stop | Transcribe | Listen | Configure
