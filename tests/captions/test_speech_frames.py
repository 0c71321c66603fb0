"""Frames of speech, numbered as if there were no pauses."""

from __future__ import annotations

import numpy as np
import pytest

from realtime_sdk.captions.features._speech_frames import SpeechFrames

SPEECH = SpeechFrames(np.array([[1.0, 2.0], [3.0, 4.0]]), 0.01, 5.0, True)


def test_frames_are_those_of_the_regions() -> None:
    assert SPEECH.frame_seconds == 0.02
    assert SPEECH.offsets.tolist() == [0, 50, 100]
    assert SPEECH.times[[0, 49, 50, 99]] == pytest.approx([1.0, 1.98, 3.0, 3.98])
    assert SPEECH.gaps == pytest.approx([1.0])
    assert SPEECH.trailing_silence == 1.0


def test_at_a_pause_one_word_ends_before_it_and_the_next_begins_after_it() -> None:
    assert SPEECH.onset_times(np.array([0, 25, 50])) == pytest.approx([1.0, 1.5, 3.0])
    assert SPEECH.offset_times(np.array([25, 50, 100])) == pytest.approx([1.5, 2.0, 4.0])


def test_an_onset_after_the_last_region_is_its_end() -> None:
    assert SPEECH.onset_times(np.array([100])) == pytest.approx([3.98])


def test_the_last_frame_of_a_region_may_be_shorter() -> None:
    speech = SpeechFrames(np.array([[1.0, 1.05], [2.01, 2.04]]), 0.01, 3.0, True)
    assert speech.offsets.tolist() == [0, 3, 5]
    assert speech.times == pytest.approx([1.0, 1.02, 1.04, 2.01, 2.03])
    assert speech.offset_times(np.array([0, 3, 5])) == pytest.approx([1.0, 1.05, 2.04])


def test_a_frame_has_two_of_the_analysis() -> None:
    assert SPEECH.analysed_times[[0, 50]] == pytest.approx(np.array([[1.0, 1.01], [3.0, 3.01]]))


def test_syllables_are_counted_by_boundaries_and_pauses() -> None:
    assert SPEECH.count_syllables(np.array([0.5, 1.5, 2.5, 3.3, 3.6, 4.5])) == 5
    assert SPEECH.count_syllables(np.empty(0)) == 2
