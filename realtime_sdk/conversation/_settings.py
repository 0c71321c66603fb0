"""What all messages of a session share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from ..audio._pcm import Pcm
from ..captions._aligner import TranscriptAligner
from ..playback._segment import Segment
from ._completion import NewEvent

Taken: TypeAlias = Callable[[Segment, Pcm], None]
"""Told that the application took these frames of a segment, where no device plays them."""


class Follower(Protocol):
    """Looks for a part's words in its sound, and anchors the part's aligner where it finds them.

    It gets what the aligner gets. Nothing waits for it.
    """

    def push_text(self, delta: str) -> None:
        """Take the next piece of the transcript."""
        ...

    def end_text(self) -> None:
        """The transcript is complete: it is the aligner's `text`."""
        ...

    def push_audio(self, pcm: Pcm) -> None:
        """Take the next sound."""
        ...

    def end_audio(self) -> None:
        """The sound is complete."""
        ...

    def look(self, position: float) -> None:
        """Captions are wanted, and `position` seconds were heard: find the words that come next."""
        ...


Follow: TypeAlias = Callable[[TranscriptAligner], Follower]
"""Makes whoever follows a part; the aligner is the part's."""


@dataclass(slots=True)
class MessageSettings:
    """What all messages of a session share."""

    new_event: NewEvent
    rate: int  # of the sound, frames per second
    taken: Taken | None = None  # None: a device plays; else the application does, through `MessageItem.audio`
    follow: Follow | None = None  # None: words are not looked for in the sound
    captions_wanted: bool = False  # captions are emitted as they are shown, whether an item's own are asked for or not
