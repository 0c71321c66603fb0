"""Words are placed in steps ahead of time; what is collected then takes no more work."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from itertools import islice
from typing import Any

import numpy as np
import pytest

from realtime_sdk import UsageError
from realtime_sdk.audio._pcm import Pcm
from realtime_sdk.captions._aligner import TranscriptAligner
from realtime_sdk.captions._caption import Caption
from realtime_sdk.captions.features._energy import EnergyTracker

from .speech import RATE, loaded, speak, text_of

SPOKEN = speak("lis-ten, the boat is o-ver there. now it is gone.")


def prepare(aligner: TranscriptAligner, position: float) -> int:
    """Do all of the work; returns the number of steps."""
    return sum(1 for _ in aligner.prepare(position))


def test_prepared_captions_are_those_that_an_exact_call_returns() -> None:
    prepared, exact = loaded(SPOKEN), loaded(SPOKEN)
    shown: list[Caption] = []
    expected: list[Caption] = []
    for tenth in range(round(SPOKEN.seconds * 10)):
        prepare(prepared, tenth / 10)
        shown += prepared.due(tenth / 10, exact=False)
        expected += exact.due(tenth / 10)
    assert shown == expected
    assert len(shown) > 5


def test_without_preparation_nothing_is_known() -> None:
    aligner = loaded(SPOKEN)
    assert aligner.due(1.0, exact=False) == []
    assert text_of(aligner.due(1.0)).startswith("listen, the")


def test_a_cut_is_decided_by_what_is_known() -> None:
    aligner, exact = loaded(SPOKEN), loaded(SPOKEN)
    prepare(aligner, 1.0)
    assert text_of(aligner.finish(1.2, exact=False)) == text_of(exact.finish(1.2)) != ""


def test_what_is_placed_stays_until_it_is_collected() -> None:
    aligner = loaded(SPOKEN)
    prepare(aligner, SPOKEN.seconds)
    assert aligner.shown == ""
    assert text_of(aligner.flush(exact=False)) == aligner.shown == SPOKEN.text


def test_text_and_audio_may_arrive_between_two_steps() -> None:
    aligner = TranscriptAligner(RATE)
    aligner.push_text(SPOKEN.text[:20])
    aligner.push_audio(SPOKEN.pcm[: 2 * RATE])
    steps = aligner.prepare(1.0)
    next(steps)
    aligner.push_text(SPOKEN.text[20:])
    aligner.push_audio(SPOKEN.pcm[2 * RATE :])
    deque(steps, maxlen=0)
    aligner.end_text()
    aligner.end_audio()
    prepare(aligner, SPOKEN.seconds)
    assert text_of(aligner.flush(exact=False)) == SPOKEN.text


def test_another_final_text_ends_a_decoding_of_the_former_one() -> None:
    aligner = TranscriptAligner(RATE)
    aligner.push_text("lis ten the boots")
    aligner.push_audio(SPOKEN.pcm)
    steps = aligner.prepare(SPOKEN.seconds)
    next(steps)
    aligner.end_text(SPOKEN.text)
    deque(steps, maxlen=0)
    prepare(aligner, SPOKEN.seconds)
    assert text_of(aligner.flush(exact=False)) == SPOKEN.text


def test_the_same_final_text_does_not() -> None:
    aligner = TranscriptAligner(RATE)
    aligner.push_text(SPOKEN.text)
    aligner.push_audio(SPOKEN.pcm)
    steps = aligner.prepare(SPOKEN.seconds)
    next(steps)
    aligner.end_text(SPOKEN.text)
    aligner.end_audio()
    deque(steps, maxlen=0)
    assert text_of(aligner.due(SPOKEN.seconds, exact=False)) == SPOKEN.text


def test_an_exact_call_ends_a_decoding_in_progress() -> None:
    aligner, shown = loaded(SPOKEN), list[Caption]()
    for count in range(1, 40, 3):
        steps = aligner.prepare(count / 20)
        deque(islice(steps, count), maxlen=0)
        shown += aligner.due(count / 20)
        assert not list(steps)
    assert text_of(shown + aligner.flush()) == SPOKEN.text


def decodings(*, ahead: float, collected: bool) -> int:
    """Count how often words are placed while audio arrives in small pieces, some seconds ahead of what is heard."""
    aligner, count = TranscriptAligner(RATE), 0
    aligner.push_text(SPOKEN.text)
    aligner.push_audio(SPOKEN.pcm[:RATE])
    for frame in range(RATE, len(SPOKEN.pcm), RATE // 50):
        aligner.push_audio(SPOKEN.pcm[frame : frame + RATE // 50])
        position = frame / RATE - ahead
        count += prepare(aligner, position) > 0
        if collected:
            aligner.due(position, exact=False)
    return count


def test_small_pieces_of_audio_take_no_more_work_than_large_ones() -> None:
    assert 0 < decodings(ahead=0.8, collected=True) <= SPOKEN.seconds / 0.4


@pytest.mark.parametrize("ahead", [0.1, 0.3, 0.5, 0.8])
def test_words_that_are_not_collected_take_no_more_work(ahead: float) -> None:
    assert decodings(ahead=ahead, collected=False) == decodings(ahead=ahead, collected=True)


def shown_at(aligner: TranscriptAligner, speed: float, look: Callable[[float], float]) -> list[tuple[float, str]]:
    """When each caption is shown while text and audio arrive so much faster than they are heard.

    `look`: given the position, the next one at which the aligner is asked, unless something arrives before.
    """
    shown: list[tuple[float, str]] = []
    arrivals = [0.2 * number / speed for number in range(math.ceil(SPOKEN.seconds / 0.2))]
    words = iter(SPOKEN.text.split(" "))
    position = 0.0
    for number, until in enumerate([*arrivals[1:], SPOKEN.seconds]):
        aligner.push_audio(SPOKEN.pcm[round(0.2 * number * RATE) : round(0.2 * (number + 1) * RATE)])
        aligner.push_text(next(words, "") + " ")
        while position < until:
            prepare(aligner, position)
            shown += [(position, caption.text) for caption in aligner.due(position, exact=False)]
            position = min(until, look(position))
    return shown


@pytest.mark.parametrize("speed", [1.1, 2.0, 8.0])
def test_who_looks_when_something_is_due_sees_each_caption_as_early_as_who_always_looks(speed: float) -> None:
    seldom, always = TranscriptAligner(RATE), TranscriptAligner(RATE)
    looks: list[float] = []

    def when_due(position: float) -> float:
        looks.append(position)
        return max(position + 0.01, seldom.next_due(position))

    early, expected = shown_at(seldom, speed, when_due), shown_at(always, speed, lambda position: position + 0.01)
    assert [text for _, text in early] == [text for _, text in expected] != []
    assert all(at <= usual + 0.01 for (at, _), (usual, _) in zip(early, expected, strict=True))
    assert len(looks) < 15 * SPOKEN.seconds


def test_nothing_is_due_after_a_cut() -> None:
    aligner = loaded(SPOKEN)
    prepare(aligner, 1.0)
    aligner.finish(1.0, exact=False)
    assert aligner.next_due(1.0) == math.inf


@pytest.mark.parametrize("exact", [True, False])
def test_what_was_placed_ahead_is_due_when_it_is_audible(*, exact: bool) -> None:
    aligner, shown = loaded(SPOKEN), list[Caption]()
    prepare(aligner, SPOKEN.seconds)
    prepare(aligner, 0.5)
    for tenth in range(0, round(SPOKEN.seconds * 10), 3):
        due = aligner.due(tenth / 10, exact=exact)
        assert all(caption.start <= tenth / 10 for caption in due)
        shown += due
    assert text_of(shown + aligner.flush(exact=exact)) == SPOKEN.text
    assert len(shown) > 5


def test_a_cut_before_the_position_that_was_prepared_leaves_out_what_was_not_heard() -> None:
    ahead, usual = loaded(SPOKEN), loaded(SPOKEN)
    prepare(ahead, SPOKEN.seconds)
    assert text_of(ahead.finish(1.2)) == text_of(usual.finish(1.2)) == ahead.shown != SPOKEN.text


def test_at_the_end_of_the_audio_all_that_was_heard_is_due() -> None:
    aligner = loaded(SPOKEN)
    position = 0.0
    while position < SPOKEN.seconds:
        prepare(aligner, position)
        aligner.due(position, exact=False)
        position = min(SPOKEN.seconds, max(position + 0.01, aligner.next_due(position)))
    prepare(aligner, position)
    aligner.due(position, exact=False)
    assert aligner.next_due(position) == math.inf
    assert aligner.shown == SPOKEN.text


@pytest.mark.parametrize(
    "wrong",
    [
        lambda aligner: aligner.due("1"), lambda aligner: aligner.next_due(None), lambda aligner: aligner.finish("1"),
        lambda aligner: next(aligner.prepare(None)), lambda aligner: aligner.push_text(None),
        lambda aligner: aligner.end_text(3), lambda aligner: aligner.push_audio(np.zeros(100)),
        lambda aligner: aligner.push_audio(b""),
    ],
)  # fmt: skip
def test_other_values_than_those_described_are_refused(wrong: Callable[[Any], object]) -> None:
    with pytest.raises(UsageError):
        wrong(loaded(SPOKEN))


def test_what_is_placed_to_its_end_is_not_placed_again() -> None:
    aligner = loaded(speak("One two three."))
    for _ in aligner.prepare(1.0):
        pass
    assert not list(aligner.prepare(math.inf))
    assert aligner.flush()


def test_the_further_the_audio_is_ahead_the_less_often_words_are_placed() -> None:
    counts = [decodings(ahead=ahead, collected=True) for ahead in (0.3, 0.8, 1.5)]
    assert counts == sorted(counts, reverse=True)
    assert counts[-1] <= counts[0] / 2


class Measured:
    """How much audio an aligner measures, at each call."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.seconds: list[float] = []
        push = EnergyTracker.push

        def measure(energy: EnergyTracker, pcm: Pcm) -> None:
            self.seconds.append(len(pcm) / RATE)
            push(energy, pcm)

        monkeypatch.setattr(EnergyTracker, "push", measure)


