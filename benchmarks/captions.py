"""When is each word shown, and when is it heard? The aligner beside what is shown without one.

eSpeak NG speaks (`pip install espeakng-loader`) and says when each word begins. Text and sound arrive as a service
sends them, a device plays from the first sound on, and every 10 ms of playout the aligner is asked what is audible.
All of it runs on a clock of its own, so the machine's speed does not matter. The error of a word is the position at
which it is shown less that at which its sound begins. The deliveries:

    4x        sound at 4 times its pace, text 0.3 s ahead of it
    4x, text  the same, and the text twice as fast again
    at once   all of it before the first sound is played
    1.1x      sound little faster than it is played

The columns, in ms: median error (late: above 0); median, 90th and 99th percentile of its size; then the share of words
that miss by no more than 200 ms, the share more than 100 ms early, and how often, asked every 100 ms, the words shown
are exactly those that have begun.

    python benchmarks/captions.py [--voice en-us+f2 ...] [--each]
"""

# ruff: noqa: RUF001 — the languages it speaks have letters of their own

from __future__ import annotations

import argparse
import ctypes
import re
import time
from bisect import bisect
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, TypeAlias

import espeakng_loader
import numpy as np
import soxr

from realtime_sdk.audio import WIRE_RATE, Pcm, to_frames, to_seconds
from realtime_sdk.captions import TranscriptAligner

ENGLISH = (
    "Sure, I can help with that. First, open the app and sign in with your email. Then tap the gear icon in the top "
    "right corner, and choose notifications.",
    "The weather in Boston tomorrow looks mild: a high of 61 degrees, light wind from the west, and a 20% chance of "
    "rain after 4 p.m. Your flight at 9:30 on March 3, 2026, costs $184.60.",
    "Once upon a time there was a small lighthouse on a rocky island. Every evening the keeper climbed the stairs, lit "
    "the lamp, and watched the ships go by. One night, a storm came.",
    "Internationalization is difficult because every language organizes information differently. Unfortunately, "
    "straightforward translation rarely communicates the original intention.",
)
TALKS: dict[str, tuple[str, ...]] = {
    "en": ENGLISH,
    "en-us+f2": ENGLISH,
    "en-gb-scotland": ENGLISH,
    "en-us+michael": ENGLISH,
    "de": ("Gerne helfe ich Ihnen weiter. Der nächste Zug nach Hamburg fährt um vierzehn Uhr von Gleis sieben ab.",),
    "fr": ("Bien sûr, je peux vous aider. Le restaurant ouvre à midi et ferme à quatorze heures trente.",),
    "es": ("Claro que sí, con mucho gusto. La biblioteca abre a las nueve de la mañana y cierra a las ocho.",),
    "it": ("Certo, ti spiego subito come si fa. Prima metti a bollire l'acqua, poi aggiungi il sale.",),
    "ru": ("Конечно, я вам помогу. Поезд отправляется в восемь часов утра, а прибывает поздно вечером.",),
    "tr": ("Elbette, size yardımcı olabilirim. Kütüphane sabah dokuzda açılıyor, akşam altıda kapanıyor.",),
    "hi": ("ज़रूर, मैं आपकी मदद कर सकता हूँ। पुस्तकालय सुबह नौ बजे खुलता है, और शाम छह बजे बंद होता है।",),
    "ar": ("بالتأكيد، يمكنني مساعدتك في ذلك. تفتح المكتبة في التاسعة صباحا، وتغلق في السادسة مساء.",),
    "ko": ("물론이죠, 제가 도와 드릴게요. 도서관은 아침 아홉 시에 열고, 저녁 여섯 시에 닫습니다.",),
}
"""What each of eSpeak's voices says."""

RATES = (150, 190, 240)
"""Words a minute, in turn."""

DELTA_SECONDS = 0.2
LOOK_SECONDS = 0.01


class _Event(ctypes.Structure):
    """`espeak_EVENT` of speak_lib.h."""

    _fields_ = (
        ("type", ctypes.c_int), ("unique_identifier", ctypes.c_uint), ("text_position", ctypes.c_int),
        ("length", ctypes.c_int), ("audio_position", ctypes.c_int), ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p), ("id", ctypes.c_char * 8),
    )  # fmt: skip


