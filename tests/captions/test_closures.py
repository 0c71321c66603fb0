"""A voiceless stop begins with its closure, which after a pause is as silent as the pause."""

from __future__ import annotations

import numpy as np
import pytest

from realtime_sdk.captions.decoding._costs import IMPOSSIBLE
from realtime_sdk.captions.decoding._segmental_viterbi import align_words
from realtime_sdk.captions.decoding._trellis import Trellis
from realtime_sdk.captions.features._phone_classes import PhoneClass
from realtime_sdk.captions.features._phone_model import ACOUSTIC_CLASSES
from realtime_sdk.captions.features._speech_frames import SpeechFrames

from .phones import window

SPEECH = 0.5
"""Seconds at which the sound of the word begins."""


def start(first: PhoneClass, sound: float = SPEECH) -> float:
    """Seconds at which a word of two phones begins whose sound begins at `sound`."""
    phones = window([first, PhoneClass.AA], [0, 2], syllables=1.0)
    speech = SpeechFrames(np.array([[sound, sound + 0.2]]), 0.01, sound + 0.2, True)
    trellis = Trellis(0.1)
    trellis.update(
        phones, speech, np.zeros((10, len(ACOUSTIC_CLASSES)), np.float32), np.array([0.0, IMPOSSIBLE, IMPOSSIBLE])
    )
    work = align_words(trellis)
    while True:
        try:
            next(work)
        except StopIteration as done:
            return float(done.value.starts[0])


@pytest.mark.parametrize("stop", [PhoneClass.P, PhoneClass.T, PhoneClass.K, PhoneClass.CH, PhoneClass.VOICELESS])
def test_a_voiceless_stop_after_a_pause_begins_before_its_burst(stop: PhoneClass) -> None:
    assert start(stop) == pytest.approx(SPEECH - 0.04)


@pytest.mark.parametrize("sound", [PhoneClass.M, PhoneClass.S, PhoneClass.B, PhoneClass.AA])
def test_other_sounds_begin_where_they_are_heard(sound: PhoneClass) -> None:
    assert start(sound) == pytest.approx(SPEECH)


def test_no_word_begins_before_the_audio() -> None:
    assert start(PhoneClass.P, sound=0.01) == 0.0
