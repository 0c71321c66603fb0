"""check_input_device: every shipped microphone passes, and a device that breaks a rule fails with it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import anyio
import numpy as np
import pytest
import soundfile

from realtime_sdk._runtime import clock
from realtime_sdk.audio._pcm import SILENCE, Pcm
from realtime_sdk.devices import InputDevice, WavMicrophone
from realtime_sdk.errors import DeviceError, UsageError
from realtime_sdk.testing import DeviceCheckFailed, VirtualMicrophone, check_input_device, noise, run_virtual, stall
from realtime_sdk.testing.devices._rules import InputRule


@pytest.mark.parametrize("microphone", [WavMicrophone(), VirtualMicrophone(), VirtualMicrophone(drift=-100e-6)])
def test_a_shipped_microphone_keeps_every_rule(microphone: InputDevice) -> None:
    async def main() -> None:
        await anyio.sleep(1000.0)  # a real loop's clock does not begin at 0
        await check_input_device(microphone)

    run_virtual(main)


def test_a_file_keeps_every_rule(tmp_path: Path) -> None:
    path = tmp_path / "said.wav"
    soundfile.write(path, noise(3.0, seed=1), 24_000)
    run_virtual(lambda: check_input_device(WavMicrophone(path)))


def test_a_rate_may_be_refused_but_the_first_one() -> None:
    class Telephone(WavMicrophone):
        async def open(self, rate: int) -> None:
            if rate != 8_000:
                raise DeviceError("a telephone line has 8000 Hz")
            await super().open(rate)

    run_virtual(lambda: check_input_device(Telephone(), rates=(8_000, 24_000)))
    with pytest.raises(DeviceCheckFailed, match=r"Telephone: open\(24000\) raised DeviceError"):
        run_virtual(lambda: check_input_device(Telephone()))


@pytest.mark.parametrize("rates", [[], 24_000, "24000", ["a"], [0], [True], None])
def test_rates_that_are_no_sample_rates_are_a_usage_error(rates: Any) -> None:
    with pytest.raises(UsageError, match=r"rates is a list of sample rates in Hz, such as \[24000, 8000\], not "):
        run_virtual(lambda: check_input_device(WavMicrophone(), rates=rates))


@pytest.mark.parametrize("stalls_at", [0.1, 0.5, 1.29, 1.31])
def test_a_machine_that_stalls_does_not_make_the_rate_wrong(stalls_at: float) -> None:
    async def main() -> None:
        asyncio.get_running_loop().call_later(stalls_at, stall, 1.2)
        await check_input_device(VirtualMicrophone())

    run_virtual(main)


def test_audio_that_was_captured_while_the_machine_stalled_does_not_come_too_early() -> None:
    class StalledBehindOpen(VirtualMicrophone):
        async def open(self, rate: int) -> None:
            await super().open(rate)
            stall(1.2)

    run_virtual(lambda: check_input_device(StalledBehindOpen()))


class SynchronousClose(WavMicrophone):
    def close(self) -> None:  # type: ignore[override]
        pass


class AnotherErrorInOpen(WavMicrophone):
    async def open(self, rate: int) -> None:
        if rate == 8_000:
            raise ValueError("no such rate")
        await super().open(rate)


class RaisesInRead(WavMicrophone):
    async def read(self) -> Pcm:
        raise RuntimeError("no line")


class GivesFloats(WavMicrophone):
    async def read(self) -> Any:
        return (await super().read()).astype(np.float32)


class GivesLongBlocks(WavMicrophone):
    async def read(self) -> Pcm:
        return np.concatenate([await super().read(), await super().read(), await super().read()])


class ReusesItsBuffer(WavMicrophone):
    buffer = np.zeros(480, np.int16)

    async def read(self) -> Pcm:
        pcm = await super().read()
        self.buffer[: len(pcm)] = pcm
        return self.buffer[: len(pcm)]


class DoesNotWait(WavMicrophone):
    async def read(self) -> Pcm:
        self._due = None if self._due is None else clock.now() - 0.02
        return await super().read()


class CapturesItsBacklogFirst(WavMicrophone):
    backlog = 50  # blocks of 20 ms

    async def read(self) -> Pcm:
        self.backlog -= 1
        return np.ones(480, np.int16) if self.backlog >= 0 else await super().read()


class CapturesAtOneRate(WavMicrophone):
    rest = SILENCE

    async def open(self, rate: int) -> None:
        await super().open(24_000)

    async def read(self) -> Pcm:
        if not len(self.rest):
            self.rest = await super().read()
        block, self.rest = self.rest[:240], self.rest[240:]
        return block


class GivesHalfOfIt(WavMicrophone):
    async def read(self) -> Pcm:
        return (await super().read())[::2]


class GivesAllOfItTwice(WavMicrophone):
    async def read(self) -> Pcm:
        return np.repeat(await super().read(), 2)


class Ends(WavMicrophone):
    blocks = 10

    async def read(self) -> Pcm:
        self.blocks -= 1
        return await super().read() if self.blocks >= 0 else SILENCE


class OpensForEver(WavMicrophone):
    async def open(self, rate: int) -> None:
        await anyio.sleep_forever()


class ClosesForEver(WavMicrophone):
    async def close(self) -> None:
        if self._due is not None:
            await anyio.sleep_forever()


class IsSilentForEver(WavMicrophone):
    async def read(self) -> Pcm:
        await anyio.sleep(60.0)
        return await super().read()


class EndsWhenCancelled(WavMicrophone):
    is_cancelled = False

    async def read(self) -> Pcm:
        if self.is_cancelled:
            return SILENCE
        try:
            return await super().read()
        except anyio.get_cancelled_exc_class():
            self.is_cancelled = True
            raise


class NeverEndsARead(WavMicrophone):
    async def read(self) -> Pcm:
        if len(pcm := await super().read()):
            return pcm
        await anyio.sleep(60.0)
        return SILENCE


class RaisesWhenClosedTwice(WavMicrophone):
    async def close(self) -> None:
        if self._due is None:
            raise RuntimeError("it is closed")
        await super().close()


BROKEN = [
    (SynchronousClose, InputRule.METHODS, "close is no coroutine"),
    (AnotherErrorInOpen, InputRule.OPENS, r"open\(8000\) raised ValueError\('no such rate'\)"),
    (RaisesInRead, InputRule.RAISES_NOTHING, r"read raised RuntimeError\('no line'\)"),
    (GivesFloats, InputRule.GIVES_PCM, r"read returned float32 of shape \(480,\)"),
    (GivesLongBlocks, InputRule.GIVES_SHORT_BLOCKS, "read returned 1440 frames, 60.0 ms at 24000 Hz"),
    (ReusesItsBuffer, InputRule.KEEPS_NOTHING, "wrote into the array"),
    (DoesNotWait, InputRule.CAPTURES_IN_REAL_TIME, "read gave 480480 frames within 0.00 s at 24000 Hz"),
    (CapturesItsBacklogFirst, InputRule.CAPTURES_IN_REAL_TIME, "read gave 24000 frames within 0.00 s at 24000 Hz"),
    (CapturesAtOneRate, InputRule.CAPTURES_AT_ITS_RATE, "read gave 24000 frames a second where 8000 were opened"),
    (GivesHalfOfIt, InputRule.CAPTURES_AT_ITS_RATE, "read gave 12000 frames a second where 24000 were opened"),
    (GivesAllOfItTwice, InputRule.CAPTURES_AT_ITS_RATE, "read gave 48000 frames a second where 24000 were opened"),
    (IsSilentForEver, InputRule.GIVES_SILENCE_TOO, "read gave nothing for 3 s"),
    (EndsWhenCancelled, InputRule.READ_CAN_BE_CANCELLED, "after a read was cancelled, read returned an empty array"),
    (Ends, InputRule.GOES_ON, "read returned an empty array"),
    (OpensForEver, InputRule.OPENS_IN_TIME, r"open\(24000\) did not return within 10 s"),
    (ClosesForEver, InputRule.CLOSES_IN_TIME, "close did not return within 2 s"),
    (NeverEndsARead, InputRule.CLOSE_ENDS_READ, "a read during close did not end within 3 s"),
    (RaisesWhenClosedTwice, InputRule.CLOSE_IS_REPEATABLE, r"close raised RuntimeError\('it is closed'\)"),
]


@pytest.mark.parametrize(("kind", "rule", "seen"), BROKEN)
def test_a_device_that_breaks_a_rule_fails_with_it(kind: type[InputDevice], rule: InputRule, seen: str) -> None:
    with pytest.raises(DeviceCheckFailed, match=seen) as failure:
        run_virtual(lambda: check_input_device(kind()))
    assert (failure.value.rule, failure.value.advice) == (rule.statement, rule.advice)


def test_every_rule_has_a_device_that_breaks_it() -> None:
    assert {rule for _, rule, _ in BROKEN} == set(InputRule)
