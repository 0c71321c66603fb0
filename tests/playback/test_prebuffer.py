"""The prebuffer's delay is what the network's jitter requires, and no longer."""

from __future__ import annotations

import math
from collections.abc import Iterable
from itertools import accumulate

from hypothesis import given, strategies as st
from pytest import approx

from realtime_sdk.playback._prebuffer import HALF_LIFE, MARGIN, MAX_DELAY, MIN_DELAY, STALL_WINDOW, Arrivals, Prebuffer

DELTA = 0.1  # seconds of audio that come at once


def arrivals_at(times: Iterable[float]) -> Arrivals:
    """A segment of which a delta came at each of these times."""
    arrivals = Arrivals()
    for n, at in enumerate(times):
        arrivals.record(at, n * DELTA, DELTA)
    return arrivals


def paced(delays: Iterable[float]) -> Arrivals:
    """A segment that is sent at its own pace, each delta of it so many seconds on its way, or behind the last one."""
    return arrivals_at(on_a_connection(delays))


def on_a_connection(delays: Iterable[float]) -> Iterable[float]:
    """When deltas arrive: a connection keeps their order."""
    return accumulate((n * DELTA + delay for n, delay in enumerate(delays)), max)


def wait(prebuffer: Prebuffer, arrivals: Arrivals) -> float:
    """Seconds from the earliest onset to the one at which it may begin."""
    return prebuffer.filled_at(arrivals) - arrivals.earliest


def test_the_delay_is_minimal_on_a_network_without_jitter() -> None:
    prebuffer = Prebuffer()
    assert wait(prebuffer, paced([0.15])) == approx(MIN_DELAY)
    prebuffer.update(paced([0.15] * 100))
    assert prebuffer.seconds == MIN_DELAY


def test_the_delay_follows_the_jitter_before_an_underrun() -> None:
    prebuffer = Prebuffer()
    prebuffer.update(paced([0.1, 0.2, 0.12]))
    assert prebuffer.seconds == approx(0.1 + MARGIN)


def test_early_audio_adapts_the_delay_as_much_as_late_audio() -> None:
    prebuffer = Prebuffer()
    prebuffer.update(paced([0.2, 0.1, 0.2]))
    assert prebuffer.seconds == approx(0.1 + MARGIN)


def test_the_delay_decays_while_audio_is_in_time_down_to_the_minimum() -> None:
    prebuffer = Prebuffer()
    prebuffer.update(paced([0.0, 0.4]))
    high = prebuffer.seconds
    prebuffer.update(paced([0.0] * round(HALF_LIFE / DELTA)))
    assert prebuffer.seconds == approx(high / 2)
    prebuffer.update(paced([0.0] * round(10 * HALF_LIFE / DELTA)))
    assert prebuffer.seconds == MIN_DELAY


def test_audio_long_before_it_is_due_does_not_shorten_the_delay() -> None:
    prebuffer = Prebuffer()
    prebuffer.update(paced([0.0, 0.2]))
    learned = prebuffer.seconds
    prebuffer.update(arrivals_at([0.0] * round(10 * HALF_LIFE / DELTA)))
    assert prebuffer.seconds > 0.98 * learned


def test_an_outage_lengthens_the_delay_to_its_maximum_at_most() -> None:
    prebuffer = Prebuffer()
    prebuffer.update(paced([0.0, 60.0]))
    assert prebuffer.seconds == MAX_DELAY


def test_audio_faster_than_real_time_needs_no_delay() -> None:
    burst = arrivals_at([5.0] * 10)
    assert Prebuffer().filled_at(burst) <= 5.0


def test_a_pause_of_the_server_within_its_lead_changes_nothing() -> None:
    prebuffer = Prebuffer()
    prebuffer.update(arrivals_at([*[0.0] * 30, 2.4]))  # 3 s at once; what comes at 2.4 s is due at 3 s
    assert prebuffer.seconds == MIN_DELAY


def test_a_pause_of_the_server_that_uses_up_its_lead_lengthens_the_delay() -> None:
    prebuffer = Prebuffer()
    prebuffer.update(arrivals_at([*[0.0] * 30, 2.8]))
    assert prebuffer.seconds == approx(MAX_DELAY - 0.2 + MARGIN)


def test_after_an_underrun_the_lost_time_counts_no_more() -> None:
    prebuffer, arrivals = Prebuffer(), arrivals_at([0.0, 0.1])
    arrivals.run_dry()
    arrivals.record(5.2, 2 * DELTA, DELTA)
    prebuffer.update(arrivals)
    assert arrivals.earliest == approx(5.0)
    assert prebuffer.seconds == MAX_DELAY
    arrivals.record(5.3, 3 * DELTA, DELTA)
    prebuffer.update(arrivals)
    assert prebuffer.seconds < MAX_DELAY


def test_repeated_stalls_of_the_process_lengthen_the_delay() -> None:
    prebuffer = Prebuffer()
    prebuffer.record_stall(1.0, at=10.0)
    assert prebuffer.seconds == MIN_DELAY, "once is what starting something costs"
    prebuffer.record_stall(0.2, at=11.0)
    assert prebuffer.seconds == approx(0.2 + MARGIN)
    prebuffer.record_stall(0.25, at=10.0 + STALL_WINDOW + 0.5)
    assert prebuffer.seconds == approx(0.2 + MARGIN), "the first is forgotten, the second is the longest seen twice"
    prebuffer.record_stall(3.0, at=10.0 + STALL_WINDOW + 0.6)
    prebuffer.record_stall(3.0, at=10.0 + STALL_WINDOW + 0.7)
    assert prebuffer.seconds == MAX_DELAY


@given(st.lists(st.lists(st.floats(0.0, 5.0), min_size=1, max_size=50), min_size=1, max_size=5), st.data())
def test_the_delay_stays_within_its_bounds(segments: list[list[float]], data: st.DataObject) -> None:
    prebuffer = Prebuffer()
    for delays in segments:
        arrivals = Arrivals()
        for n, delay in enumerate(delays):
            if data.draw(st.booleans()):
                arrivals.run_dry()
            arrivals.record(n * DELTA + delay, n * DELTA, DELTA)
            prebuffer.update(arrivals)
            assert MIN_DELAY <= prebuffer.seconds <= MAX_DELAY
            assert wait(prebuffer, arrivals) <= MAX_DELAY + 1e-9


@given(
    delays=st.lists(st.floats(0.0, 0.4), min_size=2, max_size=100),
    again=st.lists(st.floats(0.0, 1.0), min_size=2, max_size=50),
)
def test_jitter_that_was_seen_once_causes_no_underrun_again(delays: list[float], again: list[float]) -> None:
    """Sound that differs no more than it did before is all there when it is due."""
    best, worst = min(delays), max(delays)
    prebuffer = Prebuffer()
    # Both ends of what is possible come last, so that what was learned has not decayed.
    prebuffer.update(paced([*delays, *[best] * 5, worst]))
    arrivals, last, began = Arrivals(), 0.0, math.inf
    for n, at in enumerate(on_a_connection(best + share * (worst - best) for share in again)):
        if began == math.inf and prebuffer.filled_at(arrivals) <= at:
            began = max(last, prebuffer.filled_at(arrivals))
        assert at - n * DELTA <= began
        arrivals.record(at, n * DELTA, DELTA)
        last = at
