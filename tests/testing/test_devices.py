"""The virtual speaker and microphone: what was heard, and when, to the sample."""

from __future__ import annotations

import tracemalloc

import anyio
import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from realtime_sdk._runtime import clock
from realtime_sdk.audio._pcm import Pcm
from realtime_sdk.devices._protocols import InputDevice, OutputDevice
from realtime_sdk.errors import DeviceError
from realtime_sdk.testing import VirtualMicrophone, VirtualSpeaker, run_virtual

RATE = 24_000


def ramp(frames: int, first: int = 1) -> Pcm:
    return np.arange(first, first + frames, dtype=np.int16)


def test_they_are_devices() -> None:
    assert isinstance(VirtualSpeaker(), OutputDevice)
    assert isinstance(VirtualMicrophone(), InputDevice)


def test_frames_are_heard_one_after_the_other_at_the_rate() -> None:
    async def main() -> None:
        speaker = VirtualSpeaker()
        await speaker.open(RATE)
        assert speaker.write(ramp(2400)) == 2400
        assert speaker.played() == 0
        await anyio.sleep(0.05)
        assert speaker.played() == 1200
        await anyio.sleep(0.1)
        assert speaker.played() == 2400
        assert speaker.heard.tolist() == ramp(2400).tolist()

    run_virtual(main)


def test_latency_delays_the_ear_not_the_count_of_frames() -> None:
    async def main() -> None:
        speaker = VirtualSpeaker(latency=0.25)
        await speaker.open(RATE)
        speaker.write(ramp(2400))
        await anyio.sleep(0.25)
        assert speaker.played() == 0
        await anyio.sleep(0.1)
        assert speaker.played() == 2400
        assert [sound.at for sound in speaker.timeline] == [clock.wall() - 0.1]

    run_virtual(main)


def test_an_underrun_is_silence_that_is_not_counted() -> None:
    async def main() -> None:
        speaker = VirtualSpeaker()
        await speaker.open(RATE)
        start = clock.wall()
        speaker.write(ramp(240))
        await anyio.sleep(0.05)
        speaker.write(ramp(240, first=1000))
        await anyio.sleep(0.05)
        assert speaker.played() == 480
        assert [(round(sound.at - start, 6), len(sound.pcm)) for sound in speaker.timeline] == [(0, 240), (0.05, 240)]
        recording = speaker.recording
        assert recording[:240].tolist() == ramp(240).tolist()
        assert not recording[240:1200].any()
        assert recording[1200:].tolist() == ramp(240, first=1000).tolist()

    run_virtual(main)


def test_writes_in_time_are_one_stretch() -> None:
    async def main() -> None:
        speaker = VirtualSpeaker()
        await speaker.open(RATE)
        for n in range(10):
            speaker.write(ramp(480, first=1 + 480 * n))
            await anyio.sleep(0.02)
        await speaker.close()
        assert len(speaker.timeline) == 1
        assert speaker.heard.tolist() == ramp(4800).tolist()

    run_virtual(main)


def test_it_takes_no_more_than_its_capacity() -> None:
    async def main() -> None:
        speaker = VirtualSpeaker(capacity=0.1)
        await speaker.open(RATE)
        assert speaker.room() == 2400
        assert speaker.write(ramp(3000)) == 2400
        assert speaker.room() == 0
        await anyio.sleep(0.01)
        assert speaker.room() == 240

    run_virtual(main)


def test_flush_drops_frames_that_were_not_heard() -> None:
    async def main() -> None:
        speaker = VirtualSpeaker()
        await speaker.open(RATE)
        speaker.write(ramp(2400))
        await anyio.sleep(0.03)
        assert speaker.flush() == 720
        await anyio.sleep(1.0)
        assert speaker.played() == 720
        speaker.write(ramp(240, first=5000))
        await anyio.sleep(1.0)
        assert speaker.played() == 960
        assert speaker.heard.tolist() == [*ramp(720), *ramp(240, first=5000)]

    run_virtual(main)


def test_a_pause_keeps_the_frames_and_a_resume_continues_with_the_next() -> None:
    async def main() -> None:
        speaker = VirtualSpeaker()
        await speaker.open(RATE)
        start = clock.wall()
        speaker.write(ramp(2400))
        await anyio.sleep(0.03)
        speaker.pause()
        await anyio.sleep(5.0)
        assert speaker.played() == 720
        speaker.resume()
        await anyio.sleep(5.0)
        assert speaker.heard.tolist() == ramp(2400).tolist()
        assert [round(sound.at - start, 6) for sound in speaker.timeline] == [0.0, 5.03]

    run_virtual(main)


def test_a_fast_crystal_plays_faster() -> None:
    async def main() -> None:
        speaker = VirtualSpeaker(drift=0.01)
        await speaker.open(RATE)
        speaker.write(ramp(24_000))
        await anyio.sleep(0.5)
        assert speaker.played() == 12_120

    run_virtual(main)


