"""Speech of eSpeak NG with the onsets of its words, or of its phones."""

from __future__ import annotations

import ctypes
from enum import IntEnum
from typing import Any, NamedTuple

import espeakng_loader
import numpy as np
import soxr

from realtime_sdk.audio._pcm import WIRE_RATE, Pcm


class Unit(IntEnum):
    """A unit of speech whose onsets are reported; the values are the events of speak_lib.h."""

    WORD = 1
    PHONE = 7


class Onset(NamedTuple):
    """Where a word or a phone begins."""

    seconds: float
    character: int  # of the text
    phone: str  # in IPA; meaningless for a word


class _Event(ctypes.Structure):
    """`espeak_EVENT` of speak_lib.h."""

    _fields_ = (
        ("type", ctypes.c_int), ("unique_identifier", ctypes.c_uint), ("text_position", ctypes.c_int),
        ("length", ctypes.c_int), ("audio_position", ctypes.c_int), ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p), ("name", ctypes.c_char * 8),
    )  # fmt: skip


_SYNCHRONOUS, _UTF8, _RATE, _PITCH = 2, 1, 1, 3  # speak_lib.h: output mode, text flag, parameters
_PHONE_EVENTS_IN_IPA = 1 | 2  # options of speak_lib.h
_CALLBACK = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event))


class Espeak:
    """eSpeak NG. The library keeps its state in globals: the last one made is the one that can speak."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit
        self._library: Any = ctypes.CDLL(espeakng_loader.get_library_path())
        options = _PHONE_EVENTS_IN_IPA if unit is Unit.PHONE else 0
        data = espeakng_loader.get_data_path().encode()
        self._rate = self._library.espeak_Initialize(_SYNCHRONOUS, 0, data, options)
        self._audio: list[Pcm] = []
        self._onsets: list[Onset] = []
        self._callback = _CALLBACK(self._take)  # the library keeps a bare pointer to it
        self._library.espeak_SetSynthCallback(self._callback)

    def speak(self, text: str, voice: str, words_per_minute: int, pitch: int = 50) -> tuple[Pcm, list[Onset]]:
        """Speak `text`: its audio at `WIRE_RATE`, and the onsets in the order in which they are spoken."""
        if self._library.espeak_SetVoiceByName(voice.encode()) != 0:
            raise SystemExit(f"eSpeak NG has no voice {voice!r}")
        self._audio, self._onsets = [], []
        self._library.espeak_SetParameter(_RATE, words_per_minute, 0)
        self._library.espeak_SetParameter(_PITCH, pitch, 0)
        data = text.encode()
        self._library.espeak_Synth(data, len(data) + 1, 0, 1, 0, _UTF8, None, None)
        return soxr.resample(np.concatenate(self._audio), self._rate, WIRE_RATE), self._onsets

    def _take(self, sound: Any, frames: int, events: Any) -> int:
        if sound and frames > 0:
            self._audio.append(np.ctypeslib.as_array(sound, (frames,)).copy())
        at = 0
        while events[at].type:  # the list ends with an event of type 0
            event = events[at]
            if event.type == self._unit:
                phone = event.name.decode("utf-8", "ignore")
                self._onsets.append(Onset(event.sample / self._rate, event.text_position - 1, phone))
            at += 1
        return 0  # 0: continue
