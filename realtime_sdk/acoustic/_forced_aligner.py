"""Forced alignment of text and audio as both arrive, window by window, as far as the acoustic model can follow."""

from __future__ import annotations

import enum
import math
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

import numpy as np

from ..audio._pcm import Pcm, to_frames, to_seconds
from ..captions.features._energy import EnergyTracker, Regions
from ..captions.text._language import ENGLISH, detect_language
from ..captions.text._pronunciation import length_in_phones
from ..captions.text._segmentation import split_units
from ._decoder import RATE, AlignedUnit, Decoder, proceed

# Windows, and when one is worth decoding.
# benchmarks/captions.py: "4x", "1.1x", with align, and the share of a core.
_LOOKAHEAD_SECONDS: Final = 6.0  # of audio past the position in which words are searched
_WINDOW_SECONDS: Final = 9.0  # at most
_URGENT_STEP_SECONDS: Final = 0.25  # of new audio that are worth another window while few anchors are ahead
_STEP_SECONDS: Final = 2.0  # the same while enough are
_ENOUGH_AHEAD_SECONDS: Final = 2.0  # of audio with anchors ahead of the position
_WINDOW_CHARACTERS: Final = 500  # of text, at most
_UNSETTLED_SECONDS: Final = 0.2  # before the end of the audio, in which the onset of a word may still move
_IMMINENT_SECONDS: Final = 1.0  # past the position, in which there is no time for another window
_OVERTAKEN_SECONDS: Final = 3.0  # by which the position may pass the windows before they skip to it
_MAX_FAILURES: Final = 3  # in a row, after which the rest of the item is abandoned
_BUDGET_RATIO: Final = 5.0  # seconds of audio that may be decoded for each second of it, and
_BUDGET_SECONDS: Final = 6.0  # this many more
_OTHER_SPEECH_RATIO: Final = 2.0  # price of a second where the graph allows speech other than the text's

# Criteria for believing a word.
# benchmarks/captions.py: "hard to follow", with align.
_LEAST_SCORE: Final = -3.5  # mean of a few words, in English; most correct ones have more, wrong ones -4 to -6
_LEAST_WORD_SCORE: Final = -8.0  # of one word: its neighbours do not make up for less
_LEAST_FOREIGN_SCORE: Final = -3.9  # mean of a few words, where English phones stand for others
_NEIGHBOUR_WORDS: Final = 2  # on either side, whose scores count in that mean
_LEAST_SPEECH_RATIO: Final = 0.4  # of a word's time
_MAX_UNALIGNED_SECONDS: Final = 0.35  # of speech between two neighbouring words
_MAX_TEMPO_RATIO: Final = 2.3  # of a word to its neighbours: a slower one covers speech that the text lacks
_TEMPO_WORDS: Final = 4  # on either side, whose median is that tempo
_MAX_INNER_PAUSE_SECONDS: Final = 0.2  # within a word,
_SPELLED_OUT_DIGITS: Final = 4  # unless it has this many digits

# Criteria for a stretch of such words.
# benchmarks/captions.py: "hard to follow", with align.
_LEAST_STRETCH_WORDS: Final = 3
_LEAST_LOST_WORDS: Final = 5  # the same where the position in the text is unknown
_PHRASE_LOG_SPREAD: Final = 0.07  # standard deviation of the logarithm of a phrase's tempo, and
_WORD_LOG_SPREAD: Final = 0.25  # added by each of its words
_MAX_TEMPO_DEVIATIONS: Final = 4.0  # between two stretches; beyond that, the later one was found elsewhere
_MISLED_WORDS: Final = 3  # at the beginning of a stretch that may be misplaced
_LONG_STRETCH_WORDS: Final = 6  # that are believed against the tempo: the text lacks words there


@dataclass(frozen=True, slots=True)
class Anchor:
    """A word's time: the word whose first visible character is at `char` lasts from `start` to `end` seconds."""

    char: int
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class DecodedWindow:
    """The result for a window: its words, its speech regions, and its cepstral mean."""

    words: Sequence[AlignedUnit]
    regions: Regions
    mean: str


