"""An input device as a stream: its blocks, its losses, and the silence between."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import aclosing
from itertools import pairwise

import anyio
import numpy as np
import pytest
from pytest import approx

from realtime_sdk._runtime import clock
from realtime_sdk.audio._pcm import SILENCE, Pcm, to_frames
from realtime_sdk.capture._events import InputLost, InputRestored
from realtime_sdk.capture._microphone import (
    LONGEST_BLOCK_SECONDS,
    STAND_IN_BLOCK_SECONDS,
    InputBlock,
    InputStream,
    InputStreamItem,
)
from realtime_sdk.devices._lifecycle import MISTAKES_LIMIT
from realtime_sdk.devices._reopening import REOPEN_INTERVAL_SECONDS
from realtime_sdk.errors import DeviceError
from realtime_sdk.testing import noise, run_virtual

RATE = 24_000
SAID = noise(10.0, seed=4)


class Device:
    """An `InputDevice` with 20 ms of audio, whose next `read` and `open` do what a test says."""

    def __init__(self) -> None:
        self.reading: list[Callable[[], object]] = []  # of the next reads; after them it hangs up
        self.opening: list[Callable[[], None]] = []  # of the next attempts to open it
        self.openings = self.closings = 0

    async def open(self, rate: int) -> None:
        self.openings += 1
        if self.opening:
            self.opening.pop(0)()

    async def read(self) -> Pcm:
        await anyio.sleep(0.02)
        return self.reading.pop(0)() if self.reading else SILENCE  # type: ignore[return-value]  # whatever a test says

    async def close(self) -> None:
        self.closings += 1


def block() -> Pcm:
    return SAID[: to_frames(0.02)]


def raising(error: BaseException) -> Callable[[], None]:
    def fail() -> None:
        raise error

    return fail


async def items_of(device: Device) -> list[InputStreamItem]:
    return [item async for item in InputStream(device, RATE).items()]


def losses(items: list[InputStreamItem]) -> list[InputLost]:
    return [item for item in items if isinstance(item, InputLost)]


def test_blocks_come_with_the_time_of_their_first_frame_until_the_device_has_no_more() -> None:
    async def main() -> list[InputStreamItem]:
        device = Device()
        device.reading = [block, block]
        began = clock.wall()
        items = await items_of(device)
        assert [item.at - began for item in items] == approx([0.0, 0.02])
        return items

    items = run_virtual(main)
    assert all(isinstance(item, InputBlock) and np.array_equal(item.pcm, block()) for item in items)


@pytest.mark.parametrize(
    ("reading", "reason"),
    [
        (raising(DeviceError("the microphone is unplugged")), "the microphone is unplugged"),
        (raising(OSError(19, "No such device")), "Device.read raised OSError(19, 'No such device')"),
        (raising(ValueError("odd")), "Device.read raised ValueError('odd')"),
        (raising(StopAsyncIteration()), "Device.read raised StopAsyncIteration()"),
        (raising(asyncio.CancelledError()), "Device.read raised CancelledError()"),  # of a task of its own
        (lambda: None, "the microphone gave NoneType; read() must return int16 arrays of shape (frames,)"),
        (lambda: b"\0\0", "the microphone gave bytes; read() must return int16 arrays of shape (frames,)"),
        (
            lambda: np.zeros((480, 2), np.int16),
            "the microphone gave int16 of shape (480, 2); read() must return int16 arrays of shape (frames,)",
        ),
    ],
)
def test_a_device_that_fails_in_any_way_is_lost_and_opened_again(
    reading: Callable[[], object], reason: str
) -> None:
    async def main() -> list[InputStreamItem]:
        device = Device()
        device.reading = [block, reading, block]
        return await items_of(device)

    items = run_virtual(main)
    (lost,) = losses(items)
    assert lost.reason == reason
    assert isinstance(items[0], InputBlock) and items[1] is lost
    assert isinstance(items[-2], InputRestored) and isinstance(items[-1], InputBlock)


def test_silence_in_real_time_stands_in_for_a_lost_device() -> None:
    async def main() -> list[InputStreamItem]:
        device = Device()
        device.reading = [raising(OSError())]
        return await items_of(device)

    lost, *silence, restored = run_virtual(main)
    assert isinstance(lost, InputLost) and isinstance(restored, InputRestored)
    assert restored.at - lost.at == approx(REOPEN_INTERVAL_SECONDS)
    blocks = [item for item in silence if isinstance(item, InputBlock)]
    assert blocks == silence and not any(block.pcm.any() for block in blocks)
    starts = [STAND_IN_BLOCK_SECONDS * n for n in range(len(blocks))]
    assert [block.at - lost.at for block in blocks] == approx(starts, abs=1e-4)
    assert sum(block.pcm.size for block in blocks) == to_frames(REOPEN_INTERVAL_SECONDS), "to the frame"


def test_a_device_that_cant_be_opened_yet_is_tried_until_it_can() -> None:
    async def main() -> tuple[list[InputStreamItem], int]:
        device = Device()
        device.reading = [raising(DeviceError("unplugged"))]
        device.opening = [raising(DeviceError("unplugged")), raising(OSError("busy"))]
        return await items_of(device), device.closings

    items, closings = run_virtual(main)
    assert items[-1].at - items[0].at == approx(3 * REOPEN_INTERVAL_SECONDS)
    assert closings == 3
    assert len(losses(items)) == 1, "it is lost once"


def test_a_closed_stream_does_not_open_a_lost_device_again() -> None:
    async def main() -> int:
        device = Device()
        device.reading = [raising(OSError())]
        async with aclosing(InputStream(device, RATE).items()) as items:
            assert isinstance(await anext(items), InputLost)
            assert isinstance(await anext(items), InputBlock)
        await anyio.sleep(10.0)
        return device.openings

    assert run_virtual(main) == 0


def summary(items: list[InputStreamItem]) -> list[str]:
    """The items by name, of blocks the first of each row alone."""
    names = ["InputLost" if isinstance(item, InputLost) else type(item).__name__ for item in items]
    return [name for before, name in pairwise(["", *names]) if not name == before == "InputBlock"]


def test_a_device_that_fails_again_before_it_gives_audio_is_restored_when_it_does() -> None:
    async def main() -> list[InputStreamItem]:
        device = Device()
        device.reading = [block, *[raising(DeviceError("flaky"))] * 30, block]
        return await items_of(device)

    items = run_virtual(main)
    assert [item.reason for item in losses(items)] == ["flaky"] * 2, "it is reported once more, not thirty times"
    lost = ["InputLost", "InputBlock", "InputRestored"]
    assert summary(items) == ["InputBlock", *lost, *lost, "InputBlock"]


@pytest.mark.parametrize(
    ("reading", "reason"),
    [
        (raising(TypeError("odd")), "Device.read raised TypeError('odd')"),
        (lambda: np.zeros(480, np.float32), "the microphone gave float32 of shape (480,)"),
    ],
)
def test_a_device_that_is_wrong_is_given_up_until_it_is_exchanged(
    reading: Callable[[], object], reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    device, successor = Device(), Device()
    device.reading = [reading] * 100
    successor.reading = [block, block]

    async def main() -> list[InputStreamItem]:
        stream, items = InputStream(device, RATE), list[InputStreamItem]()

        async def read() -> None:
            async for item in stream.items():
                items.append(item)

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(read)
            await anyio.sleep(60.0)
            assert device.openings == MISTAKES_LIMIT - 1 and device.closings == MISTAKES_LIMIT
            assert isinstance(items[-1], InputBlock), "silence goes on, so that the server can end a turn"
            await stream.exchange(successor)
        return items

    items = run_virtual(main, limit=100.0)
    first, second, last = losses(items)
    assert first.reason.startswith(reason) and second.reason == first.reason
    assert last.at - first.at == approx((MISTAKES_LIMIT - 1) * (REOPEN_INTERVAL_SECONDS + 0.02))
    assert last.reason.removeprefix(first.reason) == (
        ". It has failed 10 times in a row, and is not opened again: "
        "session.use(microphone=…) exchanges it; realtime_sdk.testing.check_input_device checks a device of your own"
    )
    expected = ["InputLost", "InputBlock", "InputRestored", "InputLost", "InputBlock", "InputLost", "InputBlock"]
    assert summary(items) == [*expected, "InputRestored", "InputExchanged", "InputBlock"]
    assert len(caplog.records) <= 1, "a traceback is logged once"


class Quiet(Device):
    """A microphone that waits for a sound before it gives its first block."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self.reading = [block, block]
        self._seconds = seconds

    async def read(self) -> Pcm:
        if len(self.reading) == 2:
            await anyio.sleep(self._seconds)
        return await super().read()


