"""A turn of the user's begins with its sound, which the server reports late."""

from __future__ import annotations

import numpy as np
import pytest

from realtime_sdk.recording._report._model import Spoken
from realtime_sdk.recording._report._sound import PEAKS_PER_SECOND
from realtime_sdk.recording._report._turn_starts import find_starts


@pytest.mark.parametrize(
    ("sounds", "start"),
    [
        ([(4.2, 6.0)], 4.2),  # reported at 5.0
        ([(4.2, 4.6), (4.8, 6.0)], 4.2),  # a short pause between two words
        ([(1.0, 4.2), (4.8, 6.0)], 4.8),  # a long one: that was something else
        ([(1.0, 6.0)], 5.0),  # noise, or a talk with another person
        ([(5.1, 6.0)], 5.0),
        ([], 5.0),
    ],
)
def test_it_begins_where_the_sound_does(sounds: list[tuple[float, float]], start: float) -> None:
    peaks = np.full(10 * PEAKS_PER_SECOND, 20, np.uint8)
    for begin, end in sounds:
        peaks[round(begin * PEAKS_PER_SECOND) : round(end * PEAKS_PER_SECOND)] = 200
    turn = Spoken("user", 5.0, 6.0)
    turn.say("What time is it?")
    find_starts([turn], peaks)
    assert turn.start == turn.words[0].start == pytest.approx(start)
    assert turn.words[-1].end == pytest.approx(6.0)


def test_it_begins_behind_the_one_before() -> None:
    peaks = np.full(10 * PEAKS_PER_SECOND, 200, np.uint8)
    peaks[: 4 * PEAKS_PER_SECOND] = 0
    turns = [Spoken("user", 4.2, 4.9), Spoken("user", 5.0, 6.0)]
    find_starts(turns, peaks)
    assert [turn.start for turn in turns] == [4.0, 5.0]


def test_a_turn_behind_the_end_of_the_sound_stays() -> None:
    turn = Spoken("user", 5.0, 6.0)
    find_starts([turn], np.zeros(10, np.uint8))
    assert turn.start == 5.0
