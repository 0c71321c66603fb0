"""What one speaker said, with its captions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ._caption import Caption


@dataclass(frozen=True, slots=True)
class Utterance:
    """What one speaker said without a break, as it was heard: the input of `to_vtt` and `to_srt`."""

    speaker: str | None
    """A name, such as "user" or "assistant"; None: it is not known, or goes without saying."""

    start: float
    """Seconds on the timeline of the file."""

    end: float
    """Seconds on the timeline of the file."""

    captions: Sequence[Caption]
    """Its words, in order; their times count from `start`."""

    interrupted: bool = False
    """Whether it was cut at `end`; its last word then gets a dash."""
