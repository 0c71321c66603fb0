"""Finds the loudspeaker's sound in the microphone's. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from ..audio._pcm import Pcm, to_frames, to_seconds

SECONDS: Final = 0.6
"""How long the probe is: its sound gains 30 dB over noise of the same bandwidth."""

LOWEST, HIGHEST = 300.0, 3400.0
"""Hertz through which the probe rises: what every small loudspeaker gives, and every rate of speech holds."""

PEAK: Final = 8000
"""Its loudest sample, -12 dB of full scale: clear, and not startling."""

CERTAIN: Final = 0.25
"""How alike, 0 to 1, the probe and what was captured must be: noise is below 0.08, speech below 0.17, and an echo
above it until it is 17 dB weaker than the noise of the room."""

_FADE: Final = 0.03  # seconds at either end


@dataclass(frozen=True, slots=True)
class Echo:
    """The probe as the microphone heard it."""

    frame: int  # of the capture, at which it begins
    gain: float  # dB, against what was played


def probe(rate: int) -> Pcm:
    """Give the sound to play: a tone that rises, which nothing else in a room sounds like."""
    time = np.arange(to_frames(SECONDS, rate)) / rate
    phase = 2 * np.pi * (LOWEST * time + (HIGHEST - LOWEST) * time**2 / (2 * SECONDS))
    fade = np.minimum(1.0, np.minimum(time, to_seconds(len(time), rate) - time) / _FADE)
    sound: Pcm = (PEAK * np.sin(phase) * np.sin(fade * np.pi / 2) ** 2).astype(np.int16)
    return sound


def find_echo(captured: Pcm, played: Pcm, rate: int) -> Echo | None:
    """Find what was played in what was captured, both at `rate`; None: it is not in it."""
    if len(captured) < len(played):
        return None
    length = 1 << (len(captured) + len(played) - 1).bit_length()
    hertz = np.fft.rfftfreq(length, 1 / rate)
    spectrum = np.fft.rfft(captured.astype(np.float64), length) * ((hertz >= LOWEST) & (hertz <= HIGHEST))
    sound = played.astype(np.float64)
    loudness, places = float(sound @ sound), len(captured) - len(played) + 1
    common = np.abs(np.fft.irfft(spectrum * np.conj(np.fft.rfft(sound, length)), length)[:places])
    squares = np.fft.irfft(spectrum, length)[: len(captured)] ** 2
    sums = np.cumsum(np.concatenate([[0.0], squares]))
    around = np.maximum(sums[len(played) :] - sums[: -len(played)], len(played))  # no less than one step of dither
    likeness = common / np.sqrt(around * loudness)
    frame = int(np.argmax(likeness))
    return Echo(frame, 20 * math.log10(common[frame] / loudness)) if likeness[frame] > CERTAIN else None
