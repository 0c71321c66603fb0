"""Text and audio of one content part, as they arrive, turned into captions that are due when they are audible."""

from __future__ import annotations

import enum
import math
from collections.abc import Iterator
from itertools import takewhile

from .._runtime.arguments import check_text, is_number, shown
from .._runtime.text import is_whole
from ..audio._pcm import Pcm, check_pcm
from ..errors import UsageError
from ._caption import Caption
from ._due_captions import DueCaptions
from .decoding._sliding_window import SlidingWindowDecoder
from .decoding._word_times import WordTimes
from .features._energy import EnergyTracker
from .features._frame_table import Float32s
from .features._phone_likelihoods import PhoneLikelihoods
from .features._unmeasured_audio import UnmeasuredAudio
from .text._transcript import Pronounce, Transcript

# benchmarks/captions.py: "1.1x".
_PAUSE_AFTER_SECONDS = 2.0  # since the start of the last word, after which a pause is assumed
_LATEST_SECONDS = 1e6  # a time given that is later is none
_LEAST_SAMPLE_RATE = 1000  # Hz; below it speech has no features


class _AudioState(enum.Enum):
    ARRIVING = enum.auto()  # more may follow
    COMPLETE = enum.auto()
    CUT = enum.auto()  # it was stopped; no caption follows


class _News(enum.Enum):
    """What arrived since the last decoding began, beside audio: how soon another one is worth it."""

    NONE = enum.auto()
    TEXT = enum.auto()  # without its times: once it may be heard soon
    EVIDENCE = enum.auto()  # or an end, or times: at once