@pytest.mark.parametrize(("seconds", "reports"), [(9.0, 0), (60.0, 1)])
def test_a_device_that_gives_no_audio_is_reported_once(
    seconds: float, reports: int, caplog: pytest.LogCaptureFixture
) -> None:
    items = run_virtual(lambda: items_of(Quiet(seconds)), limit=100.0)
    assert len(items) == 2
    assert [record.getMessage()[:65] for record in caplog.records] == [
        "the microphone Quiet has given no audio for 10 s since it was ope"
    ] * reports


class Ready(Device):
    """A microphone that never waits: all of its audio is there."""

    async def read(self) -> Pcm:
        return self.reading.pop(0)() if self.reading else SILENCE  # type: ignore[return-value]


def test_other_tasks_run_while_a_device_gives_block_after_block_without_waiting() -> None:
    async def main() -> None:
        device, left = Ready(), list[int]()
        device.reading = [block] * 100

        async def work() -> None:
            while device.reading:
                left.append(len(device.reading))
                await asyncio.sleep(0)

        working = asyncio.create_task(work())
        items = await items_of(device)
        await working
        assert len(items) == 100, "nothing is lost"
        assert len(left) >= 85, "the task has run after each block, but for the first: they may have come in a stall"

    run_virtual(main)


@pytest.mark.parametrize(("frames", "pieces"), [(1, 1), (2400, 1), (2401, 2), (24_000, 10)])
def test_a_long_block_is_cut_into_pieces_each_with_its_time(frames: int, pieces: int) -> None:
    pcm = SAID[:frames]
    cut = InputBlock(100.0, pcm).pieces(RATE)
    assert len(cut) == pieces
    assert np.array_equal(np.concatenate([piece.pcm for piece in cut]), pcm)
    assert [piece.at for piece in cut] == approx([100.0 + LONGEST_BLOCK_SECONDS * number for number in range(pieces)])
