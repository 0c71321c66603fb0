"""The runs in which a segment was heard, and the time of each position."""

from __future__ import annotations

from hypothesis import given, strategies as st
from pytest import approx

from realtime_sdk.playback._heard_runs import BREAK_SECONDS, RUNS_KEPT, Run, add_run, heard_at


def test_audio_that_goes_on_is_one_run() -> None:
    runs = list[Run]()
    for block in range(100):
        add_run(runs, block * 0.02, 5.0 + block * 0.02 + (0.01 if block % 3 else 0.0))  # jitter
    assert runs == [(0.0, 5.0)]
    assert heard_at(runs, 1.0) == 6.0


def test_a_break_begins_another_run_and_a_late_report_of_it_is_corrected() -> None:
    runs = list[Run]()
    add_run(runs, 0.0, 5.0)
    add_run(runs, 1.0, 8.0)
    assert (heard_at(runs, 0.5), heard_at(runs, 1.5)) == (5.5, 8.5)
    add_run(runs, 1.1, 8.0)
    assert (heard_at(runs, 0.5), heard_at(runs, 1.5)) == (5.5, 8.4)


def test_audio_that_comes_faster_than_real_time_goes_on_with_its_run() -> None:
    runs = list[Run]()
    for block in range(10):
        add_run(runs, block * 1.0, 5.0 + block * 0.1)
    assert runs == [(0.0, 5.0)]


def test_there_is_no_time_without_a_run_and_there_are_not_too_many() -> None:
    runs = list[Run]()
    assert heard_at(runs, 0.0) is None
    for number in range(2 * RUNS_KEPT):
        add_run(runs, number * 0.02, number * 1.0)
    assert len(runs) == RUNS_KEPT
    assert [heard_at(runs, 0.0), heard_at(runs, 40.0)] == approx([0.0, 1999.02])


@given(st.lists(st.tuples(st.floats(0.001, 1.0), st.floats(0.0, 5.0)), min_size=1, max_size=30))
def test_each_position_has_its_time_to_the_length_of_a_break_and_times_do_not_run_back(
    pieces: list[tuple[float, float]],
) -> None:
    runs, position, at, truth = list[Run](), 0.0, 100.0, list[tuple[float, float]]()
    for seconds, gap in pieces:
        add_run(runs, position, at)
        truth.append((position, at))
        position, at = position + seconds, at + seconds + gap
    times = [heard_at(runs, place) for place, _ in truth]
    assert times == approx([at for _, at in truth], abs=BREAK_SECONDS + 1e-6)
    assert times == sorted(times)  # type: ignore[type-var]  # none of them is None
