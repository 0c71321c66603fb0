"""The acoustic model: pocketsphinx (BSD). It is English; phones of other languages are mapped to English ones."""

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
from ._arpabet import PHONES, arpabet
from ._dictionary import Dictionary
from ._espeak import espeak
from ._spoken_forms import SpokenForm, spoken_forms

RATE: Final = 16_000
"""Sample rate of the decoder, in Hz."""

_FRAME_SECONDS: Final = 0.01  # of the decoder
# benchmarks/captions.py: "long pauses", with align.
_DITHER: Final = 30.0  # standard deviation: digital silence would break the decoder's gain control
_TRAILING_NOISE_SECONDS: Final = 0.3  # after the end, for the last word to end in
_OTHER: Final = "+"  # begins the names of garbage words, each a single phone, which stand for other speech
# benchmarks/captions.py: "hard to follow", with align.
_OTHER_SPEECH_PROBABILITY: Final = 1e-10
_OTHER_PHONE_PROBABILITY: Final = 0.02
_NO_WORD: Final = "<[(" + _OTHER  # begin the names of silences, noises and garbage words
_CHUNK_SAMPLES: Final = RATE // 20  # decoded at once, in about a millisecond: other threads run in between
_MAX_WORDS: Final = 50_000  # added before the model is loaded again: the memory of an endless talk is bounded
_SCORE_SCALE: Final = 1024  # by which the decoder's log likelihoods are smaller


@dataclass(frozen=True, slots=True)
class AlignedUnit:
    """A unit of the text, as it was found in the audio."""

    unit: int  # index among those given
    start: float  # seconds
    end: float
    score: float  # per frame: log likelihood ratio to the best model state


def proceed() -> None:
    """Do nothing: the checkpoint of a decoding that is never cancelled."""


