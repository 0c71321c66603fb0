"""`realtime-sdk align`: the captions of an audio file with a known transcript."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import soundfile

from ..acoustic._clip import align
from ..audio._pcm import to_seconds
from ..captions._export import Utterance, to_vtt
from ..errors import UsageError

_FULL_SCALE = 32767


def caption_file(audio: Path, text: str, speaker: str) -> str:
    """Return the WebVTT of an audio file, in any format that libsndfile reads.

    text: the transcript, or the name of a file that holds it. speaker: the name in the captions.

    Raises:
        UsageError: a file can't be read.

    """
    try:
        samples, rate = soundfile.read(audio, dtype="float32", always_2d=True)
    except (OSError, soundfile.LibsndfileError) as unreadable:
        raise UsageError(f"{audio} can't be read as audio: {unreadable}") from unreadable
    pcm = np.clip(samples.mean(axis=1) * _FULL_SCALE, -_FULL_SCALE, _FULL_SCALE).astype(np.int16)
    captions = align(pcm, _text(text), rate=rate)
    return to_vtt([Utterance(speaker, 0.0, to_seconds(len(pcm), rate), captions)]).rstrip("\n") + "\n"


def _text(text: str) -> str:
    try:
        named = Path(text).is_file()
    except (OSError, ValueError):  # too long for a file name, or with characters that none has: it is the transcript
        named = False
    if not named:
        return text
    try:
        return Path(text).read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as unreadable:
        raise UsageError(f"{text} can't be read as text in UTF-8: {unreadable}") from unreadable
