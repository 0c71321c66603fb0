"""The audio of a scripted message: a toy voice, in which captions find the words of the text as in a real one.

It says the sounds of each word that captions expect. Faint noise over it makes each frame identify its item and its
place there.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

from ..audio._pcm import WIRE_RATE, Pcm, to_frames
from ..captions.features._phone_classes import PhoneClass, mixtures
from ..captions.features._phone_model import ACOUSTIC_CLASSES
from ..captions.text._pronunciation import Phone
from ..captions.text._transcript import Transcript
from ._sounds import noise

LETTERS_PER_SECOND: Final = 15.0
"""How fast a message is spoken whose length is not given."""

_VOICED: Final = 5 / 6
"""Of that time, for which the letters sound: a short pause after each word, and a longer one in a slower message."""

_VOWELS: Final = {
    "AA": (750, 1200), "AE": (700, 1750), "AH": (640, 1200), "AO": (550, 900), "AX": (500, 1450), "EH": (550, 1850),
    "ER": (480, 1350), "IH": (400, 2000), "IY": (280, 2300), "UH": (440, 1050), "UW": (310, 900), "OE": (380, 1600),
    "UE": (280, 1800), "AN": (650, 1000),
}  # fmt: skip
_SONORANTS: Final = {
    "L": (360, 1300), "R": (350, 1250), "RR": (350, 1250), "W": (300, 650), "Y": (280, 2200), "M": (250, 1000),
    "N": (250, 1450), "NG": (250, 1900),
}  # fmt: skip
_FORMANTS: Final = {**_VOWELS, **_SONORANTS}
"""Hz, of the sounds that have a tone; the others are noise."""

_HISSES: Final = ("S", "Z", "SH", "ZH")
_BREATHS: Final = ("F", "TH", "HH", "X", "V", "DH")

_PERIOD: Final = WIRE_RATE // 150  # frames of a wave of the voice
_VOWEL, _SONORANT, _HISS, _BREATH, _BURST = 7000.0, 2800.0, 1500.0, 400.0, 1000.0  # levels of the kinds of sounds
_CLOSED: Final = 0.7  # of a stop, before its burst
_NOISE_SHARE: Final = 1 / 64  # of the level of `noise`: 42 dB below a vowel, so that words stand out

Voice: TypeAlias = npt.NDArray[np.float64]


def speech(text: str, seconds: float, seed: int) -> Pcm:
    """Say a text within `seconds`; a text without words is noise. The same arguments make the same audio.

    Each word begins where its letters do if all of the text's are spread over the time.
    """
    pcm = noise(seconds, seed)
    if not any(map(str.isalnum, text)):
        return pcm
    voice = np.zeros(len(pcm))
    for start, end, phones in _spoken(text, seconds):
        _say(phones, voice[to_frames(start) : to_frames(end)])
    spoken: Pcm = (voice + pcm * _NOISE_SHARE).astype(np.int16)
    spoken[spoken == 0] = 1  # so that silence can't be mistaken for a part of it
    return spoken


def _spoken(text: str, seconds: float) -> Iterator[tuple[float, float, tuple[Phone, ...]]]:
    """When each word begins and ends, and its sounds."""
    transcript = Transcript()
    transcript.push(text, None, None)
    transcript.end(None, 0)
    transcript.split()
    letter = seconds / len(text)
    at = 0
    for unit in transcript.units:
        if phones := unit.pronunciation.phones:
            visible = unit.text.strip()
            start = (at + unit.text.index(visible)) * letter
            length = sum(map(str.isalnum, visible)) or len(visible)
            yield start, start + _VOICED * length * min(letter, 1 / LETTERS_PER_SECOND), phones
        at += len(unit.text)


def _say(phones: tuple[Phone, ...], voice: Voice) -> None:
    """Say the sounds of a word in the frames of a voice."""
    edges = np.cumsum([0.0, *(phone.length for phone in phones)])
    edges = np.round(edges / edges[-1] * len(voice)).astype(int)
    for phone, begin, end in zip(phones, edges, edges[1:], strict=False):
        voice[begin:end] += _sound(_acoustic_class(phone.phone_class), end - begin)


def _acoustic_class(phone_class: PhoneClass) -> str:
    """The name of the acoustic class that a phone most often sounds like."""
    return ACOUSTIC_CLASSES[int(mixtures()[phone_class].argmax())]


def _sound(name: str, frames: int) -> Voice:
    """So many frames of a sound."""
    if name in _FORMANTS:
        return np.resize(_wave(name), frames) * (_VOWEL if name in _VOWELS else _SONORANT)
    if name in _HISSES:
        return np.resize(_hiss(2 if name in ("S", "Z") else 1), frames) * _HISS
    if name in _BREATHS:
        return np.resize(_hiss(1), frames) * _BREATH
    burst = np.resize(_hiss(1), frames) * _BURST
    burst[: int(_CLOSED * frames)] = 0.0
    return burst


@functools.cache
def _wave(name: str) -> Voice:
    """A period of the voice in a sound that has formants, with an amplitude of 1 at most."""
    first, second = _FORMANTS[name]
    tones = np.arange(1, 25)
    hertz = tones * WIRE_RATE / _PERIOD
    heights = np.exp(-(((hertz - first) / 150) ** 2)) + 0.5 * np.exp(-(((hertz - second) / 200) ** 2)) + 0.01
    wave = heights @ np.sin(2 * np.pi * tones[:, None] * np.arange(_PERIOD) / _PERIOD)
    return np.asarray(wave / heights.sum())


@functools.cache
def _hiss(order: int) -> Voice:
    """Half a second of noise; the higher the order, the higher its frequencies."""
    hiss: Voice = np.diff(np.random.default_rng(0).normal(size=WIRE_RATE // 2), order) / 2**order
    return hiss
