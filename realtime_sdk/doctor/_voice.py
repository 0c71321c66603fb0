"""Judges a voice as a microphone captured it: against the noise, its bandwidth, and holes in it. Pure."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from ..audio._pcm import Pcm, to_frames
from ..capture._levels import to_dbfs
from ._finding import Finding, Severity
from ._loudness import levels

NO_VOICE_DB: Final = 6.0
"""Decibels between the loudest and the quietest twentieth that a voice exceeds: a hum and a fan vary by 1 to 3."""

NOISY_DB: Final = 15.0
"""The same below which a voice is hard to understand: recognisers lose words from there on."""

TELEPHONE_HZ, WIDEBAND_HZ = 4_200, 8_200
"""Bandwidths of a headset's telephone profile, sampled at 8 and at 16 kHz."""

CLIFF_DB: Final = 25.0
"""Decibels by which the spectrum falls within a kilohertz at the end of a band; a voice falls by less than 12."""

HOLES: Final = 3
"""Holes in a few seconds from which audio is being lost: a single one may be the beginning of the capture."""

_WINDOW: Final = 1024  # frames of one spectrum: bands of 250 Hz have ten lines at 24 kHz
_BAND_HZ: Final = 250
_LOWEST_CLIFF_HZ: Final = 2_500  # below that, no codec ends
_EDGE_HZ: Final = 1_000  # below the highest frequency, where the filter of a converter may end
_HOLE_SECONDS: Final = (0.002, 0.2)  # zeros for less are samples, for longer a pause
_BESIDE_SECONDS: Final = 0.003  # audio on either side of a hole
_BESIDE_DBFS: Final = -45.0  # its level: a noise gate closes on less
_JUMP: Final = 0.5  # of the effective value beside it, at either end: a voice that is cut jumps so far at six of seven


def examine_voice(pcm: Pcm, rate: int) -> list[Finding]:
    """Judge a few seconds of audio in which a person speaks.

    pcm: shape (frames,), with a signal. rate: in Hz.
    """
    return [_noise(pcm, rate), _bandwidth(pcm, rate), _holes(pcm, rate)]


def _noise(pcm: Pcm, rate: int) -> Finding:
    measured = levels(pcm - pcm.mean(), rate)
    distance = float(np.percentile(measured, 95) - np.percentile(measured, 5))
    figures = {"voice_over_noise_db": round(distance, 1)}
    if distance < NO_VOICE_DB:
        advice = "if you spoke, this device captures something else, such as a hum or a fan: choose another one"
        return Finding("microphone.noise", Severity.WARNING, "noise, and no voice over it", advice, figures)
    found = f"the voice is {distance:.0f} dB over the noise"
    if distance < NOISY_DB:
        advice = "move closer, switch off what makes the noise, or use a headset"
        return Finding("microphone.noise", Severity.WARNING, found, advice, figures)
    return Finding("microphone.noise", Severity.OK, found, figures=figures)


def _bandwidth(pcm: Pcm, rate: int) -> Finding:
    hertz = _end_of_band(pcm, rate)
    if hertz is None or hertz > WIDEBAND_HZ:
        return Finding("microphone.bandwidth", Severity.OK, "the voice has its whole bandwidth")
    figures = {"bandwidth_hz": float(hertz)}
    found = f"nothing above {hertz / 1000:.1f} kHz"
    advice = (
        "a Bluetooth headset captures like a telephone while its microphone is on: choose the computer's own "
        "microphone, and keep the headset for listening"
    )
    if hertz > TELEPHONE_HZ:
        return Finding("microphone.bandwidth", Severity.NOTE, f"{found}: a headset's call profile", advice, figures)
    return Finding("microphone.bandwidth", Severity.WARNING, f"{found}: a telephone's bandwidth", advice, figures)


def _end_of_band(pcm: Pcm, rate: int) -> int | None:
    """Return the frequency in Hz above which there is nothing any more; None: the spectrum has no such cliff."""
    if len(pcm) < _WINDOW:
        return None
    frames = np.lib.stride_tricks.sliding_window_view(pcm, _WINDOW)[:: _WINDOW // 2] * np.hanning(_WINDOW)
    power = (np.abs(np.fft.rfft(frames, axis=1)) ** 2).mean(axis=0)
    bands = np.arange(len(power)) * rate // _WINDOW // _BAND_HZ
    heights = 10 * np.log10(np.bincount(bands, power) / np.bincount(bands) + 1e-9)
    near = _EDGE_HZ // _BAND_HZ
    for band in range(_LOWEST_CLIFF_HZ // _BAND_HZ, len(heights) - near):
        if heights[band - near : band].max() - heights[band + 1 :].max() >= CLIFF_DB:
            return band * _BAND_HZ
    return None


def _holes(pcm: Pcm, rate: int) -> Finding:
    edges = np.flatnonzero(np.diff(np.concatenate([[False], pcm == 0, [False]]).astype(np.int8)))
    shortest, longest = (to_frames(seconds, rate) for seconds in _HOLE_SECONDS)
    beside = to_frames(_BESIDE_SECONDS, rate)
    holes = [
        end - start for start, end in zip(edges[::2], edges[1::2], strict=True)
        if shortest <= end - start <= longest
        and _is_hole(pcm[max(0, start - beside) : start], pcm[end : end + beside])
    ]  # fmt: skip
    figures = {"holes": float(len(holes)), "lost": round(float(sum(holes)) / rate, 3)}
    if len(holes) < HOLES:
        return Finding("microphone.holes", Severity.OK, "no holes in the audio", figures=figures)
    found = f"{len(holes)} holes in the voice, {figures['lost']:.2f} s in all: audio is lost before it arrives"
    advice = "close programs that use the processor, plug the device in directly, or move closer to a wireless one"
    return Finding("microphone.holes", Severity.WARNING, found, advice, figures)


def _is_hole(before: Pcm, after: Pcm) -> bool:
    """Whether a voice breaks off at the zeros between these; at the closure of a consonant, and a gate, it fades."""
    if not before.size or not after.size:
        return False
    powers = [float(np.mean(side.astype(np.float64) ** 2)) for side in (before, after)]
    if min(to_dbfs(power) for power in powers) < _BESIDE_DBFS:
        return False
    jumps = abs(int(before[-1])), abs(int(after[0]))
    return any(jump >= _JUMP * math.sqrt(power) for jump, power in zip(jumps, powers, strict=True))
