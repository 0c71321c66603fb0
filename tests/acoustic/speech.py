"""Speech whose words begin at known times: spoken one by one by eSpeak NG, trimmed, and joined with silence.

eSpeak's voice wavers, and goes on wavering where it was: what it says depends on all that it said before. Every text is
therefore spoken by a process of its own, so that it sounds the same whichever tests ran before it.
"""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context

import numpy as np
import pytest
import soxr

from realtime_sdk.acoustic._espeak import espeak
from realtime_sdk.acoustic._installed import is_installed
from realtime_sdk.audio._pcm import Pcm, to_frames

RATE = 24_000
GAP = 0.02  # seconds between two words

needs_recogniser = pytest.mark.skipif(not is_installed(), reason="needs the phoneme recogniser: pip install hama")


@dataclass(frozen=True)
class Spoken:
    text: str
    pcm: Pcm
    onsets: dict[int, float]  # seconds at which a word begins, by its first character


def speak(text: str, *, voice: str = "en-us", said: dict[str, str] | None = None, pause: float = 0.5) -> Spoken:
    """Speak `text`; `said`: spoken forms of words; digital silence lasts `pause` after a full stop."""
    words = text.split(" ")
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as fresh:
        sounds = fresh.submit(_words, [(said or {}).get(word, word) for word in words], voice).result()
    pieces: list[Pcm] = []
    onsets, frames, char = {}, 0, 0
    for word, pcm in zip(words, sounds, strict=True):
        onsets[char] = frames / RATE
        silence = np.zeros(to_frames(pause if word[-1] in ".?!" else GAP, RATE), np.int16)
        pieces += [pcm, silence]
        frames += len(pcm) + len(silence)
        char += len(word) + 1
    return Spoken(text, np.concatenate(pieces), onsets)


def _words(texts: list[str], voice: str) -> list[Pcm]:
    return [_word(text, voice) for text in texts]


def _word(text: str, voice: str) -> Pcm:
    sound = espeak().synthesise(voice, text)
    audible = np.flatnonzero(np.abs(sound.astype(np.int32)) > 300)
    return np.asarray(soxr.resample(sound[audible[0] : audible[-1] + 1], espeak().rate, RATE), np.int16)
