"""How much of one message was heard."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Playout:
    """How much of one message item was heard, and when. Times are the item's own and do not overlap between items.

    A pause, an underrun or a lost device may lie between them: `MessageItem.heard_at` has the time of each position.
    """

    item_id: str
    started_at: float | None  # wall-clock seconds of its first frame at the converter; None: it was never heard
    finished_at: float | None  # wall-clock seconds of its last frame heard; None: it was never heard
    position: float  # seconds of its audio that were heard
    duration: float  # seconds of its audio that were received
    interrupted: bool  # some of it was not heard, or the server never finished it
    transcript: str  # the text that was heard (of a text-only item: its text)
    latency: float | None = None  # seconds from its first delta to its first frame heard; None: it was never heard
    underruns: int = 0  # how often its audio ran dry in the middle
