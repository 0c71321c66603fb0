"""A half-duplex gate takes the place of a canceller that fails, and the reason is reported."""

from __future__ import annotations

import numpy as np
import pytest

from realtime_sdk.audio._pcm import Pcm
from realtime_sdk.capture.echo._canceller import EchoCanceller
from realtime_sdk.capture.echo._guarded import GATED_SECONDS, LOAD_WINDOW_SECONDS, GuardedCanceller

from .rooms import FRAME, RATE

SPEECH = np.full(FRAME, 5000, np.int16)
SILENCE = np.zeros(FRAME, np.int16)


class Worker:
    """An `EchoCanceller` that returns what was captured, and a clock of what it has computed."""

    delay = 0.0

    def __init__(self, takes: float = 0.0) -> None:
        self.takes = takes  # seconds for 20 ms
        self.time = 0.0
        self.breaks = False
        self.resets = 0

    def now(self) -> float:
        return self.time

    def process(self, captured: Pcm, rendered: Pcm) -> Pcm:
        if self.breaks:
            raise OSError("the library is gone")
        self.time += self.takes
        return captured

    def reset(self) -> None:
        self.resets += 1
        if self.breaks:
            raise OSError("the library is gone")


def cancel(canceller: EchoCanceller, seconds: float, rendered: Pcm = SPEECH) -> Pcm:
    return np.concatenate([canceller.process(SPEECH, rendered) for _ in range(round(seconds * RATE / FRAME))])


def test_a_canceller_that_works_is_kept() -> None:
    worker = Worker(takes=0.018)
    guarded = GuardedCanceller(worker, RATE, worker.now)
    assert np.all(cancel(guarded, 4 * LOAD_WINDOW_SECONDS) == 5000)
    assert guarded.take_failure() is None


def test_a_canceller_that_raises_is_replaced_at_once_and_the_reason_is_reported_once() -> None:
    worker = Worker()
    guarded = GuardedCanceller(worker, RATE, worker.now)
    cancel(guarded, 1.0)
    worker.breaks = True
    assert not cancel(guarded, 1.0)[FRAME:].any()
    assert np.all(cancel(guarded, 1.0, rendered=SILENCE)[-FRAME:] == 5000)
    failure = guarded.take_failure()
    assert failure is not None and "Worker raised OSError('the library is gone')" in failure
    assert "echo_canceller=" in failure
    assert guarded.take_failure() is None


def test_a_canceller_that_cannot_be_reset_is_replaced() -> None:
    worker = Worker()
    guarded = GuardedCanceller(worker, RATE, worker.now)
    worker.breaks = True
    guarded.reset()
    assert guarded.take_failure() is not None
    assert not cancel(guarded, 1.0)[FRAME:].any()


def test_a_canceller_slower_than_real_time_is_replaced() -> None:
    worker = Worker(takes=0.024)
    guarded = GuardedCanceller(worker, RATE, worker.now)
    assert np.all(cancel(guarded, LOAD_WINDOW_SECONDS) == 5000)
    failure = guarded.take_failure()
    assert failure is not None and "Worker takes 6.0 s for 5 s of audio" in failure
    assert not cancel(guarded, 1.0)[FRAME:].any()


def test_a_canceller_that_was_too_slow_is_tried_again_from_the_beginning() -> None:
    worker = Worker(takes=0.024)
    guarded = GuardedCanceller(worker, RATE, worker.now)
    cancel(guarded, LOAD_WINDOW_SECONDS)
    worker.takes = 0.002
    assert not cancel(guarded, GATED_SECONDS)[FRAME:].any()
    assert worker.resets == 0
    assert np.all(cancel(guarded, 2 * LOAD_WINDOW_SECONDS) == 5000)
    assert worker.resets == 1


def test_a_canceller_that_is_still_too_slow_is_reported_again() -> None:
    worker = Worker(takes=0.024)
    guarded = GuardedCanceller(worker, RATE, worker.now)
    cancel(guarded, LOAD_WINDOW_SECONDS)
    assert guarded.take_failure() is not None
    cancel(guarded, GATED_SECONDS)
    assert guarded.take_failure() is None
    cancel(guarded, LOAD_WINDOW_SECONDS)
    assert guarded.take_failure() is not None
    assert not cancel(guarded, GATED_SECONDS)[FRAME:].any()


def test_a_canceller_that_raised_is_not_called_again() -> None:
    worker = Worker()
    guarded = GuardedCanceller(worker, RATE, worker.now)
    worker.breaks = True
    cancel(guarded, 0.02)
    worker.breaks = False
    assert not cancel(guarded, 2 * GATED_SECONDS)[FRAME:].any()
    assert worker.time == 0.0 and worker.resets == 0


def test_a_canceller_that_cannot_be_reset_when_it_is_tried_again_stays_replaced() -> None:
    worker = Worker(takes=0.024)
    guarded = GuardedCanceller(worker, RATE, worker.now)
    cancel(guarded, LOAD_WINDOW_SECONDS)
    worker.breaks = True
    assert not cancel(guarded, GATED_SECONDS + 1.0)[FRAME:].any()
    failure = guarded.take_failure()
    assert failure is not None and "from now on" in failure


@pytest.mark.parametrize("seconds", [1.0, 3.0])
def test_a_canceller_that_was_delayed_once_is_kept(seconds: float) -> None:
    worker = Worker(takes=0.002)
    guarded = GuardedCanceller(worker, RATE, worker.now)
    cancel(guarded, LOAD_WINDOW_SECONDS / 2)
    worker.time += seconds  # between two blocks: another thread ran
    worker.takes = seconds
    cancel(guarded, 0.02)  # and within one
    worker.takes = 0.002
    cancel(guarded, 4 * LOAD_WINDOW_SECONDS)
    assert guarded.take_failure() is None
