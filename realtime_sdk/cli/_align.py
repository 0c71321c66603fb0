"""`realtime-sdk align`: a sound file and its text made a caption file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import soundfile

from ..acoustic._clip import align
from ..audio._pcm import to_seconds
from ..captions._export import Line, to_vtt
from ..errors import UsageError

_LOUDEST = 32767


def captions_of(audio: Path, text: str, speaker: str) -> str:
    """WebVTT of `audio`, any file that libsndfile reads, which speaks `text`: a file's name, or the text itself.

    Raises:
        UsageError: a file that can't be read.

    """
    try:
        sound, rate = soundfile.read(audio, dtype="float32", always_2d=True)
    except (OSError, soundfile.LibsndfileError) as unreadable:
        raise UsageError(f"{audio} can't be read as sound: {unreadable}") from unreadable
    pcm = np.clip(sound.mean(axis=1) * _LOUDEST, -_LOUDEST, _LOUDEST).astype(np.int16)
    captions = align(pcm, _text(text), rate=rate)
    return to_vtt([Line(speaker, 0.0, to_seconds(len(pcm), rate), captions)]).rstrip("\n") + "\n"


def _text(text: str) -> str:
    try:
        named = Path(text).is_file()
    except (OSError, ValueError):  # too long for a name, or with characters that none has: it is the text
        named = False
    if not named:
        return text
    try:
        return Path(text).read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as unreadable:
        raise UsageError(f"{text} can't be read as text in UTF-8: {unreadable}") from unreadable
