"""The aligner of one content part, made and fed when words are to be placed; a fault in it costs the part its times."""

from __future__ import annotations

import logging
import math
from collections import deque
from collections.abc import Callable, Iterator
from typing import Final, TypeVar

from ...audio._pcm import Pcm
from ...captions._aligner import TranscriptAligner
from ...captions._caption import Caption
from ...captions._making import make_aligner
from .._settings import Aligner, MessageSettings, WordFinder

T = TypeVar("T")

_log = logging.getLogger("realtime_sdk.captions")

_STEP: Final = 200
"""Pieces of text or audio that are handed on in one step: a fraction of a millisecond of work."""


class DeferredAligner:
    """Feeds the aligner of a part and, where there is one, the word finder that searches its audio.

    Text and audio wait until words are to be placed: of most messages none ever are, or all of it is heard before.
    """

    def __init__(self, item_id: str, settings: MessageSettings) -> None:
        self.frames = 0  # of audio
        self._item_id = item_id
        self._rate = settings.rate
        self._aligner: Aligner | None = None  # None: it is not made, words are not timed, it failed or was released
        self._word_finder: WordFinder | None = None
        self._unmade: MessageSettings | None = None  # by which the aligner is made once it is needed
        if settings.make_aligner is make_aligner:
            self._unmade = settings
        else:
            self._make(settings)
        self._audio: deque[Pcm] = deque()  # that waits
        # Text and ends that wait, as the calls that hand them on; None: nothing waits, and nothing will.
        self._deferred: deque[tuple[Callable[..., None], tuple[object, ...]]] | None = None
        if settings.make_aligner is not None:
            self._deferred = deque()

    def _make(self, settings: MessageSettings) -> None:
        """Make the aligner, and what searches the audio for its words."""
        if settings.make_aligner is not None:
            self._aligner = settings.make_aligner(self._rate, item_id=self._item_id)
        if settings.make_word_finder is not None and isinstance(self._aligner, TranscriptAligner):
            self._word_finder = settings.make_word_finder(self._aligner)

    # What comes

    def push_text(self, delta: str, start: float | None, end: float | None) -> None:
        """Add the next piece of text, with the times of its audio where the provider gives them."""
        self._hand_on(self._add_text, delta, start, end)

    def end_text(self, text: str | None) -> None:
        """The text is complete; `text` is the whole, where the server repeats it."""
        self._hand_on(self._complete_text, text)

    def push_audio(self, pcm: Pcm) -> None:
        """Add the next audio."""
        self.frames += pcm.size
        if self._deferred is None:
            self._add_audio(pcm)
        else:
            self._audio.append(pcm)

    def end_audio(self) -> None:
        """The audio is complete."""
        self._hand_on(self._complete_audio)

    def _hand_on(self, take: Callable[..., None], *arguments: object) -> None:
        if self._deferred is None:
            take(*arguments)
        else:
            self._deferred.append((take, arguments))

    def _catch_up(self) -> Iterator[None]:
        """Hand on what has waited, in short steps, and let nothing wait from then on.

        All audio comes first: it may be ahead of its text by any time, but no audio follows the end of it.
        """
        if self._unmade is not None:
            self._make(self._unmade)
            self._unmade = None
        count = 0
        while self._audio or self._deferred:
            if self._audio:
                self._add_audio(self._audio.popleft())
            elif self._deferred:
                take, arguments = self._deferred.popleft()
                take(*arguments)
            if (count := count + 1) % _STEP == 0:
                yield
        self._deferred = None

    def _catch_up_at_once(self) -> None:
        deque(self._catch_up(), maxlen=0)

    def _add_text(self, delta: str, start: float | None, end: float | None) -> None:
        if self._aligner is not None:
            self._guard(self._aligner.push_text, delta, start, end)

    def _complete_text(self, text: str | None) -> None:
        if self._aligner is not None:
            self._guard(self._aligner.end_text, text)

    def _add_audio(self, pcm: Pcm) -> None:
        if self._aligner is not None:
            self._guard(self._aligner.push_audio, pcm)
        if self._word_finder is not None:
            self._search(self._word_finder.push_audio, pcm)

    def _complete_audio(self) -> None:
        if self._aligner is not None:
            self._guard(self._aligner.end_audio)
        if self._word_finder is not None:
            self._search(self._word_finder.end_audio)

    def release(self) -> None:
        """Free all that was measured of the audio; nothing is placed in it any more."""
        self._word_finder = self._aligner = self._unmade = self._deferred = None
        self._audio.clear()

    # What is placed

    @property
    def is_unmeasured(self) -> bool:
        """Whether the aligner, which is to place words, was not given yet what has come."""
        is_timed = self._unmade is not None or isinstance(self._aligner, TranscriptAligner)
        return self._deferred is not None and is_timed

    @property
    def places_words(self) -> bool:
        """Whether `prepare` may have something to do."""
        if self._unmade is not None:
            return True
        if self._aligner is None:
            return False
        return isinstance(self._aligner, TranscriptAligner) or self._aligner.places_words

    def search(self, position: float) -> None:
        """Search the audio for the words that come after `position` seconds; called while captions are requested."""
        if self._word_finder is not None and self._deferred is None:
            self._search(self._word_finder.search, position)

    def prepare(self, position: float) -> Iterator[None]:
        """Place the words that are audible up to `position` seconds, in short steps."""
        yield from self._catch_up()
        if (aligner := self._aligner) is None:
            return
        try:
            for _ in aligner.prepare(position):
                yield
                if self._aligner is not aligner:
                    return  # the playout is over in the meantime
        except Exception:
            self._fail()

    def next_due(self, position: float) -> float:
        """Seconds of the audio before which no further caption is due; `position`: that is not known."""
        if self.is_unmeasured:
            return position
        return math.inf if self._aligner is None else self._aligner.next_due(position)

    def due(self, position: float) -> list[Caption]:
        """The captions audible up to `position` seconds, each once, of the words that were placed."""
        if self._aligner is None or self.is_unmeasured:
            return []
        self._catch_up_at_once()
        return self._guard(self._aligner.due, position, exact=False) or []

    def finish(self, position: float) -> list[Caption] | None:
        """The last captions of audio that was cut at `position` seconds; None: no words are placed in it."""
        self._catch_up_at_once()
        return None if self._aligner is None else self._guard(self._aligner.finish, position, exact=False)

    def flush(self) -> list[Caption] | None:
        """The last captions of audio that was heard to its end, or of text without audio; None: likewise."""
        self._catch_up_at_once()
        return None if self._aligner is None else self._guard(self._aligner.flush, exact=False)

    # Faults

    def _guard(self, call: Callable[..., T], *arguments: object, **options: object) -> T | None:
        """Call the aligner; an exception switches it off, for this part only."""
        try:
            return call(*arguments, **options)
        except Exception:
            self._fail()
            return None

    def _fail(self) -> None:
        _log.exception("item %s goes on without the times of its captions: the aligner failed", self._item_id)
        self._aligner = self._word_finder = None

    def _search(self, call: Callable[..., None], *arguments: object) -> None:
        """Call the word finder; an exception switches it off, for this part only."""
        try:
            call(*arguments)
        except Exception:
            _log.exception("the words of item %s are not searched for in its audio: the search failed", self._item_id)
            self._word_finder = None