@dataclass(frozen=True, slots=True)
class Window:
    """Audio, and the words that may lie in it: the input of one decoding."""

    pcm: Pcm
    rate: int
    start: float  # seconds
    end: float
    char: int  # where `units` begin in the text
    units: Sequence[str]
    more_text: bool
    more_audio: bool
    imminent: bool  # its end is about to be heard: a later window would place its last word too late
    lost: bool  # the audio may begin anywhere in the text
    language: str
    mean: str  # cepstral mean of the audio before; "": unknown

    def decode(self, decoder: Decoder, checkpoint: Callable[[], object] = proceed) -> DecodedWindow:
        """Find the words, in about a hundredth of the audio's duration; for a worker thread.

        `checkpoint` is called every few milliseconds; an exception from it ends the decoding.
        """
        import soxr  # here, so that importing the package stays light

        audio = soxr.resample(self.pcm.astype(np.float32), self.rate, RATE)
        words, mean = decoder.align(
            np.clip(audio, -32768, 32767).astype(np.int16), self.units, self.language, checkpoint=checkpoint,
            more_text=self.more_text, more_audio=self.more_audio, lost=self.lost, mean=self.mean,
        )  # fmt: skip
        energy = EnergyTracker(self.rate)
        energy.push(self.pcm)
        return DecodedWindow(words, energy.speech_regions(0.0, energy.seconds), mean)


class _State(enum.Enum):
    FOLLOWING = enum.auto()  # the next window begins at a known word
    LOST = enum.auto()  # it may begin anywhere
    ENDED = enum.auto()  # all is done, or the model can't follow


class ForcedAligner:
    """Text and audio of one content part, as they arrive, turned into anchors for its `TranscriptAligner`.

    `window` returns the work, `Window.decode` does it, in any thread, and `take` turns its result into anchors. All
    else is pure; one thread at a time. There is no anchor where the model can't follow.
    """

    def __init__(self, sample_rate: int) -> None:
        self._rate = sample_rate
        self._text = ""
        self._text_ended = self._audio_ended = False
        self._audio: deque[Pcm] = deque()  # from sample `_dropped` on
        self._dropped = self._received = 0  # samples
        self._state = _State.FOLLOWING
        self._failures = 0  # windows in a row without a word
        self._mean = ""  # cepstral mean of the last window
        self._start = 0.0  # seconds at which the next window begins
        self._char = 0  # where its text begins
        self._spent = 0.0  # seconds decoded, times their price
        self._tried: tuple[float, int, bool] = (0.0, 0, False)  # end, characters and finality of the last window

    def __repr__(self) -> str:
        return f"<ForcedAligner {self._state.name} {self._start:.2f} s, {self._char} of {len(self._text)} characters>"

    @property
    def seconds(self) -> float:
        """Seconds up to which words were found, at which the next window begins."""
        return self._start

    def push_text(self, delta: str) -> None:
        """Add the next piece of the transcript."""
        self._text += delta

    def end_text(self, text: str | None = None) -> None:
        """Mark the transcript as complete; `text` is all of it, where the server repeats it."""
        self._text_ended = True
        if text is not None and text != self._text:
            if not text.startswith(self._text[: self._char]):
                self._end()
            self._text = text

    def push_audio(self, pcm: Pcm) -> None:
        """Add the next audio, int16 of shape (frames,); the array must not change any more."""
        self._received += len(pcm)
        if self._state is not _State.ENDED:
            self._audio.append(pcm)

    def end_audio(self) -> None:
        """Mark the audio as complete."""
        self._audio_ended = True

    def window(self, position: float) -> Window | None:
        """Return the next window worth decoding when `position` seconds were heard; None: none, or none yet."""
        if self._state is _State.ENDED:
            return None
        received = to_seconds(self._received, self._rate)
        position = min(position, received) if position > 0.0 else 0.0
        if position > self._start + _OVERTAKEN_SECONDS and position > self._tried[0]:
            self._skip_to(position - 1.0)
        end = min(received, max(position, self._start) + _LOOKAHEAD_SECONDS, self._start + _WINDOW_SECONDS)
        final = self._audio_ended and end == received
        if not self._is_worthwhile(end, final, position):
            return None
        rest = self._text[self._char : self._char + _WINDOW_CHARACTERS]
        whole = self._text_ended and self._char + _WINDOW_CHARACTERS >= len(self._text)
        units, _ = split_units(rest, ended=whole)
        self._tried = (end, len(self._text), final)
        if not units or end <= self._start:
            return None
        pcm = self._between(self._start, end)
        other = (not whole) + 2 * (self._state is _State.LOST)
        self._spent += (end - self._start) * _OTHER_SPEECH_RATIO**other
        return Window(
            pcm, self._rate, self._start, end, self._char, units, more_text=not whole, more_audio=not final,
            imminent=end < position + _IMMINENT_SECONDS,
            lost=self._state is _State.LOST, language=detect_language(self._text[:_WINDOW_CHARACTERS]),
            mean=self._mean,
        )  # fmt: skip

    def take(self, window: Window, decoded: DecodedWindow) -> list[Anchor]:
        """Take the result of a window; return the anchors of the words that are believed."""
        if self._state is _State.ENDED or window.char != self._char or window.start != self._start:
            return []
        self._mean = decoded.mean
        words = _believed(window, decoded)
        starts = np.cumsum([0, *map(len, window.units)])
        anchors = [
            Anchor(window.char + _first_visible(window.units[word.unit], int(starts[word.unit])),
                   window.start + _onset(decoded.regions, word), window.start + word.end)
            for word in words
        ]  # fmt: skip
        if len(words) > 1:
            self._failures = 0
            self._state = _State.FOLLOWING
            self._start = window.start + words[-1].start
            self._char = window.char + int(starts[words[-1].unit])
        elif window.end - window.start > _OVERTAKEN_SECONDS + _LOOKAHEAD_SECONDS / 2 or not window.more_audio:
            self._fail(window)
        if not window.more_audio and self._text_ended:
            self._end()
        self._drop_past_audio()
        return anchors

    def _is_worthwhile(self, end: float, final: bool, position: float) -> bool:
        """Whether the input since the last window is worth another one, within the budget."""
        tried_end, tried_text, tried_final = self._tried
        if final and (not tried_final or len(self._text) > tried_text):
            return True
        if self._spent > _BUDGET_SECONDS + _BUDGET_RATIO * end:
            return False
        urgent = self._start < position + _ENOUGH_AHEAD_SECONDS and self._state is _State.FOLLOWING
        step = _URGENT_STEP_SECONDS if urgent else _STEP_SECONDS
        late_text = len(self._text) - tried_text > 20 and end - self._start > step
        return end - max(tried_end, self._start) >= step or (late_text and tried_end == end)

    def _fail(self, window: Window) -> None:
        self._failures += 1
        if self._failures >= _MAX_FAILURES:
            self._end()
        else:
            self._skip_to(window.end - _OVERTAKEN_SECONDS)

    def _skip_to(self, seconds: float) -> None:
        self._state = _State.LOST
        self._start = max(self._start, seconds)
        self._drop_past_audio()

    def _end(self) -> None:
        self._state = _State.ENDED
        self._audio.clear()

    def _between(self, start: float, end: float) -> Pcm:
        first = to_frames(start, self._rate) - self._dropped
        return np.concatenate(self._audio)[max(first, 0) : to_frames(end, self._rate) - self._dropped]

    def _drop_past_audio(self) -> None:
        """Free the audio before the next window."""
        first = to_frames(self._start, self._rate)
        while self._audio and self._dropped + len(self._audio[0]) <= first:
            self._dropped += len(self._audio.popleft())


