"""What a microphone's sound says about the microphone."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime_sdk.audio._pcm import Pcm
from realtime_sdk.doctor._capture import examine_capture
from realtime_sdk.doctor._finding import Finding, Severity

RATE = 24_000


def speech(peak: float, seconds: float = 3.0, offset: float = 0.0) -> Pcm:
    """Syllables of a buzz with pauses between them, over a little noise; as loud as wanted, and clipped if too loud."""
    time = np.arange(round(seconds * RATE)) / RATE
    buzz = sum(np.sin(2 * np.pi * 120 * n * time) / n for n in range(1, 12)) / 1.8
    syllables = np.maximum(0.0, np.sin(2 * np.pi * 2.5 * time))
    noise = np.random.default_rng(1).normal(0.0, 1e-4, len(time))
    return np.clip((peak * buzz * syllables + noise + offset) * 32768, -32768, 32767).astype(np.int16)


def judged(pcm: Pcm) -> dict[str, Finding]:
    return {finding.check: finding for finding in examine_capture(pcm, RATE)}


def severities(pcm: Pcm) -> dict[str, str]:
    return {check: finding.severity.value for check, finding in judged(pcm).items()}


@pytest.mark.parametrize("peak", [0.03, 0.3, 0.9])
def test_a_good_microphone_is_well(peak: float) -> None:
    assert severities(speech(peak)) == {
        "microphone.level": "ok", "microphone.clipping": "ok", "microphone.offset": "ok",
    }  # fmt: skip


@pytest.mark.parametrize("constant", [0, 1, -700])
def test_one_that_always_gives_the_same_hears_nothing(constant: int) -> None:
    [finding] = examine_capture(np.full(3 * RATE, constant, np.int16), RATE)
    assert (finding.check, finding.severity) == ("microphone.level", Severity.ERROR)
    assert "hears nothing at all" in finding.found
    assert "muted" in finding.advice and "may use it" in finding.advice


def test_one_that_gives_no_frames_is_told_apart_from_a_silent_one() -> None:
    [finding] = examine_capture(np.zeros(0, np.int16), RATE)
    assert (finding.severity, finding.found) == (Severity.ERROR, "it was opened, but gives no sound")


def test_dither_is_silence() -> None:
    dither = np.random.default_rng(0).integers(-1, 2, 3 * RATE).astype(np.int16)
    assert severities(dither) == {"microphone.level": "error"}


def test_a_very_quiet_one_is_a_warning_with_its_level() -> None:
    finding = judged(speech(0.004))["microphone.level"]
    assert finding.severity is Severity.WARNING
    assert -65.0 < finding.figures["loudest_dbfs"] < -50.0
    assert finding.figures["noise_dbfs"] < -75.0


def test_a_clipping_one_is_a_warning_with_the_share_of_clipped_sound() -> None:
    finding = judged(speech(3.0))["microphone.clipping"]
    assert finding.severity is Severity.WARNING
    assert 0.02 < finding.figures["clipped"] < 0.5
    assert "%" in finding.found


def test_a_single_loud_sample_is_not_clipping() -> None:
    sound = speech(0.3)
    sound[::50] = 32767
    assert judged(sound)["microphone.clipping"].severity is Severity.OK


def test_sound_beside_zero_is_a_warning_and_does_not_pass_for_loudness() -> None:
    found = judged(speech(0.004, offset=0.1))
    assert found["microphone.offset"].severity is Severity.WARNING
    assert found["microphone.offset"].figures["offset"] == pytest.approx(0.1, abs=0.01)
    assert found["microphone.level"].severity is Severity.WARNING


@given(st.lists(st.integers(-32768, 32767), max_size=2000), st.sampled_from([8000, 24_000, 48_000]))
def test_whatever_it_hears_is_judged_in_figures_that_exist(levels: list[int], rate: int) -> None:
    for finding in examine_capture(np.array(levels, np.int16), rate):
        assert all(np.isfinite(figure) for figure in finding.figures.values())
        assert finding.advice or finding.severity is Severity.OK
