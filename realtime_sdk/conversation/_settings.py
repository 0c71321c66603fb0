"""The settings that all messages of a session share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from ..audio._pcm import Pcm
from ..captions._aligner import TranscriptAligner
from ..playback._segment import Segment
from ._completion import EventFactory

OnHeard: TypeAlias = Callable[[Segment, int], None]
"""Called with the number of frames of a segment that an application has played; takes them from it."""


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
    make_word_finder: MakeWordFinder | None = None  # None: words are not searched for in the audio
    played_remotely: bool = False  # a call was joined, whose server plays to the caller
    writes_only: bool = False  # the model is asked for text alone: audio that comes all the same is not for hearing
    times_words: bool = True  # else a message has one caption, when it was heard
    captions_requested: bool = False  # by a reader of the session's events: each caption is emitted
