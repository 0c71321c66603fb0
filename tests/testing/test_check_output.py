"""check_output_device: every shipped speaker passes, and a device that breaks a rule fails with it."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

import anyio
import numpy as np
import pytest

from realtime_sdk._runtime import clock
from realtime_sdk.audio._pcm import Pcm
from realtime_sdk.devices import NullSpeaker, OutputDevice, WavSpeaker
from realtime_sdk.devices._realtime import RealTimeSpeaker
from realtime_sdk.errors import DeviceError, UsageError
from realtime_sdk.testing import DeviceCheckFailed, VirtualSpeaker, check_output_device, run_virtual, stall
from realtime_sdk.testing.devices._rules import OutputRule


@pytest.mark.parametrize(
    "speaker",
    [
        NullSpeaker(),
        VirtualSpeaker(),
        VirtualSpeaker(latency=0.25, tail=0.3, drift=100e-6),
        VirtualSpeaker(latency=1.0, capacity=0.06),
    ],
)
def test_a_shipped_speaker_keeps_every_rule(speaker: OutputDevice) -> None:
    async def main() -> None:
        await anyio.sleep(1000.0)  # a real loop's clock does not begin at 0
        await check_output_device(speaker)
        with pytest.raises(DeviceError, match="not open"):
            speaker.played()

    run_virtual(main)


def test_a_file_keeps_every_rule(tmp_path: Path) -> None:
    run_virtual(lambda: check_output_device(WavSpeaker(tmp_path / "heard.wav")))


def test_a_rate_may_be_refused_but_the_first_one() -> None:
    class Telephone(NullSpeaker):
        async def open(self, rate: int) -> None:
            if rate != 8_000:
                raise DeviceError("a telephone line has 8000 Hz")
            await super().open(rate)

    run_virtual(lambda: check_output_device(Telephone(), rates=(8_000, 24_000)))
    with pytest.raises(DeviceCheckFailed, match=r"Telephone: open\(24000\) raised DeviceError"):
        run_virtual(lambda: check_output_device(Telephone()))


def suspended_once(method: str) -> OutputDevice:
    """A speaker on a machine that suspends its process in the first call of a method."""
    speaker, seconds = VirtualSpeaker(), iter([1.2])
    really = getattr(speaker, method)

    def call(*arguments: Any) -> Any:
        stall(next(seconds, 0.0))
        return really(*arguments)

    setattr(speaker, method, call)
    return speaker


@pytest.mark.parametrize("method", ["room", "write", "played", "pause", "resume", "flush"])
def test_a_machine_that_suspends_a_call_breaks_no_rule(method: str) -> None:
    run_virtual(lambda: check_output_device(suspended_once(method)))


class AsynchronousWrite(RealTimeSpeaker):
    async def write(self, pcm: Pcm) -> int:  # type: ignore[override]
        return super().write(pcm)


class AnotherErrorInOpen(RealTimeSpeaker):
    async def open(self, rate: int) -> None:
        if rate == 8_000:
            raise ValueError("no such rate")
        await super().open(rate)


class KeepsItsCount(RealTimeSpeaker):
    async def open(self, rate: int) -> None:
        counted = self._played
        await super().open(rate)
        self._played = counted


class PlaysOldAudioAfterOpen(RealTimeSpeaker):
    async def open(self, rate: int) -> None:
        queue = self._queue
        await super().open(rate)
        self._queue = queue


class HasNoRoom(RealTimeSpeaker):
    def room(self) -> int:
        return 0


class RaisesWhenResumedTwice(RealTimeSpeaker):
    def resume(self) -> None:
        if self._state.value != "paused":
            raise RuntimeError("it is not paused")
        super().resume()


class Blocks(RealTimeSpeaker):
    def write(self, pcm: Pcm) -> int:
        stall(len(pcm) / self._rate)
        return super().write(pcm)


class Sleeps(RealTimeSpeaker):
    def write(self, pcm: Pcm) -> int:
        time.sleep(0.25)  # noqa: TID251  # what the check has to find
        return super().write(pcm)


class ReturnsNothing(RealTimeSpeaker):
    def write(self, pcm: Pcm) -> int:
        super().write(pcm)
        return None  # type: ignore[return-value]


class ClaimsLessRoom(RealTimeSpeaker):
    def room(self) -> int:
        return super().room() // 2

    def write(self, pcm: Pcm) -> int:
        self._queue = np.concatenate([self._queue, pcm])
        return len(pcm)


class TakesLess(RealTimeSpeaker):
    def write(self, pcm: Pcm) -> int:
        return super().write(pcm[:480])


class KeepsTheArray(RealTimeSpeaker):
    def write(self, pcm: Pcm) -> int:
        self._last = pcm
        return super().write(pcm)


class ChangesTheArray(RealTimeSpeaker):
    def write(self, pcm: Pcm) -> int:
        taken = super().write(pcm)
        pcm //= 2
        return taken


class CountsSeconds(RealTimeSpeaker):
    def played(self) -> Any:
        return super().played() / self._rate


class CountsBack(RealTimeSpeaker):
    def played(self) -> int:
        count = super().played()
        return count - 300 if 2400 < count < 3000 else count


class CountsPadding(RealTimeSpeaker):
    def played(self) -> int:
        return -(-super().played() // 960) * 960


class CountsWhatIsQueued(RealTimeSpeaker):
    def played(self) -> int:
        return super().played() + len(self._queue)


class PlaysAtOneRate(RealTimeSpeaker):
    async def open(self, rate: int) -> None:
        await super().open(24_000)


class LosesTheLastBlock(RealTimeSpeaker):
    def played(self) -> int:
        return max(0, super().played() - 480)


class PlaysAtHalfSpeed(RealTimeSpeaker):
    slowness = 2

    async def open(self, rate: int) -> None:
        await super().open(rate // self.slowness)


class PlaysAtATenthOfTheSpeed(PlaysAtHalfSpeed):
    slowness = 10


class NeverPlays(RealTimeSpeaker):
    def played(self) -> int:
        return 0


class CountsTime(RealTimeSpeaker):
    _written = 0
    _start = 0.0

    async def open(self, rate: int) -> None:
        await super().open(rate)
        self._written, self._start = 0, clock.now()

    def write(self, pcm: Pcm) -> int:
        taken = super().write(pcm)
        self._written += taken
        return taken

    def played(self) -> int:
        return min(self._written, round((clock.now() - self._start) * self._rate))


class IgnoresPause(RealTimeSpeaker):
    def pause(self) -> None:
        pass


class DropsWhatItHolds(RealTimeSpeaker):
    def resume(self) -> None:
        self._behind_pause = self._behind_pause[:0]
        super().resume()


class IgnoresFlush(RealTimeSpeaker):
    def flush(self) -> int:
        return self.played() + len(self._queue) + len(self._behind_pause)


class SaysTooLittleOfAFlush(RealTimeSpeaker):
    def flush(self) -> int:
        return super().flush() - self._fade_frames


class SaysTooMuchOfAFlush(RealTimeSpeaker):
    def flush(self) -> int:
        end = super().flush()
        self._queue = self._queue[:10]
        return end


class CountsWhatWasDropped(RealTimeSpeaker):
    def flush(self) -> int:
        dropped = len(self._queue) + len(self._behind_pause) - self._fade_frames
        end = super().flush()
        self._to_add = max(0, dropped)
        return end

    def write(self, pcm: Pcm) -> int:
        taken = super().write(pcm)
        if taken:
            self._played += getattr(self, "_to_add", 0)
            self._to_add = 0
        return taken


class RaisesWhenClosedTwice(RealTimeSpeaker):
    async def close(self) -> None:
        if self._state.value == "closed":
            raise RuntimeError("it is closed")
        await super().close()


class OpensForEver(RealTimeSpeaker):
    async def open(self, rate: int) -> None:
        await anyio.sleep_forever()


class ClosesForEver(RealTimeSpeaker):
    async def close(self) -> None:
        if self._state.value != "closed":
            await anyio.sleep_forever()


class TakesFramesWhenClosed(RealTimeSpeaker):
    def write(self, pcm: Pcm) -> int:
        return super().write(pcm) if self._state.value != "closed" else len(pcm)


BROKEN = [
    (AsynchronousWrite, OutputRule.METHODS, "write is a coroutine"),
    (AnotherErrorInOpen, OutputRule.OPENS, r"open\(8000\) raised ValueError"),
    (KeepsItsCount, OutputRule.STARTS_AT_ZERO, r"played\(\) was \d+ after open"),
    (PlaysOldAudioAfterOpen, OutputRule.STARTS_AT_ZERO, "of 0 frames written"),
    (HasNoRoom, OutputRule.STARTS_AT_ZERO, r"room\(\) was 0 after open"),
    (RaisesWhenResumedTwice, OutputRule.RAISES_NOTHING, r"resume raised RuntimeError\('it is not paused'\)"),
    (Blocks, OutputRule.RETURNS_AT_ONCE, "write took 1.00 s"),
    (Sleeps, OutputRule.RETURNS_AT_ONCE, r"write took 0\.\d\d s"),
    (ReturnsNothing, OutputRule.TAKES_ITS_ROOM, "write returned None for 24000 frames"),
    (ClaimsLessRoom, OutputRule.TAKES_ITS_ROOM, r"write took \d+ frames where room\(\) was 8400"),
    (TakesLess, OutputRule.TAKES_ITS_ROOM, "write returned 480 for 24000 frames"),
    (KeepsTheArray, OutputRule.KEEPS_NOTHING, "still referenced"),
    (ChangesTheArray, OutputRule.KEEPS_NOTHING, "changed the array"),
    (CountsSeconds, OutputRule.COUNTS_FRAMES, r"played\(\) returned 0\.\d+"),
    (CountsBack, OutputRule.NEVER_DECREASES, r"played\(\) returned 2340 after 2400"),
    (CountsPadding, OutputRule.NEVER_EXCEEDS, r"played\(\) returned 36480 of 36000 frames written"),
    (CountsWhatIsQueued, OutputRule.COUNTS_WHAT_LEFT, "moved on by 24000 frames within 0.00 s at 24000 Hz"),
    (PlaysAtOneRate, OutputRule.PLAYS_AT_ITS_RATE, "24000 frames a second where 8000 were opened"),
    (PlaysAtHalfSpeed, OutputRule.PLAYS_AT_ITS_RATE, "12000 frames a second where 24000 were opened"),
    (PlaysAtATenthOfTheSpeed, OutputRule.PLAYS_AT_ITS_RATE, "2400 frames a second where 24000 were opened"),
    (NeverPlays, OutputRule.PLAYS, r"played\(\) was 0 of 36000 frames after 4\.\d s"),
    (LosesTheLastBlock, OutputRule.REACHES_THE_END, r"played\(\) was 35520 of 36000 frames after 4\.\d s"),
    (CountsTime, OutputRule.COUNTS_NO_SILENCE, "moved on by 7200 frames within 0.01 s"),
    (IgnoresPause, OutputRule.PAUSE_HOLDS, "moved on by 240 frames"),
    (DropsWhatItHolds, OutputRule.RESUME_GOES_ON, r"played\(\) was \d+ of \d+ frames after"),
    (IgnoresFlush, OutputRule.FLUSH_DROPS, r"flush returned \d+ with \d+ of \d+ frames played"),
    (SaysTooLittleOfAFlush, OutputRule.FLUSH_IS_FINAL, r"played\(\) returned \d+ of \d+ frames written"),
    (SaysTooMuchOfAFlush, OutputRule.FLUSH_IS_FINAL, r"played\(\) was \d+ of \d+ frames after"),
    (CountsWhatWasDropped, OutputRule.FLUSH_RENUMBERS, r"played\(\) returned \d+ of 50688 frames written"),
    (RaisesWhenClosedTwice, OutputRule.CLOSE_STOPS, r"close raised RuntimeError\('it is closed'\)"),
    (TakesFramesWhenClosed, OutputRule.CLOSE_STOPS, "write took 240 frames after close"),
    (OpensForEver, OutputRule.OPENS_IN_TIME, r"open\(24000\) did not return within 10 s"),
    (ClosesForEver, OutputRule.CLOSES_IN_TIME, "close did not return within 2 s"),
]


@pytest.mark.parametrize(("kind", "rule", "seen"), BROKEN)
def test_a_device_that_breaks_a_rule_fails_with_it(kind: type[OutputDevice], rule: OutputRule, seen: str) -> None:
    with pytest.raises(DeviceCheckFailed, match=seen) as failure:
        run_virtual(lambda: check_output_device(kind()))
    assert (failure.value.rule, failure.value.advice) == (rule.statement, rule.advice)
    assert str(failure.value).startswith(f"{kind.__name__}: {failure.value.seen}.\nThe rule: ")


def test_a_check_of_a_device_that_hangs_in_close_can_be_cancelled() -> None:
    async def main() -> float:
        with anyio.move_on_after(1.0):
            await check_output_device(ClosesForEver())
        return clock.now()

    assert run_virtual(main) == pytest.approx(3.0)


@pytest.mark.parametrize("rates", [[], 24_000, "24000", ["a"], [0], [True], None])
def test_rates_that_are_no_sample_rates_are_a_usage_error(rates: Any) -> None:
    with pytest.raises(UsageError, match=r"rates is a list of sample rates in Hz, such as \[24000, 8000\], not "):
        run_virtual(lambda: check_output_device(NullSpeaker(), rates=rates))


def test_every_rule_has_a_device_that_breaks_it() -> None:
    assert {rule for _, rule, _ in BROKEN} == set(OutputRule)


def test_an_object_that_lacks_a_method_fails() -> None:
    with pytest.raises(DeviceCheckFailed, match="object: it has no method open"):
        asyncio.run(check_output_device(object()))  # type: ignore[arg-type]


def test_a_class_in_place_of_an_object_is_refused() -> None:
    with pytest.raises(UsageError, match=r"VirtualSpeaker is a class: pass VirtualSpeaker\(\)"):
        asyncio.run(check_output_device(VirtualSpeaker))  # type: ignore[arg-type]
