"""The settings that all messages of a session share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

from ..audio._pcm import Pcm
from ..captions._aligner import TranscriptAligner
from ..captions._caption import Caption
from ..captions._making import make_aligner
from ..playback._segment import Segment
from ._completion import EventFactory

CountHeard: TypeAlias = Callable[[], None]
"""Called to have the frames counted that a device has played until now."""

OnHeard: TypeAlias = Callable[[Segment, int], None]
"""Called with the number of frames of a segment that an application has played; takes them from it."""


class KnownTimes(Protocol):
    """Knows the times of a part's words, and does otherwise what a `TranscriptAligner` does, which places them."""

    def push_text(self, delta: str, start: float | None = None, end: float | None = None) -> None:
        """Add the next piece of the transcript."""
        ...

    def end_text(self, text: str | None = None) -> None:
        """Mark the transcript as complete."""
        ...

    def push_audio(self, pcm: Pcm) -> None:
        """Add the next audio."""
        ...

    def end_audio(self) -> None:
        """Mark the audio as complete."""
        ...

    def prepare(self, position: float) -> Iterator[None]:
        """Place the words that are audible by `position` seconds, in short steps."""
        ...

    @property
    def places_words(self) -> bool:
        """Whether it has come to words whose times it does not know: it places them from now on."""
        ...

    def next_due(self, position: float) -> float:
        """Return the seconds of audio before which no further caption is due; `position`: that is not known."""
        ...

    def due(self, position: float, *, exact: bool = True) -> list[Caption]:
        """Return the captions that became audible by `position` seconds."""
        ...

    def finish(self, position: float, *, exact: bool = True) -> list[Caption]:
        """Return the rest that was audible when the audio was cut."""
        ...

    def flush(self, *, exact: bool = True) -> list[Caption]:
        """Return all the rest."""
        ...


Aligner: TypeAlias = TranscriptAligner | KnownTimes
"""Times the words of a part."""


class MakeAligner(Protocol):
    """Makes the aligner of a part."""

    def __call__(self, sample_rate: int, *, item_id: str) -> Aligner:
        """Return that of the next part of this item, whose audio has this rate in Hz."""
        ...


class WordFinder(Protocol):
    """Recognises the sounds of a part's audio, as evidence for the part's aligner. Nothing waits for it."""

    def push_audio(self, pcm: Pcm) -> None:
        """Add the next audio."""
        ...

    def end_audio(self) -> None:
        """The audio is complete."""
        ...

    def search(self, position: float) -> None:
        """Recognise the audio that comes after `position` seconds; called while captions are requested."""
        ...


MakeWordFinder: TypeAlias = Callable[[TranscriptAligner], WordFinder]
"""Makes the word finder of a part, from the part's aligner."""


@dataclass(slots=True)
class MessageSettings:
    """The settings that all messages of a session share."""

    event_factory: EventFactory
    rate: int  # of the audio, frames per second
    on_heard: OnHeard | None = None  # None: a device plays; else the application does, through `MessageItem.audio`
    on_awaited: Callable[[], None] = lambda: None  # an application that plays begins to wait until audio was heard
    count_heard: CountHeard = lambda: None
    make_aligner: MakeAligner | None = make_aligner  # None: a message has one caption, when it was heard
    make_word_finder: MakeWordFinder | None = None  # None: words are not searched for in the audio
    played_remotely: bool = False  # a call was joined, whose server plays to the caller
    writes_only: bool = False  # the model is asked for text alone: audio that comes all the same is not for hearing
    captions_requested: bool = False  # by a reader of the session's events: each caption is emitted
    changed: list[Segment] = field(default_factory=list)  # whose messages wait no longer: `Registry.active`
