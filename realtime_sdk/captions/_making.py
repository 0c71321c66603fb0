"""Makes the aligner of a content part: what `connect` names before the modules that place words are loaded."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ._aligner import TranscriptAligner


def make_aligner(sample_rate: int, *, item_id: str) -> TranscriptAligner:
    """Return the aligner of the next part of this item, whose audio has this rate in Hz."""
    from ._aligner import TranscriptAligner  # a session loads it in a thread, while it opens

    return TranscriptAligner(sample_rate, item_id=item_id)