_SYNCHRONOUS, _UTF8, _WORD, _RATE = 2, 1, 1, 1  # speak_lib.h: output mode, text flag, event type, parameter
_CALLBACK = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event))


@dataclass(frozen=True)
class Clip:
    """Speech, and where in the text and in the sound (seconds) its words begin."""

    name: str
    text: str
    pcm: Pcm
    words: list[tuple[int, float]]

    @property
    def seconds(self) -> float:
        """How long it lasts."""
        return to_seconds(len(self.pcm))

    @property
    def pieces(self) -> list[str]:
        """The text, cut where words begin; each piece but the first with the space before its word."""
        cuts = [0, *(len(self.text[:at].rstrip()) for at, _ in self.words[1:]), len(self.text)]
        return [self.text[a:b] for a, b in pairwise(cuts)]


class Speaker:
    """eSpeak NG, which tells when its words begin."""

    def __init__(self) -> None:
        self._library: Any = ctypes.CDLL(espeakng_loader.get_library_path())
        self._rate = self._library.espeak_Initialize(_SYNCHRONOUS, 0, espeakng_loader.get_data_path().encode(), 0)
        self._sound: list[Pcm] = []
        self._begun: dict[int, float] = {}  # seconds, by the character at which a word begins
        self._callback = _CALLBACK(self._take)  # the library keeps a bare pointer to it
        self._library.espeak_SetSynthCallback(self._callback)

    def speak(self, text: str, voice: str, words_per_minute: int) -> Clip:
        """Say `text`."""
        if self._library.espeak_SetVoiceByName(voice.encode()) != 0:
            raise SystemExit(f"eSpeak NG has no voice {voice!r}")
        self._sound.clear()
        self._begun.clear()
        self._library.espeak_SetParameter(_RATE, words_per_minute, 0)
        data = text.encode()
        self._library.espeak_Synth(data, len(data) + 1, 0, 1, 0, _UTF8, None, None)
        words: list[tuple[int, float]] = []
        for word in re.finditer(r"\S+", text):
            begun = [seconds for at, seconds in self._begun.items() if word.start() <= at < word.end()]
            if begun and (not words or min(begun) > words[-1][1]):
                words.append((word.start(), min(begun)))
        pcm = soxr.resample(np.concatenate(self._sound), self._rate, WIRE_RATE)
        return Clip(f"{voice} {words_per_minute}", text, pcm, words)

    def _take(self, sound: Any, frames: int, events: Any) -> int:
        if sound and frames > 0:
            self._sound.append(np.ctypeslib.as_array(sound, (frames,)).copy())
        at = 0
        while events[at].type:  # the list ends with an event of type 0
            if events[at].type == _WORD:
                self._begun.setdefault(events[at].text_position - 1, events[at].sample / self._rate)
            at += 1
        return 0  # 0: go on


@dataclass(frozen=True)
class Delivery:
    """How a service sends: times faster than it sounds, seconds by which text is ahead, times faster still for text."""

    name: str
    pace: float
    lead: float = 0.3
    text_speed: float = 1.0

    def arrivals(self, clip: Clip) -> list[tuple[float, str | Pcm]]:
        """What arrives when, in seconds after the first sound."""
        step = to_frames(DELTA_SECONDS)
        sound = [(to_seconds(at), clip.pcm[at : at + step]) for at in range(0, len(clip.pcm), step)]
        text = [
            (max(0.0, onset - self.lead) / self.text_speed, piece)
            for (_, onset), piece in zip(clip.words, clip.pieces, strict=True)
        ]
        together: list[tuple[float, str | Pcm]] = sorted([*text, *sound], key=lambda arrival: arrival[0])
        return [(at / self.pace, piece) for at, piece in together]


DELIVERIES = (Delivery("4x", 4), Delivery("4x, text", 4, text_speed=2), Delivery("at once", 1e9), Delivery("1.1x", 1.1))

Shown: TypeAlias = Iterable[tuple[float, str]]
"""Positions, and what is shown at each."""