def _believed(window: Window, decoded: DecodedWindow) -> list[AlignedUnit]:
    """The words that neither scores nor pauses nor tempo contradict, in stretches that are long enough."""
    words = list(decoded.words)
    if window.more_audio:
        settled = window.end - window.start - _UNSETTLED_SECONDS
        words = [word for word in (words if window.imminent else words[:-1]) if word.start <= settled]
    if window.more_text and words and words[-1].unit == len(window.units) - 1:
        words.pop()
    fits = [_fits(window, decoded, index) for index in range(len(words))]
    believed: list[AlignedUnit] = []
    tempo = _tempo(window, words)
    for first, last in _stretches(fits):
        if last - first < _least_words(window, first):
            continue
        # Whatever misled the model beside a stretch has affected the words at its edges as well.
        stretch: Sequence[AlignedUnit] = words[first + (first > 0) : last - (last < len(words))]
        if believed or (first > 0 and not window.lost):
            stretch = _plausible_part(window, decoded, stretch, believed[-1] if believed else None, tempo)
        believed += stretch
    return believed


def _plausible_part(
    window: Window, decoded: DecodedWindow, stretch: Sequence[AlignedUnit], before: AlignedUnit | None, tempo: float
) -> Sequence[AlignedUnit]:
    """The part of a stretch that is plausible after the word `before`; None: no word was found before."""
    for dropped in range(min(_MISLED_WORDS, len(stretch) - 1) + 1):
        if _is_plausible(window, decoded, before, stretch[dropped], tempo):
            return stretch[dropped:]
    return stretch if len(stretch) >= _LONG_STRETCH_WORDS else []


