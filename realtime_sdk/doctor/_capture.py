"""Judges a microphone by its audio. Pure."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from ..audio._clipping import CLIPPED_SHARE, clipped_share
from ..audio._pcm import FULL_SCALE, Pcm
from ..capture._input_faults import DITHER_STEPS, TOO_LOUD
from ._finding import Finding, Severity
from ._loudness import levels
from ._voice import examine_voice

QUIET_DBFS: Final = -50.0
"""dB of full scale: a voice at arm's length is 20 dB louder on a microphone whose level is right."""

DC_OFFSET_SHARE: Final = 0.01
"""The DC offset, as a share of full scale, beyond which every cut clicks and level meters are wrong."""


def examine_capture(pcm: Pcm, rate: int) -> list[Finding]:
    """Judge a few seconds of audio in which a person speaks: level, clipping, DC offset, noise, bandwidth, holes.

    pcm: int16, shape (frames,). rate: in Hz.
    """
    samples = pcm.astype(np.float64)
    if not len(samples) or np.ptp(samples) <= DITHER_STEPS:
        return [_no_signal(len(samples) > 0)]
    offset = float(samples.mean())
    return [_level(samples - offset, rate), _clipping(pcm), _dc_offset(offset), *examine_voice(pcm, rate)]


def _no_signal(captures: bool) -> Finding:
    advice = (
        "check that it is not muted (key, switch, system settings) and that this program may use it "
        "(macOS and Windows: Privacy, Microphone), or choose another device"
    )
    found = "no signal: every sample is the same" if captures else "the device opened, but delivered no audio"
    return Finding("microphone.level", Severity.ERROR, found, advice)


def _level(samples: npt.NDArray[np.float64], rate: int) -> Finding:
    measured = levels(samples, rate)
    figures = {"loudest_dbfs": round(max(measured), 1), "noise_dbfs": round(float(np.percentile(measured, 10)), 1)}
    found = f"peak level {figures['loudest_dbfs']:.0f} dBFS, noise floor {figures['noise_dbfs']:.0f} dBFS"
    if max(measured) >= QUIET_DBFS:
        return Finding("microphone.level", Severity.OK, found, figures=figures)
    advice = "if you spoke, turn up the microphone's level in the system settings, or move closer"
    return Finding("microphone.level", Severity.WARNING, f"very quiet: {found}", advice, figures)


def _clipping(pcm: Pcm) -> Finding:
    share = clipped_share(pcm)
    figures = {"clipped": round(share, 5)}
    if share < CLIPPED_SHARE:
        return Finding("microphone.clipping", Severity.OK, "no clipping", figures=figures)
    found = f"{share:.1%} of the samples are clipped"
    return Finding("microphone.clipping", Severity.WARNING, found, TOO_LOUD, figures)


def _dc_offset(offset: float) -> Finding:
    share = offset / FULL_SCALE
    figures = {"offset": round(share, 4)}
    if abs(share) <= DC_OFFSET_SHARE:
        return Finding("microphone.offset", Severity.OK, "no DC offset", figures=figures)
    advice = "choose another input: the converter of this one is faulty, or no microphone is plugged in"
    found = f"DC offset of {share:+.1%} of full scale"
    return Finding("microphone.offset", Severity.WARNING, found, advice, figures)
