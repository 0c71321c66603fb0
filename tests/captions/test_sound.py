"""How much is said by a moment: by the second and by the syllable."""

from __future__ import annotations

import numpy as np
import pytest

from realtime_sdk.captions.sound import Sound

RUNS = np.array([[1.0, 2.0], [3.0, 4.0]])


def test_effort_is_as_long_as_the_speech_and_grows_in_speech_alone() -> None:
    sound = Sound(RUNS, np.array([1.5, 2.5, 3.5]), 5.0, True)
    assert sound.syllables == 4
    assert sound.spoken == pytest.approx([0.0, 1.0, 2.0])
    assert sound.silence == 1.0


def test_a_run_of_more_syllables_says_more() -> None:
    sound = Sound(RUNS, np.array([1.25, 1.5, 1.75]), 5.0, True)
    _, first, both = sound.spoken
    assert first > both - first
    assert both == pytest.approx(2.0)


def test_at_a_pause_there_are_two_times() -> None:
    sound = Sound(RUNS, np.array([1.5, 3.5]), 5.0, True)
    assert sound.before_pauses(np.array([0.0, 0.5, 1.0, 2.0])) == pytest.approx([1.0, 1.5, 2.0, 4.0])
    assert sound.after_pauses(np.array([0.0, 0.5, 1.0, 1.5])) == pytest.approx([1.0, 1.5, 3.0, 3.5])


def test_what_is_still_to_be_said_goes_on_behind_the_last_run() -> None:
    sound = Sound(RUNS, np.array([1.5, 3.5]), 4.0, False)
    assert sound.after_pauses(np.array([2.5])) == pytest.approx([4.5])


def test_a_syllable_whose_end_has_not_come_counts_by_what_was_heard_of_it() -> None:
    begun = Sound(np.array([[0.0, 1.05]]), np.arange(0.25, 1.1, 0.25), 1.05, False)
    ended = Sound(np.array([[0.0, 1.05]]), np.arange(0.25, 1.1, 0.25), 1.05, True)
    assert begun.spoken[-1] < ended.spoken[-1]


def test_without_speech_nothing_is_said() -> None:
    assert Sound(np.empty((0, 2)), np.array([0.5]), 1.0, False).syllables == 0
