"""Finds the loudspeaker's echo in the microphone's audio, by matched filter. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from ..audio._pcm import Pcm, to_frames, to_seconds

PROBE_SECONDS: Final = 0.6
"""Length of the probe: its correlation gains 30 dB over noise of the same bandwidth."""

LOWEST_HZ, HIGHEST_HZ = 300.0, 3400.0
"""The probe's sweep: within the range of every small loudspeaker, and of every sample rate of speech."""

PROBE_PEAK: Final = 8000
"""The probe's largest sample, -12 dBFS: clear, and not startling."""

CORRELATION_THRESHOLD: Final = 0.25
"""The normalised correlation, 0 to 1, of an echo: noise stays below 0.08, speech below 0.17, and an echo above it
down to 17 dB below the room's noise."""

_FADE_SECONDS: Final = 0.03  # seconds at either end


@dataclass(frozen=True, slots=True)
class Echo:
    """The probe as the microphone captured it."""

    frame: int  # of the captured audio, at which it begins
    gain: float  # dB, relative to the played audio
    correlation: float  # 0 to 1: how much of what was captured is the played audio, and nothing else


def probe(rate: int) -> Pcm:
    """Return the audio to play: a rising sweep, which no other source in a room resembles."""
    time = np.arange(to_frames(PROBE_SECONDS, rate)) / rate
    phase = 2 * np.pi * (LOWEST_HZ * time + (HIGHEST_HZ - LOWEST_HZ) * time**2 / (2 * PROBE_SECONDS))
    fade = np.minimum(1.0, np.minimum(time, to_seconds(len(time), rate) - time) / _FADE_SECONDS)
    sweep: Pcm = (PROBE_PEAK * np.sin(phase) * np.sin(fade * np.pi / 2) ** 2).astype(np.int16)
    return sweep


def find_echo(captured: Pcm, played: Pcm, rate: int) -> Echo | None:
    """Find the played audio in the captured audio, both at `rate` Hz; None: there is no echo."""
    if len(captured) < len(played):
        return None
    length = 1 << (len(captured) + len(played) - 1).bit_length()
    hertz = np.fft.rfftfreq(length, 1 / rate)
    spectrum = np.fft.rfft(captured.astype(np.float64), length) * ((hertz >= LOWEST_HZ) & (hertz <= HIGHEST_HZ))
    sweep = played.astype(np.float64)
    energy, lags = float(sweep @ sweep), len(captured) - len(played) + 1
    correlation = np.abs(np.fft.irfft(spectrum * np.conj(np.fft.rfft(sweep, length)), length)[:lags])
    squares = np.fft.irfft(spectrum, length)[: len(captured)] ** 2
    sums = np.cumsum(np.concatenate([[0.0], squares]))
    energies = np.maximum(sums[len(played) :] - sums[: -len(played)], len(played))  # no less than one step of dither
    normalised = correlation / np.sqrt(energies * energy)
    frame = int(np.argmax(normalised))
    if normalised[frame] <= CORRELATION_THRESHOLD:
        return None
    return Echo(frame, 20 * math.log10(correlation[frame] / energy), float(normalised[frame]))