class TranscriptAligner:
    """Finds which words of a transcript are audible by a position in its audio.

    Text and audio may arrive in any order and at any speed. Times that go in count from the first sample pushed;
    `offset` seconds are added to those of the captions. `index` is that of the first caption, and `item_id` that of
    each. Pure: no I/O, no clock. Not thread-safe: one thread at a time.

    Placing words takes some milliseconds for each second of speech. `due`, `finish` and `flush` do the work that is
    still missing; with `exact=False` they do none, and `prepare` does it before, in steps between which an event loop
    turns.

    Raises:
        UsageError: a `sample_rate` that is no number of Hz from 1000 up; in all methods: a position that is no number.

    """

    def __init__(self, sample_rate: int, *, item_id: str = "", index: int = 0, offset: float = 0.0) -> None:
        check_sample_rate("sample_rate", sample_rate)
        self._transcript = Transcript()
        self._audio = UnmeasuredAudio(sample_rate)
        self._likelihoods = PhoneLikelihoods(sample_rate)
        energy = EnergyTracker(sample_rate)
        self._decoder = SlidingWindowDecoder(self._transcript, self._audio, energy, self._likelihoods)
        self._times: WordTimes | None = None  # of the last decoding; None: there is none that is valid
        self._news = _News.NONE
        self._captions = DueCaptions(
            self._transcript, self._audio, self._likelihoods, item_id=item_id, index=index, offset=offset
        )
        self._ready: list[Caption] = []  # captions that a decoding has placed, and no call has returned yet
        self._revision = 0  # counts the changes that make a decoding in progress invalid
        self._state = _AudioState.ARRIVING

    def __repr__(self) -> str:
        shown = f"{self._captions.count} of {len(self._transcript.units)} words"
        return f"<TranscriptAligner {self._state.name} {shown}, {self._audio.seconds:.2f} s>"

    @property
    def text(self) -> str:
        """The transcript so far."""
        return self._transcript.text

    @property
    def shown(self) -> str:
        """The text of the captions returned so far: a prefix of `text`."""
        return self._transcript.head(self._captions.count - len(self._ready))

    @property
    def fit(self) -> float:
        """How well text and audio go together, as far as words were placed; NaN: none were.

        By how much the best placement explains the speech better than any other speech would: a log likelihood ratio
        for each frame of 20 ms. It is 0.2 to 1.4 where the text is what is said, and hardly more than 0 where it is
        something else.
        """
        return self._decoder.fit

    def push_text(self, delta: str, start: float | None = None, end: float | None = None) -> None:
        """Add the next piece of the transcript.

        `start`, `end`: seconds at which its audio starts and ends, where the provider sends them; they are used as they
        are. A time that is not finite is ignored; a negative one is 0.

        Raises:
            UsageError: `delta` is no string, or holds half of a surrogate pair.
        """
        _check_transcript(delta)
        changed = self._transcript.push(delta, _time(start), _time(end))
        if changed and (start is not None or end is not None):
            self._news = _News.EVIDENCE
        elif changed and self._news is _News.NONE and self._times and not self._times.awaits_audio:
            self._news = _News.TEXT

    def anchor(self, char: int, start: float) -> None:
        """Add evidence that the word which begins at character `char` of the transcript starts at `start` seconds.

        A forced aligner may have found it. The word starts there unless audio and neighbouring words contradict that
        by more than the anchor is worth. Times of the provider and captions that were returned stand. An anchor at no
        word, or at a time that is not finite, is ignored.
        """
        seconds = _time(start)
        if seconds is not None:
            self._transcript.anchor(char, seconds)
            self._news = _News.EVIDENCE

    def add_evidence(self, start: float, likelihoods: Float32s) -> None:
        """Add what a phoneme recogniser found in the audio from `start` seconds on, in place of what it found before.

        `likelihoods`: float32, a row for each 20 ms, and a column for each acoustic class of the phone model: how much
        likelier the class is there than usual, in natural logarithms. Captions that were returned stand.
        """
        self._likelihoods.add_evidence(start, likelihoods)
        self._news = _News.EVIDENCE

    def pronounce_with(self, pronounce: Pronounce) -> None:
        """Ask `pronounce` for the pronunciation of text that arrives from now on.

        It is called with a word and an eSpeak voice; where it returns None, the spelling decides.
        """
        self._transcript.pronounce = pronounce

    def push_audio(self, pcm: Pcm) -> None:
        """Add the next audio, int16 of shape (frames,); the array is kept until it is measured, and must not change.

        Raises:
            UsageError: it is anything else.

        """
        check_pcm(pcm)
        self._audio.push(pcm)

    def end_text(self, text: str | None = None) -> None:
        """Mark the transcript as complete.

        `text`: the final transcript, which replaces all text not shown yet. The pieces pushed stand where it is None
        or empty, or contradicts the text shown.

        Raises:
            UsageError: `text` is neither a string nor None, or holds half of a surrogate pair.

        """
        if text is not None:
            _check_transcript(text)
        if text and text != self.text:
            self._times = None
            self._revision += 1
        self._transcript.end(text, self._captions.count)
        self._news = _News.EVIDENCE

    def end_audio(self) -> None:
        """Mark the audio as complete."""
        if self._state is _AudioState.ARRIVING:
            self._state = _AudioState.COMPLETE
            self._news = _News.EVIDENCE

    def release_audio(self) -> None:
        """Free the audio that is kept; captions requested later are less exact."""
        while self._decoder.measure_some(math.inf):
            pass
        self._likelihoods.release_audio()

    def prepare(self, position: float) -> Iterator[None]:
        """Place the words that are audible by `position` seconds, in steps of a few milliseconds: none where they are.

        Text and audio may be pushed between two steps, and captions collected with `exact=False`. An iterator that is
        not exhausted leaves the times as they were.
        """
        position = _position(position)
        if self._state is _AudioState.CUT:
            return
        while self._transcript.split_some():
            yield
        # Only words that are still to come may be worth the work.
        self._ready = self._placed(position, exact=False) + self._ready
        if math.inf > self._outdated_from <= position:
            yield from self._decode(position)

    def next_due(self, position: float) -> float:
        """Return the position, in seconds, before which no placed caption is due, and `prepare` has no work.

        Text and audio that arrive may change it, and so does `prepare`. It is `position` itself where that is not
        known: `prepare` may have work now.
        """
        if self._state is _AudioState.CUT:
            return math.inf
        position = _position(position)
        if self._ready:
            return max(position, self._ready[0].start - self._captions.offset)
        placing = self._outdated_from
        audible = math.inf if self._times is None else self._captions.next_due(self._times, ended=self._ended)
        return min(audible, placing if placing > position else math.inf)

    def due(self, position: float, *, exact: bool = True) -> list[Caption]:
        """Return the captions that became audible by `position` seconds, in order; each is returned once.

        A last word that may still grow waits for 0.2 s, unless it seems complete: the text arrives word by word, or it
        ends with punctuation. A position that is negative or NaN is 0.
        """
        return self._placed(_position(position), exact=exact) if self._state is not _AudioState.CUT else []

    def finish(self, position: float, *, exact: bool = True) -> list[Caption]:
        """Return the rest that was audible when the audio was cut at `position` seconds. No caption follows."""
        if self._state is _AudioState.CUT:
            return []
        if exact or not self._transcript.split_some():  # of a long text the rest was not heard
            self._transcript.split()
        captions = self._placed(_position(position), exact=exact)
        self._state = _AudioState.CUT
        return captions

    def flush(self, *, exact: bool = True) -> list[Caption]:
        """Return all the rest, the audio having been heard to its end; text that arrives later is in the next call."""
        if self._state is _AudioState.CUT:
            return []
        self.end_audio()
        self._transcript.split()
        captions = self._placed(math.inf, exact=exact)
        return captions + self._captions.take_rest()

    @property
    def _ended(self) -> bool:
        return self._state is not _AudioState.ARRIVING

    @property
    def _outdated_from(self) -> float:
        """The position from which another decoding may change what is due."""
        times = self._times
        if self._captions.count == len(self._transcript.units):  # later text belongs after a pause that is over
            silent = self._captions.last_start + _PAUSE_AFTER_SECONDS
            return max(self._decoder.outdated_from(math.inf, confirmed=False), silent)
        if times is None or self._news is _News.EVIDENCE:
            return -math.inf
        unit = self._captions.count
        audio = self._decoder.outdated_from(times.start_of(unit), confirmed=times.is_confirmed(unit))
        return min(audio, times.awaits_text_from) if self._news is _News.TEXT else audio

    def _decode(self, position: float) -> Iterator[None]:
        self._revision += 1  # a decoding in progress ends here
        revision, self._news = self._revision, _News.NONE
        for times in self._decoder.decode(position, ended=self._ended):
            if times is not None:
                self._times = times
                self._ready += self._captions.take(times, position, ended=self._ended)
                continue
            yield
            if self._revision != revision:
                return

    def _placed(self, position: float, *, exact: bool) -> list[Caption]:
        """The captions that are due at a position; unless `exact`, as far as the times are known."""
        if exact:
            for _ in self.prepare(position):
                pass
        captions = list(takewhile(lambda caption: caption.start - self._captions.offset <= position, self._ready))
        self._ready = self._ready[len(captions) :]
        if self._times is None or self._ready:
            return captions
        return captions + self._captions.take(self._times, position, ended=self._ended)


def check_sample_rate(name: str, value: int) -> None:
    """Raise unless the argument `name` is a sample rate at which speech has features."""
    if not is_number(value) or not _LEAST_SAMPLE_RATE <= value < math.inf:
        raise UsageError(f"{name} is {shown(value)} Hz; give that of the audio, 8000 to 48000 for speech")


def _check_transcript(text: str) -> None:
    """Raise unless a text is a string that can be shown."""
    check_text("text", text)
    if not is_whole(text):
        half = next(letter for letter in text if not is_whole(letter))
        raise UsageError(
            f"text holds half of a surrogate pair ({half!a}), which no screen or file can show: "
            "leave it out, or join the pair"
        )


def _position(position: float) -> float:
    """A position that is not negative, nor NaN; one that is no number is refused."""
    if not is_number(position):
        raise UsageError(f"position is a number of seconds, such as 1.5, not {shown(position)}")
    return position if position > 0.0 else 0.0


def _time(seconds: float | None) -> float | None:
    """A time in the audio, or None where it is none."""
    return max(0.0, seconds) if seconds is not None and abs(seconds) <= _LATEST_SECONDS else None