LONG = np.tile(SPOKEN.pcm, math.ceil(300 / SPOKEN.seconds))[: 300 * RATE]
"""Five minutes of speech."""


def loaded_with(pcm: Pcm) -> TranscriptAligner:
    """An aligner that has all of this audio, and a text as long."""
    aligner = TranscriptAligner(RATE)
    aligner.push_text(" ".join([SPOKEN.text] * math.ceil(len(pcm) / len(SPOKEN.pcm))))
    aligner.push_audio(pcm)
    aligner.end_text()
    aligner.end_audio()
    return aligner


def test_audio_that_arrives_takes_no_work_until_words_are_placed(monkeypatch: pytest.MonkeyPatch) -> None:
    measured = Measured(monkeypatch)
    loaded_with(LONG)
    assert measured.seconds == []


def test_no_step_measures_more_than_a_second_of_audio_however_much_has_arrived(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    aligner, measured = loaded_with(LONG), Measured(monkeypatch)
    for position in (0.0, 5.0, 20.0):
        for _ in aligner.prepare(position):
            assert sum(measured.seconds) <= 1.0
            measured.seconds.clear()


def test_first_words_of_minutes_that_arrive_at_once_wait_for_the_audio_around_them_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    aligner, measured = loaded_with(LONG), Measured(monkeypatch)
    prepare(aligner, 1.0)
    assert sum(measured.seconds) <= 13.0
    assert text_of(aligner.due(1.0, exact=False)).startswith("listen, the")
    prepare(aligner, 20.0)
    assert sum(measured.seconds) <= 81.0  # a minute past the position


def test_minutes_that_arrive_at_once_have_the_captions_of_minutes_that_arrive_as_they_are_heard() -> None:
    at_once, in_time = loaded_with(LONG), TranscriptAligner(RATE)
    in_time.push_text(at_once.text)
    in_time.push_audio(LONG[: 15 * RATE])
    shown: list[list[Caption]] = [[], []]
    for second in range(1, 60):
        in_time.push_audio(LONG[(second + 14) * RATE : (second + 15) * RATE])
        for captions, aligner in zip(shown, (at_once, in_time), strict=True):
            captions += aligner.due(float(second))
    assert text_of(shown[0]) == text_of(shown[1])
    differences = [abs(one.start - other.start) for one, other in zip(*shown, strict=True)]
    assert max(differences) < 0.05
