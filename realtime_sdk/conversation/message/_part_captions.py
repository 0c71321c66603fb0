"""The captions of one content part, kept apart from its audio: a fault in them costs the part only its times."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Iterator
from functools import partial
from typing import Final

from ...audio._pcm import Pcm, to_frames, to_seconds
from ...captions._aligner import TranscriptAligner
from ...captions._caption import Caption
from ...captions._making import make_aligner
from ...captions._spread import spread
from .._settings import Aligner, MessageSettings, WordFinder

_log = logging.getLogger("realtime_sdk.captions")

DEFERRED_SECONDS: Final = 60.0
"""Seconds of audio that may wait to be measured: as much as an aligner takes in without analysing any of it."""


class PartCaptions:
    """Feeds the aligner of a part and, where there is one, the word finder that searches its audio.

    Text and audio wait until words are to be placed: of most messages none ever are, or all of it is heard before.
    """

    def __init__(self, item_id: str, settings: MessageSettings) -> None:
        self._item_id = item_id
        self._rate = settings.rate
        self._text = ""
        self._frames = 0  # of audio
        self._count = 0  # captions returned so far
        self._shown = 0  # characters of them
        self._shown_until = 0.0  # seconds, the end of the last one
        self._is_timed = False  # the provider gives times
        self._released = False  # the playout is final: nothing of the audio is kept
        self._aligner: Aligner | None = None  # None: it is not made, words are not timed, or it failed
        self._word_finder: WordFinder | None = None
        self._unmade: MessageSettings | None = None  # by which the aligner is made once it is needed
        if settings.make_aligner is make_aligner:
            self._unmade = settings
        else:
            self._make(settings)
        self._audio: list[Pcm] = []  # that waits
        # Text and ends that wait, as the calls that hand them on; None: nothing waits, and nothing will.
        self._deferred: list[tuple[Callable[..., None], tuple[object, ...]]] | None = None
        if settings.make_aligner is not None:
            self._deferred = []
        self._most_deferred = to_frames(DEFERRED_SECONDS, self._rate)  # frames of audio that wait

    def _make(self, settings: MessageSettings) -> None:
        """Make the aligner, and what searches the audio for its words."""
        if settings.make_aligner is not None:
            self._aligner = settings.make_aligner(self._rate, item_id=self._item_id)
        if settings.make_word_finder is not None and isinstance(self._aligner, TranscriptAligner):
            self._word_finder = settings.make_word_finder(self._aligner)

    def push_text(self, delta: str, start: float | None, end: float | None) -> None:
        """Add the next piece of text, with the times of its audio where the provider gives them."""
        self._text += delta
        self._is_timed = self._is_timed or start is not None or end is not None
        self._hand_on(self._add_text, delta, start, end)

    def end_text(self, text: str | None) -> None:
        """The text is complete; `text` is the whole, where the server repeats it."""
        if text is not None and not (self._released and self._text[: self._shown] != text[: self._shown]):
            self._text = text
        self._hand_on(self._complete_text, text)

    def push_audio(self, pcm: Pcm) -> None:
        """Add the next audio."""
        self._frames += pcm.size
        if self._deferred is None:
            self._add_audio(pcm)
        else:
            self._audio.append(pcm)
            if self._frames >= self._most_deferred:
                self._catch_up()

    def end_audio(self) -> None:
        """The audio is complete."""
        self._hand_on(self._complete_audio)

    def _hand_on(self, take: Callable[..., None], *arguments: object) -> None:
        if self._deferred is None:
            take(*arguments)
        else:
            self._deferred.append((take, arguments))

    def _catch_up(self) -> None:
        """Hand on what has waited, and let nothing wait from now on.

        All audio comes first: it may be ahead of its text by any time, but no audio follows the end of it.
        """
        if self._unmade is not None:
            self._make(self._unmade)
            self._unmade = None
        deferred, self._deferred = self._deferred or (), None
        audio, self._audio = self._audio, []
        for pcm in audio:
            self._add_audio(pcm)
        for take, arguments in deferred:
            take(*arguments)

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
        """Free all that was measured of the audio: captions requested later are spread over it."""
        self._word_finder = self._aligner = self._unmade = self._deferred = None
        self._audio = []
        self._released = True

    def search(self, position: float) -> None:
        """Search the audio for the words that come after `position` seconds; called while captions are requested."""
        if self._word_finder is not None and self._deferred is None:
            self._search(self._word_finder.search, position)

    def prepare(self, position: float, *, followed: bool) -> Iterator[None]:
        """Place the words that are audible up to `position` seconds, in short steps.

        Unless `followed`, by a reader of captions, none are before the audio is heard: most may never be.
        """
        if not (followed or position):
            return
        self._catch_up()
        if (aligner := self._aligner) is None:
            return
        try:
            for _ in aligner.prepare(position):
                yield
                if self._aligner is not aligner:
                    return  # the playout is over in the meantime
        except Exception:
            self._fail()

    @property
    def _is_unmeasured(self) -> bool:
        """Whether the aligner, which is to place words, was given nothing yet."""
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

    def next_due(self, position: float) -> float:
        """Seconds of the audio before which no further caption is due; `position`: that is not known."""
        if self._is_unmeasured:
            return position
        return math.inf if self._aligner is None else self._aligner.next_due(position)

    def due(self, position: float) -> list[Caption]:
        """The captions audible up to `position` seconds, each once, of the words that were placed."""
        if self._aligner is None or self._is_unmeasured:
            return []
        self._catch_up()
        return self._captions(self._aligner.due, position)

    def finish(self, position: float) -> list[Caption]:
        """The last captions of audio that was cut at `position` seconds, of the words that were placed."""
        self._catch_up()
        if self._aligner is not None:
            return self._captions(self._aligner.finish, position)
        if self._released:
            return []
        heard = position / to_seconds(self._frames, self._rate) if self._frames else 0.0
        return self._untimed(self._text[: math.floor(len(self._text) * heard)], position)

    def flush(self) -> list[Caption]:
        """The last captions of audio that was heard to its end, or of text without audio."""
        if self._is_unmeasured and not self._is_timed:
            self.release()  # all was heard before a word was placed: to measure it now is too late
        self._catch_up()
        if self._aligner is not None:
            return self._captions(self._aligner.flush)
        seconds = to_seconds(self._frames, self._rate)
        return self._spread(seconds) if self._released else self._untimed(self._text, seconds)

    def _captions(self, collect: Callable[..., list[Caption]], *position: float) -> list[Caption]:
        captions = self._guard(partial(collect, exact=False), *position)
        if captions is None:
            return self.flush() if not position else []
        self._count += len(captions)
        self._shown += sum(len(caption.text) for caption in captions)
        self._shown_until = captions[-1].end if captions else self._shown_until
        return captions

    def _spread(self, end: float) -> list[Caption]:
        """All of the text that was not shown yet, word by word over the audio behind what was shown."""
        words = spread(self._text[self._shown :], min(self._shown_until, end), end)
        captions = [Caption(self._item_id, self._count + n, *word, True) for n, word in enumerate(words)]
        self._count, self._shown, self._shown_until = self._count + len(captions), len(self._text), end
        return captions

    def _untimed(self, text: str, end: float) -> list[Caption]:
        """All of a text that was not shown yet, as one caption, where no words can be placed in time."""
        rest = text[self._shown :]
        if not rest:
            return []
        caption = Caption(self._item_id, self._count, rest, end, end, True)
        self._count, self._shown = self._count + 1, len(text)
        return [caption]

    def _guard(self, call: Callable[..., list[Caption] | None], *arguments: object) -> list[Caption] | None:
        """Call the aligner; an exception switches it off, for this part only."""
        try:
            return call(*arguments)
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
