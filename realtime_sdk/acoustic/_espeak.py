"""eSpeak NG, from the wheel `espeakng-loader` (GPL-3; the extras that install it say so): speech and phonemes."""

from __future__ import annotations

import ctypes
import importlib
import threading
from functools import cache
from typing import Any

from ..audio._pcm import Pcm, from_bytes
from ..errors import UsageError

_AUDIO_OUTPUT_SYNCHRONOUS = 2  # speak_lib.h: espeak_Synth returns after the last callback
_CHARS_UTF8 = 1
_PHONEMES_IPA = 0x02
_SEPARATOR = "_"  # between phonemes; no letter of the phonetic alphabet
_SynthCallback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)


class Espeak:
    """The library: it keeps its state in globals, so there is one in a process, and a lock around it."""

    def __init__(self) -> None:
        loader = importlib.import_module("espeakng_loader")
        self._library: Any = ctypes.CDLL(loader.get_library_path())
        self._library.espeak_TextToPhonemes.restype = ctypes.c_char_p
        data = loader.get_data_path().encode()
        self.rate: int = self._library.espeak_Initialize(_AUDIO_OUTPUT_SYNCHRONOUS, 0, data, 0)
        self._lock = threading.Lock()
        self._voice = ""  # the last one set: loading a voice takes ten times as long as a word
        self._blocks: list[bytes] = []  # audio of the text that is being spoken
        self._callback = _SynthCallback(self._take)  # the library keeps a bare pointer to it
        self._library.espeak_SetSynthCallback(self._callback)

    def choose(self, voice: str) -> None:
        """Raise `UsageError` if there is no such voice."""
        with self._lock:
            self._set_voice(voice)

    def synthesise(self, voice: str, text: str) -> Pcm:
        """Return the audio of `text`: int16 of shape (frames,), at `rate` Hz."""
        data = text.encode()
        with self._lock:
            self._set_voice(voice)
            self._blocks.clear()
            self._library.espeak_Synth(data, len(data) + 1, 0, 1, 0, _CHARS_UTF8, None, None)
            return from_bytes(b"".join(self._blocks))

    def phonemes(self, voice: str, text: str) -> list[str]:
        """Return the phonemes of `text` in the International Phonetic Alphabet, with marks of stress and length."""
        rest = ctypes.c_char_p(text.replace("\0", " ").encode())
        mode = _PHONEMES_IPA | ord(_SEPARATOR) << 8
        clauses = []
        with self._lock:
            self._set_voice(voice)
            while rest.value is not None:  # the library advances it, clause by clause
                clauses.append(self._library.espeak_TextToPhonemes(ctypes.byref(rest), _CHARS_UTF8, mode) or b"")
        phonemes = " ".join(clause.decode() for clause in clauses)
        return [phoneme for phoneme in phonemes.replace(" ", _SEPARATOR).split(_SEPARATOR) if phoneme]

    def _set_voice(self, voice: str) -> None:
        if voice == self._voice:
            return
        self._voice = ""
        if self._library.espeak_SetVoiceByName(voice.encode()) != 0:
            raise UsageError(f"no voice {voice!r}: give a language of eSpeak NG such as 'en-us' or 'de'")
        self._voice = voice

    def _take(self, samples: Any, frames: int, _events: int | None) -> int:
        if samples and frames:
            self._blocks.append(ctypes.string_at(samples, frames * 2))
        return 0  # 0: continue


_loading = threading.Lock()


def espeak() -> Espeak:
    """Load the library, once per process; raises ImportError where it is not installed."""
    with _loading:  # or two threads would initialise it twice
        return _espeak()


@cache
def _espeak() -> Espeak:
    return Espeak()
