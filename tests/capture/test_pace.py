"""A microphone whose audio has another rate than it was opened at: it is found, and stalls and pauses are no reason."""

from __future__ import annotations

import logging

import anyio
import numpy as np
import pytest

from realtime_sdk import connect
from realtime_sdk.audio._pcm import Pcm
from realtime_sdk.capture._pace import GAP, WINDOW, PaceWatch
from realtime_sdk.testing import FakeServer, run_virtual

RATE = 24_000


def found(watch: PaceWatch, rate: float, seconds: float, *, since: float = 0.0) -> list[float]:
    """Give blocks of 20 ms at a rate for some seconds; return what was found."""
    times = [since + number * 0.02 for number in range(round(seconds / 0.02))]
    return [pace for at in times if (pace := watch.push(round(rate * 0.02), at)) is not None]


@pytest.mark.parametrize("rate", [8_000, 16_000, 44_100, 48_000, 240_000])
def test_another_rate_is_found_within_two_windows(rate: int) -> None:
    [pace] = found(PaceWatch(RATE), rate, 2 * WINDOW + 0.1)
    assert pace == pytest.approx(rate, rel=0.01)


@pytest.mark.parametrize("rate", [22_050, 24_000, 25_000])
def test_a_rate_that_is_nearly_right_is_right(rate: int) -> None:
    assert found(PaceWatch(RATE), rate, 10 * WINDOW) == []


def test_blocks_that_come_at_once_after_a_stall_are_no_other_rate() -> None:
    watch = PaceWatch(RATE)
    assert found(watch, RATE, 1.0) == []
    for _ in range(200):  # four seconds of them
        assert watch.push(480, 5.0) is None
    assert found(watch, RATE, 4 * WINDOW, since=5.02) == []


def test_a_source_that_is_not_live_is_found_however_unsteady_it_is() -> None:
    watch = PaceWatch(RATE)
    assert found(watch, 100 * RATE, WINDOW) == []
    assert found(watch, 30 * RATE, WINDOW + 0.1, since=WINDOW) == [pytest.approx(30 * RATE, rel=0.05)]


def test_a_device_that_gives_nothing_between_words_is_measured_only_within_them() -> None:
    watch = PaceWatch(RATE)
    for word in range(20):
        assert found(watch, RATE, 2.0, since=word * (2.0 + 2 * GAP)) == []


class SlowMicrophone:
    """A microphone of 16 kHz that does not resample."""

    async def open(self, rate: int) -> None:
        pass

    async def read(self) -> Pcm:
        await anyio.sleep(0.02)
        return np.full(320, 1000, np.int16)

    async def close(self) -> None:
        pass


def test_a_session_warns_of_it_once(caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        async with FakeServer() as server, connect(endpoint=server, speaker=None, microphone=SlowMicrophone()):
            await anyio.sleep(60.0)

    with caplog.at_level(logging.WARNING, "realtime_sdk.capture"):
        run_virtual(main)
    [line] = [line for line in caplog.messages if "frames a second" in line]
    assert line.startswith("the microphone SlowMicrophone gives 16000 frames a second, and was opened at 24000 Hz: ")
