"""Words placed once for no one, so that the first ones of a talk need not wait for what is loaded when it is used."""

from __future__ import annotations

import functools
from typing import Final

import numpy as np

from ._aligner import TranscriptAligner

_RATE: Final = 24_000  # Hz
# Chinese and Japanese have tables of their own.
_TEXT: Final = "No. 17 (of 20): bonjour, 今日は。今天天气很好。"
_PITCH_FRAMES, _LEVEL = 200, 40  # of a saw-tooth wave, which is as good as a voice here


@functools.cache
def rehearse() -> None:
    """Load the phone model, the lexicons and the modules that placing words needs: some 100 ms, best in a thread."""
    aligner = TranscriptAligner(_RATE)
    aligner.push_text(_TEXT)
    aligner.push_audio(np.arange(2 * _RATE, dtype=np.int16) % _PITCH_FRAMES * _LEVEL)
    aligner.end_text()
    aligner.flush()


def is_rehearsed() -> bool:
    """Whether all that is loaded: then no thread is needed for it."""
    return rehearse.cache_info().currsize > 0
