"""A microphone judged by its audio: level, clipping, DC offset."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, strategies as st

from realtime_sdk.audio._pcm import Pcm
from realtime_sdk.doctor._capture import examine_capture
from realtime_sdk.doctor._finding import Finding, Severity

RATE = 24_000


def speech(peak: float, seconds: float = 3.0, offset: float = 0.0) -> Pcm:
    """Syllables of a buzz with pauses between them, over a little noise; clipped if `peak` exceeds 1."""
    time = np.arange(round(seconds * RATE)) / RATE
    buzz = sum(np.sin(2 * np.pi * 120 * n * time) / n for n in range(1, 12)) / 1.8
    syllables = np.maximum(0.0, np.sin(2 * np.pi * 2.5 * time))
    noise = np.random.default_rng(1).normal(0.0, 1e-4, len(time))
    return np.clip((peak * buzz * syllables + noise + offset) * 32768, -32768, 32767).astype(np.int16)


def findings_of(pcm: Pcm) -> dict[str, Finding]:
    return {finding.check: finding for finding in examine_capture(pcm, RATE)}


def severities(pcm: Pcm) -> dict[str, str]:
    return {check: finding.severity.value for check, finding in findings_of(pcm).items()}


@pytest.mark.parametrize("peak", [0.03, 0.3, 0.9])
def test_a_good_microphone_passes(peak: float) -> None:
    assert severities(speech(peak)) == {
        "microphone.level": "ok", "microphone.clipping": "ok", "microphone.offset": "ok",
        "microphone.noise": "ok", "microphone.bandwidth": "ok", "microphone.holes": "ok",
    }  # fmt: skip


@pytest.mark.parametrize("constant", [0, 1, -700])
def test_constant_samples_are_no_signal(constant: int) -> None:
    [finding] = examine_capture(np.full(3 * RATE, constant, np.int16), RATE)
    assert (finding.check, finding.severity) == ("microphone.level", Severity.ERROR)
    assert "no signal" in finding.found
    assert "muted" in finding.advice and "may use it" in finding.advice


def test_a_microphone_without_frames_is_distinguished_from_a_silent_one() -> None:
    [finding] = examine_capture(np.zeros(0, np.int16), RATE)
    assert (finding.severity, finding.found) == (Severity.ERROR, "the device opened, but delivered no audio")


def test_dither_is_no_signal() -> None:
    dither = np.random.default_rng(0).integers(-1, 2, 3 * RATE).astype(np.int16)
    assert severities(dither) == {"microphone.level": "error"}


def test_a_very_quiet_microphone_is_a_warning_with_its_level() -> None:
    finding = findings_of(speech(0.004))["microphone.level"]
    assert finding.severity is Severity.WARNING
    assert -65.0 < finding.figures["loudest_dbfs"] < -50.0
    assert finding.figures["noise_dbfs"] < -75.0


def test_a_clipping_microphone_is_a_warning_with_the_share_of_clipped_samples() -> None:
    finding = findings_of(speech(3.0))["microphone.clipping"]
    assert finding.severity is Severity.WARNING
    assert 0.02 < finding.figures["clipped"] < 0.5
    assert "%" in finding.found


def test_a_single_loud_sample_is_not_clipping() -> None:
    sound = speech(0.3)
    sound[::50] = 32767
    assert findings_of(sound)["microphone.clipping"].severity is Severity.OK


def test_a_dc_offset_is_a_warning_and_does_not_count_as_level() -> None:
    found = findings_of(speech(0.004, offset=0.1))
    assert found["microphone.offset"].severity is Severity.WARNING
    assert found["microphone.offset"].figures["offset"] == pytest.approx(0.1, abs=0.01)
    assert found["microphone.level"].severity is Severity.WARNING


@given(st.lists(st.integers(-32768, 32767), max_size=2000), st.sampled_from([8000, 24_000, 48_000]))
def test_any_audio_is_judged_in_finite_figures(levels: list[int], rate: int) -> None:
    for finding in examine_capture(np.array(levels, np.int16), rate):
        assert all(np.isfinite(figure) for figure in finding.figures.values())
        assert finding.advice or finding.severity is Severity.OK
