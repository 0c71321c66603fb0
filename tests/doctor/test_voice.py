"""A voice judged as a microphone captured it: noise, bandwidth, holes."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
import soxr

from realtime_sdk.audio._pcm import Pcm
from realtime_sdk.doctor import Finding, Severity, examine_capture
from realtime_sdk.testing import run_virtual

from ..docs.pages import blocks, run

RATE = 24_000
TIME = np.arange(3 * RATE) / RATE

Sound = npt.NDArray[np.float64]


def voice() -> Sound:
    """Syllables of a buzz and of a hiss, with pauses, over the noise of a quiet room."""
    rng = np.random.default_rng(1)
    buzz = sum(np.sin(2 * np.pi * 120 * n * TIME) / n for n in range(1, 60))
    hiss = rng.normal(0.0, 0.3, len(TIME))
    vowels = np.maximum(0.0, np.sin(2 * np.pi * 2.5 * TIME))
    consonants = np.maximum(0.0, np.sin(2 * np.pi * 2.5 * TIME - np.pi)) > 0.9
    sound: Sound = 0.2 * buzz * vowels + 0.2 * hiss * consonants + rng.normal(0.0, 3e-4, len(TIME))
    return sound


def fan(dbfs: float) -> Sound:
    return np.random.default_rng(2).normal(0.0, 10 ** (dbfs / 20), len(TIME))


def through(sound: Sound, rate: int) -> Sound:
    """As a device gives it that captures at this rate."""
    there = soxr.resample(sound, RATE, rate)
    back: Sound = soxr.resample(there, rate, RATE)
    return back


def with_holes(sound: Sound, seconds: float, every: float) -> Sound:
    holed = sound.copy()
    for start in np.arange(0.0, 3.0, every):
        holed[round(start * RATE) : round((start + seconds) * RATE)] = 0.0
    return holed


def pcm(sound: Sound) -> Pcm:
    samples: Pcm = np.clip(np.rint(sound * 32768), -32768, 32767).astype(np.int16)
    return samples


def findings(sound: Sound) -> dict[str, Finding]:
    return {finding.check: finding for finding in examine_capture(pcm(sound), RATE)}


def problems(sound: Sound) -> dict[str, str]:
    return {check: f.severity.value for check, f in findings(sound).items() if f.severity is not Severity.OK}


def test_a_good_voice_has_no_problem() -> None:
    assert problems(voice()) == {}


@pytest.mark.parametrize("rate", [8000, 16_000])
def test_a_headsets_call_profile_is_found_by_its_bandwidth(rate: int) -> None:
    found = findings(through(voice(), rate))["microphone.bandwidth"]
    assert found.severity is (Severity.WARNING if rate == 8000 else Severity.NOTE)
    assert rate / 2 * 0.85 <= found.figures["bandwidth_hz"] <= rate / 2
    assert "headset" in found.advice


def test_the_filter_of_a_converter_is_no_end_of_the_band() -> None:
    assert problems(through(voice(), 22_050)) == {}


@pytest.mark.parametrize(
    "sound", [0.1 * np.sin(2 * np.pi * 50 * TIME) + fan(-65), fan(-25)], ids=["hum", "fan"]
)
def test_noise_without_a_voice_is_found(sound: Sound) -> None:
    found = findings(sound)["microphone.noise"]
    assert found.severity is Severity.WARNING and "no voice" in found.found


def test_a_voice_that_the_noise_nearly_covers_is_found() -> None:
    found = findings(voice() + fan(-24))["microphone.noise"]
    assert found.severity is Severity.WARNING
    assert 6.0 <= found.figures["voice_over_noise_db"] < 15.0


def test_holes_in_a_voice_are_counted() -> None:
    found = findings(with_holes(voice(), 0.01, every=0.1))["microphone.holes"]
    assert found.severity is Severity.WARNING
    assert found.figures["lost"] == pytest.approx(0.01 * found.figures["holes"], abs=0.005)


def test_digital_silence_between_sounds_that_end_softly_is_no_hole() -> None:
    sound, fade = voice(), round(0.005 * RATE)
    for start in range(RATE // 2, len(sound) - RATE // 10, RATE // 5):  # as in the closures of a synthetic voice
        end = start + round(0.03 * RATE)
        sound[start - fade : start] *= np.linspace(1.0, 0.0, fade)
        sound[start:end] = 0.0
        sound[end : end + fade] *= np.linspace(0.0, 1.0, fade)
    assert "microphone.holes" not in problems(sound)


def test_a_noise_gate_makes_no_holes() -> None:
    """It fades to zeros between words, and opens with the next one."""
    gated = voice() * np.minimum(1.0, 3 * np.maximum(0.0, np.sin(2 * np.pi * 2.5 * TIME)))
    assert "microphone.holes" not in problems(gated)


def test_the_snippet_of_the_page_prints_what_is_wrong(capsys: pytest.CaptureFixture[str]) -> None:
    (snippet,) = blocks("doctor.md", "python")

    async def main() -> None:
        await run(snippet, pcm=pcm(through(voice(), 8000)))

    run_virtual(main)
    assert "microphone.bandwidth nothing above 3." in capsys.readouterr().out
