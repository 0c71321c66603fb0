"""check_output_device: every shipped speaker passes, and a device that breaks a rule fails with it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from realtime_sdk._runtime import clock
from realtime_sdk.audio._pcm import Pcm
from realtime_sdk.devices import NullSpeaker, OutputDevice, WavSpeaker
from realtime_sdk.devices._realtime import RealTimeSpeaker
from realtime_sdk.errors import DeviceError
from realtime_sdk.testing import DeviceCheckFailed, VirtualSpeaker, check_output_device, run_virtual, stall
from realtime_sdk.testing._device_rules import OutputRule


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
        return super().played() // 480 * 480


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
    (Blocks, OutputRule.RETURNS_AT_ONCE, "write took 0.30 s"),
    (ReturnsNothing, OutputRule.TAKES_ITS_ROOM, "write returned None for 7200 frames"),
    (ClaimsLessRoom, OutputRule.TAKES_ITS_ROOM, r"write took \d+ frames where room\(\) was 8400"),
    (TakesLess, OutputRule.TAKES_ITS_ROOM, "write returned 480 for 7200 frames"),
    (KeepsTheArray, OutputRule.KEEPS_NOTHING, "still referenced"),
    (ChangesTheArray, OutputRule.KEEPS_NOTHING, "changed the array"),
    (CountsSeconds, OutputRule.COUNTS_FRAMES, r"played\(\) returned 0\.\d+"),
    (CountsBack, OutputRule.NEVER_DECREASES, r"played\(\) returned 2340 after 2400"),
    (CountsPadding, OutputRule.NEVER_EXCEEDS, r"played\(\) returned 7680 of 7200 frames written"),
    (CountsWhatIsQueued, OutputRule.COUNTS_WHAT_LEFT, "moved on by 7200 frames within 0.00 s at 24000 Hz"),
    (PlaysAtOneRate, OutputRule.COUNTS_WHAT_LEFT, "at 8000 Hz"),
    (CountsTime, OutputRule.COUNTS_NO_SILENCE, "moved on by 7200 frames within 0.00 s"),
    (IgnoresPause, OutputRule.PAUSE_HOLDS, "moved on by 240 frames"),
    (DropsWhatItHolds, OutputRule.RESUME_GOES_ON, r"played\(\) was \d+ of \d+ frames after"),
    (IgnoresFlush, OutputRule.FLUSH_DROPS, r"flush returned \d+ with \d+ of \d+ frames played"),
    (SaysTooLittleOfAFlush, OutputRule.FLUSH_IS_FINAL, r"played\(\) returned \d+ of \d+ frames written"),
    (SaysTooMuchOfAFlush, OutputRule.FLUSH_IS_FINAL, r"played\(\) was \d+ of \d+ frames after"),
    (CountsWhatWasDropped, OutputRule.FLUSH_RENUMBERS, r"played\(\) returned \d+ of 21888 frames written"),
    (RaisesWhenClosedTwice, OutputRule.CLOSE_STOPS, r"close raised RuntimeError\('it is closed'\)"),
    (TakesFramesWhenClosed, OutputRule.CLOSE_STOPS, "write took 240 frames after close"),
]


@pytest.mark.parametrize(("kind", "rule", "seen"), BROKEN)
def test_a_device_that_breaks_a_rule_fails_with_it(kind: type[OutputDevice], rule: OutputRule, seen: str) -> None:
    with pytest.raises(DeviceCheckFailed, match=seen) as failure:
        run_virtual(lambda: check_output_device(kind()))
    assert (failure.value.rule, failure.value.advice) == (rule.statement, rule.advice)
    assert str(failure.value).startswith(f"{kind.__name__}: {failure.value.seen}.\nThe rule: ")


def test_a_device_that_holds_back_its_last_block_never_reaches_the_end() -> None:
    with pytest.raises(DeviceCheckFailed, match=r"played\(\) was 7200 of 7299 frames after 3\.\d s") as failure:
        run_virtual(lambda: check_output_device(LosesTheLastBlock(), rates=(24_330,)))
    assert failure.value.rule == OutputRule.REACHES_THE_END.statement


def test_every_rule_has_a_device_that_breaks_it() -> None:
    assert {rule for _, rule, _ in BROKEN} | {OutputRule.REACHES_THE_END} == set(OutputRule)


def test_an_object_that_lacks_a_method_fails() -> None:
    with pytest.raises(DeviceCheckFailed, match="object: it has no method open"):
        asyncio.run(check_output_device(object()))  # type: ignore[arg-type]
