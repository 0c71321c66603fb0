"""Test audio that can be recognised."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings, strategies as st

from realtime_sdk.testing import Stretch, noise, stretches

SOUNDS = {"a": noise(0.2, seed=1), "b": noise(0.2, seed=2)}


def test_noise_is_equal_only_for_equal_seeds() -> None:
    assert np.array_equal(noise(0.1, seed=1), noise(0.1, seed=1))
    assert not np.array_equal(noise(0.1, seed=1), noise(0.1, seed=2))
    assert np.array_equal(noise(0.1, seed=1), noise(0.2, seed=1)[:2400])
    assert noise(1.0, seed=3).all(), "no frame can be mistaken for silence"


def test_heard_audio_is_split_by_item_and_frame() -> None:
    silence = np.zeros(1000, np.int16)
    heard = np.concatenate([silence, SOUNDS["a"][100:2000], SOUNDS["b"][:50], SOUNDS["b"][40:4800], silence])
    assert stretches(heard, SOUNDS) == [
        Stretch(None, 0, 1000), Stretch("a", 100, 1900), Stretch("b", 0, 50), Stretch("b", 40, 4760),
        Stretch(None, 0, 1000),
    ]


def test_other_audio_is_of_no_item() -> None:
    assert stretches(noise(0.01, seed=9), SOUNDS) == [Stretch(None, 0, 240)]
    assert stretches(np.zeros(0, np.int16), SOUNDS) == []


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 4700), st.integers(8, 100)), max_size=8))
def test_any_cuts_are_found_again(cuts: list[tuple[str, int, int]]) -> None:
    silence = np.zeros(5, np.int16)
    heard = [silence]
    expected = [Stretch(None, 0, 5)]
    for item_id, start, frames in cuts:
        heard += [SOUNDS[item_id][start : start + frames], silence]
        expected += [Stretch(item_id, start, frames), Stretch(None, 0, 5)]
    assert stretches(np.concatenate(heard), SOUNDS) == expected
