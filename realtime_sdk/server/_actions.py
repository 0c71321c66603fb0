"""Actions that the rules decide on, beside sending events."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
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


@dataclass(frozen=True, slots=True)
class AwaitUser:
    """Wait `seconds` for the user to speak; None: wait no longer."""

    seconds: float | None


@dataclass(frozen=True, slots=True)
class ListTools:
    """Ask a tool server for its tools; `tool` is the wire's object, which says where it is."""

    item_id: str
    tool: dict[str, Any]


@dataclass(frozen=True, slots=True, eq=False)
class CallTool:
    """Call a hosted tool."""

    item_id: str
    run: Callable[[], Awaitable[str]]


Action: TypeAlias = Respond | Stop | Transcribe | Listen | Configure | AwaitUser | ListTools | CallTool
