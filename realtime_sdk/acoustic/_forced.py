"""Words anchored in the sound as both arrive, window by window, for as long as the acoustic model can follow."""

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
from ..captions.features._energy import Loudness, Runs
from ..captions.text._language import ENGLISH, guess_language
from ..captions.text._phones import spoken_length
from ..captions.text._words import split
from ._decoder import RATE, Decoder, Heard, go_on

_AHEAD: Final = 6.0  # seconds of sound past the position heard in which words are looked for
_LONGEST: Final = 9.0  # seconds of one window
_OFTEN: Final = 0.25  # seconds of new sound worth another window while anchors are short
_SELDOM: Final = 2.0  # the same while they are not
_SHORT: Final = 2.0  # seconds of anchored sound ahead of the position
_MOST_TEXT: Final = 500  # characters looked at in one window
_ELASTIC: Final = 0.2  # seconds before the end of the sound in which the beginning of a word may still move
_SOON: Final = 1.0  # seconds past the position in which there is no time to look again
_BEHIND: Final = 3.0  # seconds by which the position may overtake the windows before they skip to it

_LEAST_SCORE: Final = -3.5  # of a few words in a row, in English; most right ones have more, wrong ones -4 to -6
_LEAST_ALONE: Final = -8.0  # of one word: those around it can't vouch for one that sounds like nothing of the kind
_LEAST_FOREIGN: Final = -3.9  # the same where English phones stand for others
_NEIGHBOURS: Final = 2  # words on either side that share their scores
_LEAST_VOICED: Final = 0.4  # of a word's time
_MOST_UNSAID: Final = 0.35  # seconds of speech between two words that are neighbours in the text
_SLOWEST: Final = 0.25  # seconds a phone, for a word without a pause in it
_DRAWN_OUT: Final = 2.3  # times as long as its neighbours' pace says: it covers speech that the text has not
_PACERS: Final = 4  # words on either side that tell the pace
_PACE_SPREAD: Final = 0.07  # standard deviation of the logarithm of a phrase's pace, and
_WORD_SPREAD: Final = 0.25  # what each of its words adds
_IMPLAUSIBLE: Final = 4.0  # of those deviations between two stretches of found words: one was found elsewhere
_MISLED: Final = 3  # words at the beginning of a stretch that may have been drawn away from it
_COMPANY: Final = 6  # words in a row that are believed against the pace: it is the text that lacks something there
_PAUSE_WITHIN: Final = 0.2  # seconds of silence that no word has inside,
_SPELT_OUT: Final = 4  # unless it has so many digits
_TOGETHER: Final = 3  # words in a row that must fit before any counts as found
_FIND_AGAIN: Final = 5  # words in a row that must fit before a lost place counts as found
_HOPELESS: Final = 3  # failures in a row after which the rest of the item is left alone
_BUDGET: Final = 5.0  # seconds of sound that may be decoded for each second of it, and
_CREDIT: Final = 6.0  # so many more
_OTHER_SPEECH: Final = 2.0  # what a second costs where speech other than the text's must be thought of


