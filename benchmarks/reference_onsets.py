"""Onsets of words by another method than that of the package: forced alignment with pocketsphinx of the whole clip.

Its acoustic model is English; words of other languages, and those its dictionary lacks, are spelled in English phones.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from itertools import islice
from typing import Any, Final

import numpy as np
import soxr

from realtime_sdk.acoustic._pronouncer import espeak_pronunciation
from realtime_sdk.audio._pcm import WIRE_RATE, Pcm
from realtime_sdk.captions.text._normalisation import normalise
from realtime_sdk.captions.text._segmentation import split_units

RATE: Final = 16_000
FRAME_SECONDS: Final = 0.01
DITHER: Final = 30.0  # standard deviation: digital silence would break the decoder's gain control
TRAILING_SECONDS: Final = 0.3
LEAST_SCORE: Final = -4.0  # per frame, a log likelihood ratio to the best model state; most wrong words have less
SCORE_SCALE: Final = 1024
PHONES: Final = {
    "AX": "AH", "OE": "ER", "UE": "UW", "AN": "AA N", "EN": "AE N", "ON": "AO N", "RR": "R", "X": "HH", "NJ": "N Y",
}  # fmt: skip
"""The English phones of the phone classes that English lacks."""


def onsets(pcm: Pcm, text: str, language: str) -> list[tuple[int, float]]:
    """Return the first character and the onset, in seconds, of the words of `text` that are found in the whole clip.

    `language`: an eSpeak voice.
    """
    units, _ = split_units(text, ended=True)
    words = [[_word(word, language) for word in normalise(unit, language)] for unit in units]
    segments = iter(_segments(pcm, [name for spoken in words for name in spoken]))
    found: list[tuple[int, float]] = []
    for place, spoken in zip(_places(units), words, strict=True):
        parts = list(islice(segments, len(spoken)))
        if parts and len(parts) == len(spoken) and _score(parts) >= LEAST_SCORE:
            found.append((place, parts[0].start_frame * FRAME_SECONDS))
    return found


def _places(units: list[str]) -> list[int]:
    """The first visible character of each unit."""
    starts = np.cumsum([0, *map(len, units)]).tolist()
    return [start + len(unit) - len(unit.lstrip()) for start, unit in zip(starts, units, strict=False)]


@cache
def _decoder() -> Any:
    return import_module("pocketsphinx").Decoder(lm=None, loglevel="FATAL")


def _word(word: str, language: str) -> str:
    """The name of a word in the dictionary, to which it is added if it is unknown."""
    english = language.startswith("en")
    name = word.lower() if english else f"{language}:{word.lower()}"
    if _decoder().lookup_word(name) is None:
        pronunciation = espeak_pronunciation(word, language)
        phones = [phone.phone_class.name for phone in pronunciation.phones] if pronunciation is not None else ["AH"]
        _decoder().add_word(name, " ".join(PHONES.get(phone, phone) for phone in phones), True)
    return name


def _segments(pcm: Pcm, names: list[str]) -> list[Any]:
    """The words as the decoder found them, in order."""
    audio = soxr.resample(pcm.astype(np.float32), WIRE_RATE, RATE)
    audio = np.append(audio, np.zeros(round(TRAILING_SECONDS * RATE), np.float32))
    audio += np.random.default_rng(0).normal(0.0, DITHER, len(audio)).astype(np.float32)
    decoder = _decoder()
    decoder.set_align_text(" ".join(names))
    decoder.start_utt()
    decoder.process_raw(np.clip(audio, -32768, 32767).astype(np.int16).tobytes(), False, True)
    decoder.end_utt()
    return [segment for segment in decoder.seg() or () if segment.word[0] not in "<["]


def _score(segments: list[Any]) -> float:
    frames = sum(segment.end_frame - segment.start_frame + 1 for segment in segments)
    score: float = sum(segment.ascore for segment in segments) / frames / SCORE_SCALE
    return score
