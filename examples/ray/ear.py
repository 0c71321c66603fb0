"""What a caller hears: the format of the line, and an ear that knows the numbers of `model.py`."""

from itertools import groupby

import numpy as np
from model import NUMBERS, pitch

from realtime_sdk.audio import AudioFormat

LINE = AudioFormat("audio/pcmu", 8000)
TICK = 160  # bytes, and frames, that a gateway plays and sends at a time: 20 ms
TONES = np.exp(-2j * np.pi * np.outer(np.arange(TICK), [pitch(number) for number in NUMBERS]) / LINE.rate)


def numbers(heard: bytes) -> str:
    """The numbers that are in the audio, in their order; of each, 40 ms or more were heard."""
    pcm = np.frombuffer(LINE.decode(heard), np.int16).astype(float)
    ticks = pcm[: len(pcm) // TICK * TICK].reshape(-1, TICK)
    runs = groupby(np.hypot(ticks @ TONES.real, ticks @ TONES.imag).argmax(axis=1))
    return "".join(NUMBERS[index] for index, run in runs if len(list(run)) > 1)