def _is_plausible(
    window: Window, decoded: DecodedWindow, before: AlignedUnit | None, word: AlignedUnit, tempo: float
) -> bool:
    """Whether the text between two words takes about as long as the speech between them."""
    unit, end = (before.unit + 1, before.end) if before is not None else (0, 0.0)
    phones = [length + 1 for text in window.units[unit : word.unit] if (length := length_in_phones(text))]
    written, spoken = sum(phones) + 1, _speech_seconds(decoded.regions, end, word.start) / tempo + 1
    spread = math.hypot(_PHRASE_LOG_SPREAD, _WORD_LOG_SPREAD / math.sqrt(len(phones) + 1))
    return abs(math.log(spoken / written)) <= _MAX_TEMPO_DEVIATIONS * spread


def _least_words(window: Window, first: int) -> int:
    """Least length of a stretch that begins with the word at `first`."""
    if window.lost:
        return _LEAST_LOST_WORDS
    return _LEAST_STRETCH_WORDS if first or (not window.char and window.more_audio) else 1


def _fits(window: Window, decoded: DecodedWindow, index: int) -> bool:
    """Whether a word may be where it was found, by its score, duration, tempo and pauses."""
    word, length = decoded.words[index], decoded.words[index].end - decoded.words[index].start
    before = decoded.words[index - 1].end if index else word.start if window.lost else 0.0
    near = decoded.words[max(0, index - _NEIGHBOUR_WORDS) : index + _NEIGHBOUR_WORDS + 1]
    score = np.average([each.score for each in near], weights=[each.end - each.start for each in near])
    around = decoded.words[max(0, index - _TEMPO_WORDS) : index + _TEMPO_WORDS + 1]
    digits = sum(map(str.isdigit, window.units[word.unit]))
    return (
        score >= (_LEAST_SCORE if window.language == ENGLISH else _LEAST_FOREIGN_SCORE)
        and word.score >= _LEAST_WORD_SCORE
        and _speech_seconds(decoded.regions, word.start, word.end) >= _LEAST_SPEECH_RATIO * length
        and _word_tempo(window, word) <= _MAX_TEMPO_RATIO * _tempo(window, around)
        and (digits >= _SPELLED_OUT_DIGITS or _longest_pause(decoded.regions, word) < _MAX_INNER_PAUSE_SECONDS)
        and _speech_seconds(decoded.regions, before, word.start) <= _MAX_UNALIGNED_SECONDS
    )


def _word_tempo(window: Window, word: AlignedUnit) -> float:
    """Seconds per phone; one phone is added for what a word shares with its neighbours."""
    return (word.end - word.start) / (length_in_phones(window.units[word.unit]) + 1)


def _tempo(window: Window, words: Sequence[AlignedUnit]) -> float:
    """Median seconds per phone."""
    return float(np.median([_word_tempo(window, word) for word in words])) if words else math.inf


def _stretches(fits: Sequence[bool]) -> Iterator[tuple[int, int]]:
    """Yield the first index of each run of true values, and the one after its last."""
    for fit, group in groupby(range(len(fits)), key=fits.__getitem__):
        if fit:
            indices = list(group)
            yield indices[0], indices[-1] + 1


def _onset(regions: Regions, word: AlignedUnit) -> float:
    """The onset of a word: the model may have included the end of the pause before it."""
    starts = regions[(regions[:, 0] > word.start) & (regions[:, 0] < word.end), 0]
    paused = _speech_seconds(regions, word.start - 0.01, word.start + 0.01) == 0.0
    return float(starts[0]) if paused and len(starts) else word.start


def _speech_seconds(regions: Regions, start: float, end: float) -> float:
    """Seconds of speech between two times."""
    return math.fsum(np.maximum(0.0, np.minimum(regions[:, 1], end) - np.maximum(regions[:, 0], start)))


def _longest_pause(regions: Regions, word: AlignedUnit) -> float:
    """Seconds of the longest pause within a word."""
    pauses = regions[(regions[:, 1] > word.start) & (regions[:, 0] < word.end)]
    return float((pauses[1:, 0] - pauses[:-1, 1]).max(initial=0.0))


def _first_visible(unit: str, char: int) -> int:
    return char + len(unit) - len(unit.lstrip())
