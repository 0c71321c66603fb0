"""The real speaker, heard: PortAudio plays to a null sink, whose monitor is recorded."""

from __future__ import annotations

import asyncio
import ctypes
import random
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import anyio
import anyio.to_thread
import numpy as np
import pytest

from realtime_sdk.audio._pcm import SILENCE, Pcm, Samples
from realtime_sdk.devices import Speaker, _playback as playback, list_devices
from realtime_sdk.errors import DeviceError

from .attempts import in_attempts
from .sound_server import PATIENT, RATE, UP_LIMIT, SoundServer, heard

pytestmark = [pytest.mark.real, pytest.mark.usefixtures("sound_server")]

FADE_FRAMES = 288
LOUD = 20_000
TICK = 0.01


def noise(seconds: float, seed: int = 1) -> Pcm:
    """Sound without a single silent frame."""
    generator = np.random.default_rng(seed)
    frames = round(seconds * RATE)
    return generator.integers(1, 9000, frames).astype(np.int16) * generator.choice([-1, 1], frames).astype(np.int16)


def unchanged(frames: int) -> Samples:
    """A fade that leaves every frame as it is, to be found again."""
    return np.ones(frames, np.float32)


@pytest.fixture
def no_fades(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(playback, "falling", unchanged)
    monkeypatch.setattr(playback, "rising", unchanged)


async def play(speaker: Speaker, sound: Pcm, *, behind: int = 0) -> None:
    """Feed the speaker as a session does, and wait until all was heard; behind: frames that were written before."""
    end = behind + len(sound)
    while len(sound) or speaker.played() < end:
        sound = sound[speaker.write(sound) :]
        await anyio.sleep(TICK)


async def until_played(speaker: Speaker, seconds: float) -> None:
    """Wait until so many seconds of all that was written are heard."""
    while speaker.played() < seconds * RATE:  # noqa: ASYNC110  # a device has no event to wait for
        await anyio.sleep(TICK)


async def counted(speaker: Speaker, sound: Pcm) -> list[tuple[float, int]]:
    """Play it; times of the loop while it is heard, and what the speaker counts then."""
    looks: list[tuple[float, int]] = []
    clock = asyncio.get_running_loop().time
    speaker.write(sound)
    while not looks or looks[-1][1] < len(sound):
        before, played, after = clock(), speaker.played(), clock()
        if after - before < 0.001:  # the thread was not preempted in between
            looks.append((after, played))
        await anyio.sleep(TICK)
    return [(at, played) for at, played in looks if 0 < played < len(sound)]


@contextmanager
def interpreter_held(seconds: float) -> Iterator[None]:
    """Let a thread hold the interpreter's lock in bursts of so many seconds."""
    stop = threading.Event()
    library = ctypes.PyDLL(None)  # whose functions keep the lock while they run

    def hold() -> None:
        while not stop.wait(0.005):
            library.usleep(round(seconds * 1e6))

    thread = threading.Thread(target=hold)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


@in_attempts
def test_two_segments_are_heard_back_to_back_sample_for_sample() -> None:
    first, second = noise(1.0, seed=1), noise(1.0, seed=2)

    async def main() -> Pcm:
        speaker = Speaker(latency=PATIENT)
        async with heard(speaker) as ear:
            speaker.write(first)
            await play(speaker, second, behind=len(first))
        return ear.sound

    assert np.array_equal(asyncio.run(main()), np.concatenate([first, second]))


@in_attempts
def test_the_count_agrees_with_the_recording() -> None:
    async def main() -> list[float]:
        speaker = Speaker(latency=PATIENT)
        async with heard(speaker) as ear:
            looks = await counted(speaker, noise(1.2))
        start = int(np.flatnonzero(ear.recording)[0])
        return [ear.time_of(start + played) - at for at, played in looks]

    apart = asyncio.run(main())
    print(f"\nthe recording is {1e3 * min(apart):.1f} to {1e3 * max(apart):.1f} ms behind the count")
    assert max(apart) - min(apart) < 0.005
    assert max(map(abs, apart)) < 0.02, "a null sink gives a frame to its monitor 10 ms before it is due"


@in_attempts
def test_a_flush_ends_the_sound_with_a_fade_where_the_count_says() -> None:
    async def main() -> tuple[list[int], list[float], Pcm]:
        ends: list[int] = []
        delays: list[float] = []
        clock = asyncio.get_running_loop().time
        speaker = Speaker()
        async with heard(speaker) as ear:
            for n in range(5):
                before = speaker.played()
                speaker.write(np.full(RATE, LOUD, np.int16))
                await until_played(speaker, before / RATE + 0.2 + 0.003 * n)
                at = clock()
                ends.append(speaker.flush())
                await play(speaker, SILENCE, behind=ends[-1])
                await ear.hear(0.1)
                delays.append(ear.time_of(int(np.flatnonzero(ear.recording)[-1])) - at)
                assert speaker.played() == ends[-1]
        return ends, delays, ear.recording

    def is_clean(sound: Pcm) -> bool:
        steady = len(sound) + 1 - FADE_FRAMES
        steps = np.abs(np.diff([*sound[steady - 1 :].astype(int), 0]))
        return bool((sound[:steady] == LOUD).all()) and int(steps.max()) < 0.01 * 32768  # 1 % is -40 dB: no click

    ends, delays, recording = asyncio.run(main())
    print("\nfrom the flush to silence:", *(f"{1e3 * delay:.0f}" for delay in delays), "ms")
    assert min(delays) < 0.1, "40 ms of latency, a block of 10, a margin of 10, a fade of 12"
    loud = recording[recording != 0]
    frames = np.diff([0, *ends]) - 1  # the last frame of a fade is silent
    assert len(loud) == frames.sum()
    # A machine that suspends the thread between two lines of a flush gives the device its frames unfaded.
    assert all(map(is_clean, np.split(loud, np.cumsum(frames)[:-1]))), "a click"


@in_attempts
def test_what_is_written_right_after_a_flush_is_heard_clean() -> None:
    async def main() -> tuple[int, Pcm]:
        speaker = Speaker(latency=PATIENT)
        async with heard(speaker) as ear:
            speaker.write(np.full(RATE, LOUD, np.int16))
            await until_played(speaker, 0.2)
            end = speaker.flush()
            await play(speaker, noise(0.5), behind=end)
        return end, ear.sound

    end, sound = asyncio.run(main())
    assert (sound[: end - FADE_FRAMES] == LOUD).all()
    assert np.array_equal(sound[-RATE // 2 :], noise(0.5))
    assert not sound[end - 1 : -RATE // 2].any()


@in_attempts
@pytest.mark.usefixtures("no_fades")
def test_a_pause_loses_and_repeats_nothing() -> None:
    first, second = noise(1.0, seed=1), noise(0.1, seed=2)

    async def main() -> tuple[int, Pcm]:
        speaker = Speaker(latency=PATIENT)
        async with heard(speaker) as ear:
            speaker.write(first)
            await until_played(speaker, 0.2)
            speaker.pause()
            await ear.hear(0.5)
            held = speaker.played()
            await ear.hear(0.1)
            assert speaker.played() == held
            speaker.resume()
            await play(speaker, second, behind=len(first))
        return held, ear.sound

    held, sound = asyncio.run(main())
    hole = np.flatnonzero(sound == 0)
    assert len(hole) and hole[0] == held, "the count stands where the sound does"
    assert len(hole) == hole[-1] - hole[0] + 1, "it is held once"
    assert np.array_equal(sound[sound != 0], np.concatenate([first, second]))


@in_attempts
@pytest.mark.parametrize("burst", [0.08, 0.15])
def test_no_gap_while_a_thread_holds_the_interpreter(burst: float) -> None:
    async def main() -> Pcm:
        speaker = Speaker()
        async with heard(speaker) as ear:
            with interpreter_held(burst):
                await play(speaker, noise(1.0))
        return ear.sound

    sound = asyncio.run(main())  # a callback in Python would leave a gap at every burst
    print(f"\n{np.count_nonzero(sound == 0)} silent frames under bursts of {1e3 * burst:.0f} ms")
    assert np.array_equal(sound, noise(1.0))


async def hammer(speaker: Speaker, seconds: float) -> list[int]:
    """Write, flush, pause and resume at random; return what was written and not dropped, once it is heard."""
    dice = random.Random(3)
    sound, kept = noise(20.0), SILENCE
    clock = asyncio.get_running_loop().time
    end = clock() + seconds
    while clock() < end:
        match dice.choice(["write", "write", "write", "flush", "pause", "resume", "look"]):
            case "write":
                taken = speaker.write(sound[: dice.randrange(2000)])
                kept, sound = np.concatenate([kept, sound[:taken]]), sound[taken:]
            case "flush":
                kept = kept[: speaker.flush()]
            case "pause":
                speaker.pause()
            case "resume":
                speaker.resume()
        assert speaker.played() <= len(kept)
        await anyio.sleep(dice.random() * 0.03)
    speaker.resume()
    await play(speaker, SILENCE, behind=len(kept))
    frames: list[int] = kept.tolist()
    return frames


@in_attempts
@pytest.mark.usefixtures("no_fades")
def test_a_thread_that_hammers_write_and_flush() -> None:
    async def main() -> tuple[list[int], Pcm]:
        speaker = Speaker()
        async with heard(speaker) as ear:
            with interpreter_held(0.015):
                kept = await anyio.to_thread.run_sync(asyncio.run, hammer(speaker, 4.0))
        return kept, ear.sound

    kept, sound = asyncio.run(main())
    assert len(kept) > RATE / 4
    assert sound[sound != 0].tolist() == kept


@in_attempts
def test_a_speaker_plays_without_rtmixer_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "rtmixer", None)

    async def main() -> Pcm:
        speaker = Speaker()
        async with heard(speaker) as ear:
            await play(speaker, noise(0.5))
        return ear.sound

    sound = asyncio.run(main())
    assert sound[sound != 0].tolist() == noise(0.5).tolist()


@in_attempts
def test_closing_is_silence_at_once_and_opening_again_counts_from_zero() -> None:
    async def main() -> Pcm:
        speaker = Speaker(latency=PATIENT)
        async with heard(speaker) as ear:
            speaker.write(noise(1.0))
            await until_played(speaker, 0.2)
            await speaker.close()
            await speaker.open(RATE)
            assert speaker.played() == 0
            await play(speaker, noise(0.2, seed=2))
        return ear.sound

    sound = asyncio.run(main())
    first = sound[: np.flatnonzero(sound == 0)[0]]
    assert 0 < len(first) < RATE
    assert np.array_equal(first, noise(1.0)[: len(first)])
    assert np.array_equal(sound[sound != 0][len(first) :], noise(0.2, seed=2))


def test_the_devices_are_listed_and_chosen() -> None:
    assert {"pulse", "default"} <= {info.name for info in list_devices()}

    async def main() -> None:
        index = next(info.index for info in list_devices() if info.name == "pulse")
        for choice in ("pulse", index, lambda listed: listed[0]):
            speaker = Speaker(choice)
            await speaker.open(RATE)
            await speaker.close()
        with pytest.raises(DeviceError, match=r"no sound output is 'nowhere'; there are: .*'pulse'"):
            await Speaker("nowhere").open(RATE)

    asyncio.run(main())


def test_a_server_that_dies_is_a_device_error_and_closing_does_not_hang(capfd: pytest.CaptureFixture[str]) -> None:
    async def main(server: SoundServer) -> None:
        speaker = Speaker()
        await speaker.open(RATE)
        printed = capfd.readouterr().err.splitlines()
        # On a machine too busy for its sound server the sound breaks at once, and ALSA says so: not of the opening.
        assert [line for line in printed if "underrun" not in line] == [], "PortAudio's back ends keep off the terminal"
        server.kill()
        with anyio.fail_after(UP_LIMIT), pytest.raises(DeviceError, match="stopped"):
            await play(speaker, noise(30.0))
        with anyio.fail_after(UP_LIMIT):
            await speaker.close()

    with SoundServer() as server:
        asyncio.run(main(server))