def aligned(clip: Clip, delivery: Delivery) -> Iterator[tuple[float, str]]:
    """Ask the aligner."""
    aligner, waiting, received = TranscriptAligner(WIRE_RATE), delivery.arrivals(clip), 0.0
    position = 0.0
    while position < clip.seconds:
        while waiting and waiting[0][0] <= position:
            _, piece = waiting.pop(0)
            if isinstance(piece, str):
                aligner.push_text(piece)
            else:
                aligner.push_audio(piece)
                received += to_seconds(len(piece))
            if not waiting:
                aligner.end_text()
                aligner.end_audio()
        for caption in aligner.due(min(position, received)):
            yield position, caption.text
        position += LOOK_SECONDS
    for caption in aligner.flush():
        yield position, caption.text


def spread(clip: Clip, _: Delivery) -> Iterator[tuple[float, str]]:
    """Characters spread evenly over the whole sound, which has to be there first."""
    return _at_rate(clip, len(clip.text) / clip.seconds)


def fixed(clip: Clip, _: Delivery) -> Iterator[tuple[float, str]]:
    """Fifteen characters a second."""
    return _at_rate(clip, 15.0)


def arriving(clip: Clip, delivery: Delivery) -> Iterator[tuple[float, str]]:
    """Text as it arrives."""
    return ((at, piece) for at, piece in delivery.arrivals(clip) if isinstance(piece, str))


def _at_rate(clip: Clip, characters: float) -> Iterator[tuple[float, str]]:
    at = 0
    for piece in clip.pieces:
        yield at / characters, piece
        at += len(piece)


METHODS: dict[str, Callable[[Clip, Delivery], Shown]] = {
    "aligner": aligned, "spread evenly": spread, "15 a second": fixed, "as it arrives": arriving,
}  # fmt: skip


@dataclass
class Score:
    """Errors of words in seconds, and words too many or too few at moments of playout."""

    errors: list[float]
    off: list[int]

    def add(self, clip: Clip, shown: Shown) -> None:
        """Count a clip in."""
        ends, times, length = [], [], 0
        for position, text in shown:
            length += len(text)
            ends.append(length)
            times.append(position)
        onsets = [onset for _, onset in clip.words]
        positions = [times[bisect(ends, at)] for at, _ in clip.words]
        self.errors += [position - onset for position, onset in zip(positions, onsets, strict=True)]
        self.off += [
            bisect(sorted(positions), at) - bisect(onsets, at) for at in np.arange(0.1, clip.seconds, 0.1).tolist()
        ]

    def row(self) -> str:
        """Give the columns."""
        errors = np.array(self.errors) * 1000
        size = np.abs(errors)
        median, p90, p99 = np.percentile(size, (50, 90, 99))
        near, early, heard = (float(np.mean(x)) for x in (size <= 200, errors < -100, np.array(self.off) == 0))
        return f"{np.median(errors):7.0f}{median:7.0f}{p90:7.0f}{p99:7.0f}{near:8.1%}{early:8.1%}{heard:8.1%}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--voice", action="append", help="one of the voices below, or several; all if left out")
    parser.add_argument("--each", action="store_true", help="also tell the aligner's figures for each voice")
    options = parser.parse_args()
    speaker = Speaker()
    talks = [(voice, text) for voice in options.voice or TALKS for text in TALKS.get(voice, ENGLISH)]
    clips = [speaker.speak(text, voice, RATES[n % len(RATES)]) for n, (voice, text) in enumerate(talks)]
    seconds = sum(clip.seconds for clip in clips)
    print(f"{sum(len(clip.words) for clip in clips)} words in {seconds:.0f} s of speech, {len(clips)} clips")
    for delivery in DELIVERIES:
        print(f"\n{delivery.name:16}median    |e|    p90    p99   200ms   early   heard")
        for name, method in METHODS.items():
            score, began = Score([], []), time.process_time()
            for clip in clips:
                score.add(clip, method(clip, delivery))
            spent = (time.process_time() - began) / seconds
            print(f"{name:15}{score.row()}" + (f"   {spent:.2%} of a core" if method is aligned else ""))
        for clip in clips if options.each else []:
            alone = Score([], [])
            alone.add(clip, aligned(clip, delivery))
            print(f"  {clip.name:20}{alone.row()}")


if __name__ == "__main__":
    main()