@dataclass(frozen=True, slots=True)
class Anchor:
    """A word's place: the word that holds the character at `char` sounds from `start` to `end` seconds."""

    char: int
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Placed:
    """A window's words in its sound, the stretches of speech in that, and its cepstral mean."""

    heard: Sequence[Heard]
    runs: Runs
    mean: str


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of sound and the words that may lie in it: what one decoding takes."""

    pcm: Pcm
    rate: int
    start: float  # seconds
    end: float
    char: int  # where `units` begin in the text
    units: Sequence[str]
    more_text: bool
    more_sound: bool
    soon: bool  # its end is about to be heard: a better place of the last word would come too late
    lost: bool
    language: str
    mean: str  # cepstral mean of the sound before; "" where it is not known

    def decode(self, decoder: Decoder, between: Callable[[], object] = go_on) -> Placed:
        """Find the words; takes a hundredth of the sound's length. Made for a worker thread.

        `between` is called every few milliseconds; what it raises ends the work.
        """
        import soxr  # by those who align, not by all who import the package

        sound = soxr.resample(self.pcm.astype(np.float32), self.rate, RATE)
        heard, mean = decoder.align(
            np.clip(sound, -32768, 32767).astype(np.int16), self.units, self.language, between=between,
            more_text=self.more_text, more_sound=self.more_sound, lost=self.lost, mean=self.mean,
        )  # fmt: skip
        loudness = Loudness(self.rate)
        loudness.push(self.pcm)
        return Placed(heard, loudness.runs(0.0, loudness.seconds), mean)


class _State(enum.Enum):
    FOLLOWING = enum.auto()  # the next window begins at a word that is known
    LOST = enum.auto()  # it may begin anywhere
    LEFT_ALONE = enum.auto()  # the model can't follow; or all is done


class ForcedAligner:
    """Text and sound of one content part, as they arrive, turned into anchors for its `TranscriptAligner`.

    Pure but for what `Window.decode` does: ask `window` for work, let a `Decoder` do it, give the result to `take`.
    To be used from one thread at a time. It gives no anchor where it can't follow.
    """

    def __init__(self, sample_rate: int) -> None:
        self._rate = sample_rate
        self._text = ""
        self._text_ended = self._sound_ended = False
        self._sound: deque[Pcm] = deque()  # from `_dropped` on
        self._dropped = self._received = 0  # frames
        self._state = _State.FOLLOWING
        self._failures = 0  # windows in a row that gave nothing
        self._mean = ""  # cepstral mean of the last window
        self._start = 0.0  # seconds at which the next window begins
        self._char = 0  # where its text begins
        self._spent = 0.0  # seconds decoded, by what they cost
        self._tried: tuple[float, int, bool] = (0.0, 0, False)  # end, characters and finality of the last window

    def __repr__(self) -> str:
        return f"<ForcedAligner {self._state.name} {self._start:.2f} s, {self._char} of {len(self._text)} characters>"

    @property
    def seconds(self) -> float:
        """Up to where the words were looked for: the position of a listener who is no further."""
        return self._start

    def push_text(self, delta: str) -> None:
        """Add the next piece of the transcript."""
        self._text += delta

    def end_text(self, text: str | None = None) -> None:
        """The transcript is complete; `text` is the whole of it, where it is repeated."""
        self._text_ended = True
        if text is not None and text != self._text:
            if not text.startswith(self._text[: self._char]):
                self._leave()
            self._text = text

    def push_audio(self, pcm: Pcm) -> None:
        """Add the next sound, int16 of shape (frames,); the array must not change any more."""
        self._received += len(pcm)
        if self._state is not _State.LEFT_ALONE:
            self._sound.append(pcm)

    def end_audio(self) -> None:
        """All the sound has come."""
        self._sound_ended = True

    def window(self, position: float) -> Window | None:
        """The next stretch worth decoding when `position` seconds were heard; None: none is, yet or any more."""
        if self._state is _State.LEFT_ALONE:
            return None
        received = to_seconds(self._received, self._rate)
        position = min(position, received) if position > 0.0 else 0.0
        if position > self._start + _BEHIND and position > self._tried[0]:
            self._skip_to(position - 1.0)
        end = min(received, max(position, self._start) + _AHEAD, self._start + _LONGEST)
        final = self._sound_ended and end == received
        if not self._worth(end, final, position):
            return None
        rest = self._text[self._char : self._char + _MOST_TEXT]
        whole = self._text_ended and self._char + _MOST_TEXT >= len(self._text)
        units, _ = split(rest, ended=whole)
        self._tried = (end, len(self._text), final)
        if not units or end <= self._start:
            return None
        pcm = self._between(self._start, end)
        other = (not whole) + 2 * (self._state is _State.LOST)
        self._spent += (end - self._start) * _OTHER_SPEECH**other
        return Window(
            pcm, self._rate, self._start, end, self._char, units, more_text=not whole, more_sound=not final,
            soon=end < position + _SOON,
            lost=self._state is _State.LOST, language=guess_language(self._text[:_MOST_TEXT]),
            mean=self._mean,
        )  # fmt: skip

    def take(self, window: Window, placed: Placed) -> list[Anchor]:
        """Learn what a window has shown; returns the anchors of the words that are surely where they were found."""
        if self._state is _State.LEFT_ALONE or window.char != self._char or window.start != self._start:
            return []
        self._mean = placed.mean
        sure = _sure(window, placed)
        starts = np.cumsum([0, *map(len, window.units)])
        anchors = [
            Anchor(window.char + _first_visible(window.units[word.unit], int(starts[word.unit])),
                   window.start + _audible(placed.runs, word), window.start + word.end)
            for word in sure
        ]  # fmt: skip
        if len(sure) > 1:
            self._failures = 0
            self._state = _State.FOLLOWING
            self._start = window.start + sure[-1].start
            self._char = window.char + int(starts[sure[-1].unit])
        elif window.end - window.start > _BEHIND + _AHEAD / 2 or not window.more_sound:
            self._fail(window)
        if not window.more_sound and self._text_ended:
            self._leave()
        self._let_go()
        return anchors

    def _worth(self, end: float, final: bool, position: float) -> bool:
        """Whether what is new since the last window is worth another one, and can be afforded."""
        tried_end, tried_text, tried_final = self._tried
        if final and (not tried_final or len(self._text) > tried_text):
            return True
        if self._spent > _CREDIT + _BUDGET * end:
            return False
        step = _OFTEN if self._start < position + _SHORT and self._state is _State.FOLLOWING else _SELDOM
        late_text = len(self._text) - tried_text > 20 and end - self._start > step
        return end - max(tried_end, self._start) >= step or (late_text and tried_end == end)

    def _fail(self, window: Window) -> None:
        self._failures += 1
        if self._failures >= _HOPELESS:
            self._leave()
        else:
            self._skip_to(window.end - _BEHIND)

    def _skip_to(self, seconds: float) -> None:
        self._state = _State.LOST
        self._start = max(self._start, seconds)
        self._let_go()

    def _leave(self) -> None:
        self._state = _State.LEFT_ALONE
        self._sound.clear()

    def _between(self, start: float, end: float) -> Pcm:
        first = to_frames(start, self._rate) - self._dropped
        return np.concatenate(self._sound)[max(first, 0) : to_frames(end, self._rate) - self._dropped]

    def _let_go(self) -> None:
        """Drop the sound before the next window."""
        first = to_frames(self._start, self._rate)
        while self._sound and self._dropped + len(self._sound[0]) <= first:
            self._dropped += len(self._sound.popleft())


def _sure(window: Window, placed: Placed) -> list[Heard]:
    """The words whose place neither their sound nor the pauses contradict, and of which enough stand together."""
    heard = list(placed.heard)
    if window.more_sound:
        settled = window.end - window.start - _ELASTIC
        heard = [word for word in (heard if window.soon else heard[:-1]) if word.start <= settled]
    if window.more_text and heard and heard[-1].unit == len(window.units) - 1:
        heard.pop()
    fits = [_fits(window, placed, place) for place in range(len(heard))]
    sure: list[Heard] = []
    pace = _pace(window, heard)
    for first, last in _stretches(fits):
        if last - first < (_least(window) if first == 0 else _FIND_AGAIN if window.lost else _TOGETHER):
            continue
        # What misleads the model behind a stretch or before it has misled it a little within, too.
        stretch: Sequence[Heard] = heard[first + (first > 0) : last - (last < len(heard))]
        if sure or (first > 0 and not window.lost):
            stretch = _following(window, placed, stretch, sure[-1] if sure else None, pace)
        sure += stretch
    return sure


def _following(
    window: Window, placed: Placed, stretch: Sequence[Heard], before: Heard | None, pace: float
) -> Sequence[Heard]:
    """What can be believed of a stretch of words: `before` is the word that was found before; None: none was."""
    for dropped in range(min(_MISLED, len(stretch) - 1) + 1):
        if _plausible(window, placed, before, stretch[dropped], pace):
            return stretch[dropped:]
    return stretch if len(stretch) >= _COMPANY else []


def _plausible(window: Window, placed: Placed, before: Heard | None, word: Heard, pace: float) -> bool:
    """Whether the text between two words takes about as long as the speech between them."""
    unit, end = (before.unit + 1, before.end) if before is not None else (0, 0.0)
    phones = [length + 1 for text in window.units[unit : word.unit] if (length := spoken_length(text))]
    said, spoken = sum(phones) + 1, _voiced(placed.runs, end, word.start) / pace + 1
    spread = math.hypot(_PACE_SPREAD, _WORD_SPREAD / math.sqrt(len(phones) + 1))
    return abs(math.log(spoken / said)) <= _IMPLAUSIBLE * spread


def _least(window: Window) -> int:
    """How many words have to stand together at the beginning of a window."""
    if window.lost:
        return _FIND_AGAIN
    return _TOGETHER if not window.char and window.more_sound else 1


def _fits(window: Window, placed: Placed, place: int) -> bool:
    """Whether the word at `place` among those heard may well be where it was found."""
    word, length = placed.heard[place], placed.heard[place].end - placed.heard[place].start
    before = placed.heard[place - 1].end if place else word.start if window.lost else 0.0
    near = placed.heard[max(0, place - _NEIGHBOURS) : place + _NEIGHBOURS + 1]
    score = np.average([each.score for each in near], weights=[each.end - each.start for each in near])
    return (
        score >= (_LEAST_SCORE if window.language == ENGLISH else _LEAST_FOREIGN)
        and word.score >= _LEAST_ALONE
        and _voiced(placed.runs, word.start, word.end) >= _LEAST_VOICED * length
        and length <= _SLOWEST * (spoken_length(window.units[word.unit]) + 2)
        and _slowness(window, word)
        <= _DRAWN_OUT * _pace(window, placed.heard[max(0, place - _PACERS) : place + _PACERS + 1])
        and (_pause(placed.runs, word) < _PAUSE_WITHIN or sum(map(str.isdigit, window.units[word.unit])) >= _SPELT_OUT)
        and _voiced(placed.runs, before, word.start) <= _MOST_UNSAID
    )


def _slowness(window: Window, word: Heard) -> float:
    """Seconds a phone; a short word has one more, for what it shares with its neighbours."""
    return (word.end - word.start) / (spoken_length(window.units[word.unit]) + 1)


def _pace(window: Window, words: Sequence[Heard]) -> float:
    """Seconds that a phone takes in some words."""
    return float(np.median([_slowness(window, word) for word in words])) if words else math.inf


def _stretches(fits: Sequence[bool]) -> Iterator[tuple[int, int]]:
    """First and behind last of each stretch that is true."""
    for fit, group in groupby(range(len(fits)), key=fits.__getitem__):
        if fit:
            places = list(group)
            yield places[0], places[-1] + 1


def _audible(runs: Runs, word: Heard) -> float:
    """When a word begins to sound: the model may have given it the end of the pause before it."""
    starts = runs[(runs[:, 0] > word.start) & (runs[:, 0] < word.end), 0]
    paused = _voiced(runs, word.start - 0.01, word.start + 0.01) == 0.0
    return float(starts[0]) if paused and len(starts) else word.start


def _voiced(runs: Runs, start: float, end: float) -> float:
    """Seconds of speech between two times."""
    return math.fsum(np.maximum(0.0, np.minimum(runs[:, 1], end) - np.maximum(runs[:, 0], start)))


def _pause(runs: Runs, word: Heard) -> float:
    """Seconds of the longest pause that lies within a word, between two stretches of its sound."""
    pauses = runs[(runs[:, 1] > word.start) & (runs[:, 0] < word.end)]
    return float((pauses[1:, 0] - pauses[:-1, 1]).max(initial=0.0))


def _first_visible(unit: str, char: int) -> int:
    return char + len(unit) - len(unit.lstrip())
