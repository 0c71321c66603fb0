"""What the sound of a microphone says about it. Pure."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from ..audio._pcm import Pcm, to_frames
from ..capture._levels import to_dbfs
from ._finding import Finding, Severity

BLOCK: Final = 0.02
"""Seconds over which loudness is measured: a syllable fills several."""

QUIET: Final = -50.0
"""dB of full scale: a voice at arm's length is 20 dB louder on a microphone whose level is right."""

CLIPPED: Final = 0.001
"""The share of clipped samples that is heard as a crackle."""

OFF_CENTRE: Final = 0.01
"""The share of full scale by which sound may lie beside zero: more makes clicks at every cut, and deceives meters."""

_FULL_SCALE: Final = 32768
_CEILING: Final = 32_700  # converters that clip don't all reach the last step
_PLATEAU: Final = 3  # samples in a row at the ceiling: a voice touches it with one
_DIGITAL_SILENCE: Final = 2  # steps around a constant: the dither of a device that is off


def examine_capture(pcm: Pcm, rate: int) -> list[Finding]:
    """Judge some seconds of a microphone's sound, in which somebody spoke: level, clipping, offset.

    pcm: shape (frames,), at `rate` frames a second.
    """
    sound = pcm.astype(np.float64)
    if not len(sound) or np.ptp(sound) <= _DIGITAL_SILENCE:
        return [_silent(len(sound) > 0)]
    offset = float(sound.mean())
    return [_loudness(sound - offset, rate), _clipping(pcm), _centre(offset)]


def _silent(captures: bool) -> Finding:
    advice = (
        "look whether it is muted, by a key, a switch or the system's settings, and whether this program may use it "
        "(macOS and Windows: Privacy, Microphone); or choose another device"
    )
    found = "it hears nothing at all: every sample is the same" if captures else "it was opened, but gives no sound"
    return Finding("microphone.level", Severity.ERROR, found, advice)


def _loudness(sound: npt.NDArray[np.float64], rate: int) -> Finding:
    block = min(to_frames(BLOCK, rate), len(sound))
    blocks = sound[: len(sound) // block * block].reshape(-1, block)
    levels = [to_dbfs(float(square)) for square in (blocks**2).mean(axis=1)]
    figures = {"loudest_dbfs": round(max(levels), 1), "noise_dbfs": round(float(np.percentile(levels, 10)), 1)}
    found = f"the loudest was {figures['loudest_dbfs']:.0f} dB of full scale, the quietest {figures['noise_dbfs']:.0f}"
    if max(levels) >= QUIET:
        return Finding("microphone.level", Severity.OK, found, figures=figures)
    advice = "if somebody spoke, turn the microphone's level up in the system's settings, or come closer"
    return Finding("microphone.level", Severity.WARNING, f"it is very quiet: {found}", advice, figures)


def _clipping(pcm: Pcm) -> Finding:
    share = _clipped(pcm >= _CEILING) + _clipped(pcm <= -_CEILING)
    figures = {"clipped": round(share, 5)}
    if share < CLIPPED:
        return Finding("microphone.clipping", Severity.OK, "nothing is clipped", figures=figures)
    advice = "turn the microphone's level down in the system's settings, and its boost off"
    return Finding("microphone.clipping", Severity.WARNING, f"{share:.1%} of the sound is clipped", advice, figures)


def _clipped(at_ceiling: npt.NDArray[np.bool_]) -> float:
    """The share of samples in plateaus at the ceiling."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], at_ceiling, [False]]).astype(np.int8)))
    runs = edges[1::2] - edges[::2]
    return float(runs[runs >= _PLATEAU].sum()) / len(at_ceiling)


def _centre(offset: float) -> Finding:
    share = offset / _FULL_SCALE
    figures = {"offset": round(share, 4)}
    if abs(share) <= OFF_CENTRE:
        return Finding("microphone.offset", Severity.OK, "the sound lies around zero", figures=figures)
    advice = "choose another input: this one has a faulty or a cheap converter, or no microphone is plugged into it"
    found = f"the sound lies {share:+.1%} of full scale beside zero"
    return Finding("microphone.offset", Severity.WARNING, found, advice, figures)