class Decoder:
    """The acoustic model and its vocabulary. Thread-safe; one decoding at a time.

    Raises:
        ImportError: pocketsphinx or espeakng-loader is not installed.

    """

    def __init__(self) -> None:
        self._pocketsphinx = importlib.import_module("pocketsphinx")
        self._espeak = espeak()
        self._dictionary = Dictionary(self._pocketsphinx.get_model_path("en-us/cmudict-en-us.dict"))
        self._dither = np.random.default_rng(0).normal(0.0, _DITHER, RATE)
        self._lock = threading.Lock()
        self._load()

    def align(
        self, pcm: Pcm, texts: Sequence[str], language: str, *, more_text: bool, more_audio: bool, lost: bool = False,
        mean: str = "", checkpoint: Callable[[], object] = proceed,
    ) -> tuple[list[AlignedUnit], str]:  # fmt: skip
        """Align `texts`, units of a transcript, from the beginning of the audio on, as far as it reaches.

        `pcm`: int16 of shape (frames,) at `RATE`. `more_text`: other speech may follow the units. `more_audio`: the
        units may continue after the end. `lost`: other speech may precede, and any of the units may be the first.
        `mean`: the cepstral mean of the audio before, which normalises voice and channel; that of this audio is
        returned with the units found. `checkpoint` is called every few milliseconds and may raise to end it.
        There are no units where the audio does not match, or matches at several places of the text.
        """
        with self._lock:
            if self._added_words > _MAX_WORDS:
                self._load()
            units = [self._words(text, language) for text in texts]
            self._set_grammar(units, more_text=more_text, lost=lost)
            self._sphinx.set_cmn(mean or self._first_mean)  # that of the last decoding may be another speaker's
            segments = self._decode(pcm, checkpoint, more_audio=more_audio)
            mean = self._sphinx.get_cmn(True)
        words = [word for word in segments if word.word[0] not in _NO_WORD]
        if not lost:
            return _along(words, units, 0), mean
        candidates = [_along(words, units, first) for first in range(len(units)) if units[first]]
        whole = [found for found in candidates if found and found[-1].end >= _end(words)]
        return whole[0] if len(whole) == 1 else [], mean

    def _load(self) -> None:
        """Load the model, with an empty vocabulary."""
        self._sphinx: Any = self._pocketsphinx.Decoder(lm=None, dict=None, bestpath=False, loglevel="FATAL")
        self._first_mean: str = self._sphinx.get_cmn(False)
        self._added_words = 0  # it removes none
        for phone in PHONES:
            self._sphinx.add_word(_OTHER + phone, phone, False)

    def _words(self, text: str, language: str) -> list[SpokenForm]:
        """The spoken forms of `text`, in words that are added to the vocabulary."""
        if language != ENGLISH:
            name = self._add_word("".join(filter(str.isalnum, text)).lower(), text, language)
            return [(name,)] if name else []
        forms = []
        for form in spoken_forms(text):
            names = [self._add_word(word, word, language) for word in form]
            if all(names):
                forms.append(tuple(name for name in names if name))
        if any(map(str.isdigit, text)) and (name := self._add_word(text.strip(), text, language)):
            forms.append((name,))  # as eSpeak speaks it, in one word
        return forms

    def _add_word(self, word: str, spelling: str, language: str) -> str | None:
        """Add a word to the vocabulary; return its name there, None for text that is not spoken."""
        english = language == ENGLISH
        name = word if english else f"{language}:{word}"
        name = name.replace("(", "[")  # a parenthesis in a name numbers pronunciations
        if self._sphinx.lookup_word(name) is None:
            pronunciations = self._dictionary.pronunciations(word) if english else []
            if not pronunciations:
                nearest = arpabet(self._espeak.phonemes(language, spelling), english=english)
                pronunciations = [" ".join(nearest)]
            if not pronunciations[0]:
                return None
            for number, phones in enumerate(pronunciations, 1):
                self._sphinx.add_word(name if number == 1 else f"{name}({number})", phones, False)
            self._added_words += len(pronunciations)
        return name

    def _set_grammar(self, units: Sequence[Sequence[SpokenForm]], *, more_text: bool, lost: bool) -> None:
        """Build the finite-state grammar of what may be spoken, and activate it."""
        arcs: list[tuple[int, int, float] | tuple[int, int, float, str]] = []
        state = last = len(units)  # states up to `last` are the boundaries of units, those after lie within
        first = 0
        for unit, forms in enumerate(units):
            for form in forms:
                inner = list(range(state + 1, state + len(form)))
                state += len(inner)
                path = [unit, *inner, unit + 1]
                arcs += [(a, b, 1.0, word) for a, b, word in zip(path, path[1:], form, strict=False)]
            if not forms:
                arcs.append((unit, unit + 1, 1.0))
        if lost:
            first = state = state + 1
            arcs += [(first, first, _OTHER_PHONE_PROBABILITY, _OTHER + phone) for phone in PHONES]
            arcs += [(first, unit, 1.0) for unit, forms in enumerate(units) if forms]
        if more_text:
            state += 1
            arcs.append((last, state, _OTHER_SPEECH_PROBABILITY))
            arcs += [(state, state, _OTHER_PHONE_PROBABILITY, _OTHER + phone) for phone in PHONES]
            last = state
        self._sphinx.add_fsg("text", self._sphinx.create_fsg("text", first, last, arcs))
        self._sphinx.activate_search("text")

    def _decode(self, pcm: Pcm, checkpoint: Callable[[], object], *, more_audio: bool) -> list[Any]:
        count = len(pcm) + (0 if more_audio else round(_TRAILING_NOISE_SECONDS * RATE))
        audio = np.resize(self._dither, count)
        audio[: len(pcm)] += pcm
        self._sphinx.start_utt()
        try:
            samples = np.clip(audio, -32768, 32767).astype(np.int16)
            for chunk in np.split(samples, range(_CHUNK_SAMPLES, len(samples), _CHUNK_SAMPLES)):
                checkpoint()
                self._sphinx.process_raw(chunk.tobytes(), False, False)
            partial = list(self._sphinx.seg() or ())
        finally:
            self._sphinx.end_utt()
        return partial if more_audio else list(self._sphinx.seg() or ())


_loading = threading.Lock()


def shared_decoder() -> Decoder:
    """Return the decoder of this process, loaded at the first call; raises as `Decoder` does."""
    with _loading:  # or two threads would load two
        return _shared_decoder()


@cache
def _shared_decoder() -> Decoder:
    return Decoder()


def _along(words: Sequence[Any], units: Sequence[Sequence[SpokenForm]], first: int) -> list[AlignedUnit]:
    """The units, from `first` on, that match the decoder's words."""
    aligned: list[AlignedUnit] = []
    at = 0
    for unit, forms in enumerate(units[first:], first):
        left = tuple(word.word.partition("(")[0] for word in words[at:])
        matching = [len(form) for form in forms if left[: len(form)] == form]
        if forms and not matching:
            break
        if matching:
            aligned.append(_aligned_unit(unit, words[at : at + max(matching)]))
            at += max(matching)
    return aligned


def _end(words: Sequence[Any]) -> float:
    return (words[-1].end_frame + 1) * _FRAME_SECONDS if words else 0.0


def _aligned_unit(unit: int, words: Sequence[Any]) -> AlignedUnit:
    frames = sum(word.end_frame - word.start_frame + 1 for word in words)
    score = sum(math.log(word.ascore) if word.ascore > 0 else -math.inf for word in words)
    return AlignedUnit(unit, words[0].start_frame * _FRAME_SECONDS, _end(words), score * _SCORE_SCALE / frames)
