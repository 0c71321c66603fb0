"""What the rules leave to do, beside sending events."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

from ..audio._pcm import Pcm


@dataclass(frozen=True, slots=True)
class Respond:
    """Let the voice write a response."""

    response_id: str


@dataclass(frozen=True, slots=True)
class Stop:
    """Stop the voice if it is still at this response: it is over."""

    response_id: str


@dataclass(frozen=True, slots=True, eq=False)
class Transcribe:
    """Write down what was said in an item."""

    item_id: str
    pcm: Pcm


@dataclass(frozen=True, slots=True, eq=False)
class Listen:
    """Look for turn boundaries in the user's next sound."""

    pcm: Pcm


@dataclass(frozen=True, slots=True)
class Configure:
    """Adopt the session's turn detection (None: none)."""

    turn_detection: dict[str, Any] | None


Action: TypeAlias = Respond | Stop | Transcribe | Listen | Configure