def test_an_unplugged_speaker_fails_until_it_is_plugged_in_and_opened_again() -> None:
    async def main() -> None:
        speaker = VirtualSpeaker()
        await speaker.open(RATE)
        speaker.write(ramp(480))
        await anyio.sleep(0.01)
        speaker.unplug()
        with pytest.raises(DeviceError, match="unplugged"):
            speaker.played()
        await anyio.sleep(1.0)
        with pytest.raises(DeviceError, match="unplugged"):
            await speaker.open(RATE)
        speaker.plug_in()
        with pytest.raises(DeviceError, match="not open"):
            speaker.played()
        await speaker.open(RATE)
        assert speaker.played() == 0
        speaker.write(ramp(240, first=7000))
        await anyio.sleep(1.0)
        await speaker.close()
        assert speaker.heard.tolist() == [*ramp(240), *ramp(240, first=7000)]

    run_virtual(main)


@settings(deadline=None)
@given(
    latency=st.sampled_from([0.0, 0.04, 0.25]),
    steps=st.lists(st.tuples(st.sampled_from(["write", "flush", "pause", "resume"]), st.integers(0, 40)), max_size=30),
)
def test_the_count_is_the_truth_after_any_use(latency: float, steps: list[tuple[str, int]]) -> None:
    async def main() -> None:
        speaker = VirtualSpeaker(latency=latency, capacity=0.1)
        await speaker.open(RATE)
        written = played = 0
        for step, ms in steps:
            if step == "write":
                written += speaker.write(ramp(24 * ms, first=written + 1))
            else:
                getattr(speaker, step)()
            await anyio.sleep(ms / 1000)
            assert played <= speaker.played() <= written
            played = speaker.played()
            assert len(speaker.heard) == played
        speaker.resume()
        await anyio.sleep(10.0)
        assert (np.diff(speaker.heard.astype(int)) > 0).all()
        assert np.count_nonzero(speaker.recording) == speaker.played()

    run_virtual(main)


def test_the_microphone_gives_silence_in_blocks_of_20_ms() -> None:
    async def main() -> None:
        microphone = VirtualMicrophone()
        await microphone.open(RATE)
        block = await microphone.read()
        assert block.tolist() == [0] * 480
        assert clock.now() == 0.02
        await microphone.read()
        assert clock.now() == 0.04

    run_virtual(main)


def test_audio_is_captured_at_its_time_to_the_sample() -> None:
    async def main() -> Pcm:
        microphone = VirtualMicrophone()
        microphone.say(ramp(1000), at=0.05)
        microphone.say(ramp(500, first=3000))
        await microphone.open(RATE)
        return np.concatenate([await microphone.read() for _ in range(10)])

    heard = run_virtual(main)
    assert not heard[:1200].any()
    assert heard[1200:2200].tolist() == ramp(1000).tolist()
    assert heard[2200:2700].tolist() == ramp(500, first=3000).tolist()
    assert not heard[2700:].any()


def test_say_without_a_time_is_now() -> None:
    async def main() -> Pcm:
        microphone = VirtualMicrophone()
        await microphone.open(RATE)
        await microphone.read()
        microphone.say(ramp(480))
        return await microphone.read()

    assert run_virtual(main).tolist() == ramp(480).tolist()


def test_a_late_reader_gets_every_block() -> None:
    async def main() -> None:
        microphone = VirtualMicrophone()
        microphone.say(ramp(4800), at=0.0)
        await microphone.open(RATE)
        await anyio.sleep(0.2)
        blocks = [await microphone.read() for _ in range(10)]
        assert clock.now() == 0.2
        assert np.concatenate(blocks).tolist() == ramp(4800).tolist()

    run_virtual(main)


def test_hanging_up_ends_the_audio() -> None:
    async def main() -> None:
        microphone = VirtualMicrophone()
        await microphone.open(RATE)
        await anyio.sleep(0.05)
        microphone.hang_up()
        assert [len(await microphone.read()) for _ in range(4)] == [480, 480, 0, 0]

    run_virtual(main)


def test_an_unplugged_microphone_fails_until_it_is_plugged_in_and_opened_again_and_misses_what_was_said() -> None:
    async def main() -> None:
        microphone = VirtualMicrophone()
        microphone.say(ramp(24_000), at=0.0)
        await microphone.open(RATE)
        assert (await microphone.read()).tolist() == ramp(480).tolist()
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(anyio.sleep, 0.01)
            microphone.unplug()
            with pytest.raises(DeviceError, match="unplugged"):
                await microphone.read()
        await microphone.close()
        with pytest.raises(DeviceError, match="unplugged"):
            await microphone.open(RATE)
        await anyio.sleep(0.1)
        microphone.plug_in()
        await microphone.open(RATE)
        missed = round(clock.now() * RATE)
        assert (await microphone.read()).tolist() == ramp(480, first=1 + missed).tolist()

    run_virtual(main)


def test_what_was_heard_is_kept_once() -> None:
    async def main() -> None:
        speaker = VirtualSpeaker()
        await speaker.open(RATE)
        tracemalloc.start()
        try:
            for _ in range(100 * 60):  # a minute, in the pieces in which a session writes and counts
                speaker.write(ramp(RATE // 100))
                await anyio.sleep(0.01)
                speaker.played()
            kept, _ = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert len(speaker.heard) == 60 * RATE
        assert kept < 1.5 * speaker.heard.nbytes

    run_virtual(main)
