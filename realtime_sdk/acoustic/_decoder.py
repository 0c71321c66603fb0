"""Speech laid along text by an acoustic model: pocketsphinx (BSD), which is English and reads other phones as such."""

from __future__ import annotations

import importlib
import math
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import numpy as np

from ..audio._pcm import Pcm
from ..captions.text._language import ENGLISH
from ._dictionary import Dictionary
from ._espeak import espeak
from ._phones import PHONES, arpabet
from ._readings import Reading, readings

RATE: Final = 16_000
"""Frames a second of the sound that the decoder takes."""

_STEP: Final = 0.01  # seconds of one of its frames
_NOISE: Final = 30.0  # standard deviation: digital silence would break the decoder's measure of loudness
_NOISE_AFTER: Final = 0.3  # seconds of it behind the end, for the last word to end in
_OTHER: Final = "+"  # begins the names of words that stand for any speech, each a single phone
_OTHER_BEGINS: Final = 1e-10  # likelihood
_OTHER_GOES_ON: Final = 0.02  # likelihood of each of its phones
_NO_WORD: Final = "<[(" + _OTHER  # begin the names of silences, noises and other speech
_PIECE: Final = RATE // 20  # frames decoded in one go, in about a millisecond: other threads have their turn in between
_MOST_WORDS: Final = 50_000  # learnt before the model is loaded anew: talk without end must not fill the memory
_SCALE: Final = 1024  # by which the decoder's log likelihoods are smaller than they are


@dataclass(frozen=True, slots=True)
class Heard:
    """A unit of the text as it was found in the sound."""

    unit: int  # its place among those given
    start: float  # seconds
    end: float
    score: float  # of its sound, a frame: log likelihood beside that of the likeliest sound


def go_on() -> None:
    """Nothing stands against decoding the rest."""


