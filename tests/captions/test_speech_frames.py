"""Frames of speech, numbered as if there were no pauses."""

from __future__ import annotations

import numpy as np
import pytest

from realtime_sdk.captions.features._speech_frames import SpeechFrames

SPEECH = SpeechFrames(np.array([[1.0, 2.0], [3.0, 4.0]]), 0.01, 5.0, True)


def test_frames_are_those_of_the_regions() -> None:
    assert SPEECH.offsets.tolist() == [0, 100, 200]
    assert SPEECH.times[[0, 99, 100, 199]] == pytest.approx([1.0, 1.99, 3.0, 3.99])
    assert SPEECH.gaps == pytest.approx([1.0])
    assert SPEECH.trailing_silence == 1.0


def test_at_a_pause_one_word_ends_before_it_and_the_next_begins_after_it() -> None:
    assert SPEECH.onset_times(np.array([0, 50, 100])) == pytest.approx([1.0, 1.5, 3.0])
    assert SPEECH.offset_times(np.array([50, 100, 200])) == pytest.approx([1.5, 2.0, 4.0])


def test_an_onset_after_the_last_region_is_its_end() -> None:
    assert SPEECH.onset_times(np.array([200])) == pytest.approx([3.99])


def test_syllables_are_counted_by_boundaries_and_pauses() -> None:
    assert SPEECH.count_syllables(np.array([0.5, 1.5, 2.5, 3.3, 3.6, 4.5])) == 5
    assert SPEECH.count_syllables(np.empty(0)) == 2
