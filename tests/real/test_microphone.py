"""The real microphone: it hears the monitor of a null sink, into which a tone is played."""

from __future__ import annotations

import asyncio

import anyio
import numpy as np
import pytest

from realtime_sdk.audio._pcm import Pcm, to_bytes
from realtime_sdk.devices import Microphone
from realtime_sdk.errors import DeviceError

from .attempts import in_attempts
from .sound_server import MICROPHONE, RATE, UP_LIMIT, player

pytestmark = [pytest.mark.real, pytest.mark.usefixtures("sound_server")]


def tone(hertz: float, seconds: float) -> Pcm:
    return (10_000 * np.sin(2 * np.pi * hertz * np.arange(round(seconds * RATE)) / RATE)).astype(np.int16)


@in_attempts
def test_it_hears_a_tone() -> None:
    async def main() -> Pcm:
        microphone = Microphone()
        await microphone.open(RATE)
        await anyio.run_process([*player(MICROPHONE), "--latency-msec=200"], input=to_bytes(tone(440, 1.0)))
        blocks = [await microphone.read() for _ in range(50)]
        await microphone.close()
        assert {len(block) for block in blocks} == {960}
        return np.concatenate(blocks)

    heard = asyncio.run(main())
    loud = np.flatnonzero(heard)
    sound = heard[loud[0] : loud[-1] + 1]
    assert len(sound) == pytest.approx(RATE, abs=4)
    assert np.array_equal(sound, tone(440, 1.0)[1 : len(sound) + 1])


def test_a_read_ends_when_the_microphone_is_closed() -> None:
    async def main() -> None:
        microphone = Microphone()
        await microphone.open(RATE)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(microphone.close)
            with anyio.fail_after(UP_LIMIT):
                while len(await microphone.read()):
                    pass

    asyncio.run(main())


def test_an_unknown_device_is_a_device_error() -> None:
    async def main() -> None:
        with pytest.raises(DeviceError, match="no sound input is 'nowhere'; there are:"):
            await Microphone("nowhere").open(RATE)

    asyncio.run(main())