class Decoder:
    """The acoustic model and the words it knows. Any thread may use it; one at a time gets to work.

    Raises ImportError where pocketsphinx or espeakng-loader is not installed.
    """

    def __init__(self) -> None:
        self._pocketsphinx = importlib.import_module("pocketsphinx")
        self._espeak = espeak()
        self._dictionary = Dictionary(self._pocketsphinx.get_model_path("en-us/cmudict-en-us.dict"))
        self._noise = np.random.default_rng(0).normal(0.0, _NOISE, RATE)
        self._lock = threading.Lock()
        self._load()

    def align(
        self, pcm: Pcm, texts: Sequence[str], language: str, *, more_text: bool, more_sound: bool, lost: bool = False,
        mean: str = "", between: Callable[[], object] = go_on,
    ) -> tuple[list[Heard], str]:  # fmt: skip
        """Find `texts`, units of a transcript, from the beginning of the sound on, as far as it goes.

        `pcm`: at `RATE`. `more_text`: other speech may follow the units. `more_sound`: the units may go on after the
        end. `lost`: other speech may come before, and any of the units may be the first. `mean`: the cepstral mean of
        the sound before, which tells how voice and line colour it; that of this sound is returned with what was found.
        `between` is called every few milliseconds; what it raises ends the work. Nothing is found where the sound is
        something else, or where it can't be told which of the units it is.
        """
        with self._lock:
            if self._learnt > _MOST_WORDS:
                self._load()
            units = [self._words(text, language) for text in texts]
            self._allow(units, more_text=more_text, lost=lost)
            self._sphinx.set_cmn(mean or self._first_mean)  # not that of what was decoded last, for whomever that was
            said = self._decode(pcm, between, more_sound=more_sound)
            mean = self._sphinx.get_cmn(True)
        words = [word for word in said if word.word[0] not in _NO_WORD]
        if not lost:
            return _along(words, units, 0), mean
        ways = [_along(words, units, first) for first in range(len(units)) if units[first]]
        whole = [way for way in ways if way and way[-1].end >= _end(words)]
        return whole[0] if len(whole) == 1 else [], mean

    def _load(self) -> None:
        """Load the model, which knows no words yet."""
        self._sphinx: Any = self._pocketsphinx.Decoder(lm=None, dict=None, bestpath=False, loglevel="FATAL")
        self._first_mean: str = self._sphinx.get_cmn(False)
        self._learnt = 0  # words; it forgets none
        for phone in PHONES:
            self._sphinx.add_word(_OTHER + phone, phone, False)

    def _words(self, text: str, language: str) -> list[Reading]:
        """The ways to read `text`, in words that the model knows now."""
        if language != ENGLISH:
            name = self._learn("".join(filter(str.isalnum, text)).lower(), text, language)
            return [(name,)] if name else []
        known = []
        for reading in readings(text):
            names = [self._learn(word, word, language) for word in reading]
            if all(names):
                known.append(tuple(name for name in names if name))
        if any(map(str.isdigit, text)) and (name := self._learn(text.strip(), text, language)):
            known.append((name,))  # as eSpeak reads it, in one word
        return known

    def _learn(self, word: str, spelling: str, language: str) -> str | None:
        """The model's name of a word; None for what is not spoken."""
        english = language == ENGLISH
        name = word if english else f"{language}:{word}"
        name = name.replace("(", "[")  # a parenthesis in a name says which of several pronunciations it is
        if self._sphinx.lookup_word(name) is None:
            ways = self._dictionary.ways(word) if english else []
            ways = ways or [" ".join(arpabet(self._espeak.phonemes(language, spelling), english=english))]
            if not ways[0]:
                return None
            for number, phones in enumerate(ways, 1):
                self._sphinx.add_word(name if number == 1 else f"{name}({number})", phones, False)
            self._learnt += len(ways)
        return name

    def _allow(self, units: Sequence[Sequence[Reading]], *, more_text: bool, lost: bool) -> None:
        """Build the graph of what may be said, and make it the decoder's."""
        arcs: list[tuple[int, int, float] | tuple[int, int, float, str]] = []
        state = last = len(units)  # states up to `last` are the boundaries of units, those after lie within
        first = 0
        for unit, ways in enumerate(units):
            for way in ways:
                inner = list(range(state + 1, state + len(way)))
                state += len(inner)
                path = [unit, *inner, unit + 1]
                arcs += [(a, b, 1.0, word) for a, b, word in zip(path, path[1:], way, strict=False)]
            if not ways:
                arcs.append((unit, unit + 1, 1.0))
        if lost:
            first = state = state + 1
            arcs += [(first, first, _OTHER_GOES_ON, _OTHER + phone) for phone in PHONES]
            arcs += [(first, unit, 1.0) for unit, ways in enumerate(units) if ways]
        if more_text:
            state += 1
            arcs.append((last, state, _OTHER_BEGINS))
            arcs += [(state, state, _OTHER_GOES_ON, _OTHER + phone) for phone in PHONES]
            last = state
        self._sphinx.add_fsg("text", self._sphinx.create_fsg("text", first, last, arcs))
        self._sphinx.activate_search("text")

    def _decode(self, pcm: Pcm, between: Callable[[], object], *, more_sound: bool) -> list[Any]:
        frames = len(pcm) + (0 if more_sound else round(_NOISE_AFTER * RATE))
        sound = np.resize(self._noise, frames)
        sound[: len(pcm)] += pcm
        self._sphinx.start_utt()
        try:
            for piece in np.split(np.clip(sound, -32768, 32767).astype(np.int16), range(_PIECE, len(sound), _PIECE)):
                between()
                self._sphinx.process_raw(piece.tobytes(), False, False)
            partial = list(self._sphinx.seg() or ())
        finally:
            self._sphinx.end_utt()
        return partial if more_sound else list(self._sphinx.seg() or ())


_sharing = threading.Lock()


def shared_decoder() -> Decoder:
    """The decoder of this process, loaded when it is first asked for; raises as `Decoder` does."""
    with _sharing:  # or two threads would load two
        return _shared_decoder()


@cache
def _shared_decoder() -> Decoder:
    return Decoder()


def _along(words: Sequence[Any], units: Sequence[Sequence[Reading]], first: int) -> list[Heard]:
    """The units, from `first` on, that the decoder's words are."""
    heard: list[Heard] = []
    at = 0
    for unit, ways in enumerate(units[first:], first):
        left = tuple(word.word.partition("(")[0] for word in words[at:])
        fitting = [len(way) for way in ways if left[: len(way)] == way]
        if ways and not fitting:
            break
        if fitting:
            heard.append(_heard(unit, words[at : at + max(fitting)]))
            at += max(fitting)
    return heard


def _end(words: Sequence[Any]) -> float:
    return (words[-1].end_frame + 1) * _STEP if words else 0.0


def _heard(unit: int, said: Sequence[Any]) -> Heard:
    frames = sum(word.end_frame - word.start_frame + 1 for word in said)
    score = sum(math.log(word.ascore) if word.ascore > 0 else -math.inf for word in said)
    return Heard(unit, said[0].start_frame * _STEP, _end(said), score * _SCALE / frames)
