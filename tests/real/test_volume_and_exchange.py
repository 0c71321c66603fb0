"""The volume, and another speaker in mid-reply, heard: null sinks whose monitors are recorded."""

from __future__ import annotations

import asyncio

import anyio
import numpy as np
import pytest

from realtime_sdk import Session, Speaker, connect
from realtime_sdk.audio._gain import RAMP_SECONDS
from realtime_sdk.audio._pcm import Pcm, to_frames
from realtime_sdk.devices import _playback as playback
from realtime_sdk.testing import FakeServer, message

from .sound_server import PATIENT, RATE, Ear, SoundServer

pytestmark = pytest.mark.real

RAMP = to_frames(RAMP_SECONDS)
SECONDS = 1.5


def longest_silence(sound: Pcm) -> int:
    """Frames of the longest stretch without audio."""
    loud = np.flatnonzero(sound)
    return int(np.diff(loud).max()) - 1


@pytest.mark.parametrize("rate", [RATE, 48_000])
def test_the_volume_changes_without_a_gap_and_frame_for_frame(sound_server: SoundServer, rate: int) -> None:
    async def main() -> tuple[Pcm, Pcm]:
        server = FakeServer()
        server.reply(message("One two three four five six.", seconds=SECONDS))
        ear = Ear(asyncio.get_running_loop().time, "volume", rate)
        try:
            await ear.hear(0.05)
            async with (
                server, server.listen() as url,
                connect(endpoint=url, microphone=None, speaker=Speaker(latency=PATIENT)) as session,
            ):  # fmt: skip
                response = await session.respond()
                await anyio.sleep(0.7)
                session.volume = 0.25
                await response.played()
                await ear.hear(0.3)
            (sound,) = server.sounds.values()
            return ear.sound, sound
        finally:
            ear.stop()

    with sound_server.sink("volume", rate, 1):
        # A machine too busy for its sound server leaves a gap now and then.
        attempts = (asyncio.run(main()) for _ in range(4))
        heard, sound = next(pair for pair in attempts if abs(len(pair[0]) * RATE / rate - len(pair[1])) < 20)
    assert longest_silence(heard) < 20
    loudness = [float(np.sqrt(np.mean(part.astype(float) ** 2))) for part in (heard[: rate // 3], heard[-rate // 3 :])]
    assert loudness[1] / loudness[0] == pytest.approx(0.25, abs=0.02)
    if rate == RATE:
        changed = int(np.flatnonzero(heard != sound[: len(heard)])[0])
        rest = slice(changed + RAMP, min(len(heard), len(sound)))
        assert np.abs(heard[rest] - 0.25 * sound[rest]).max() <= 1
        assert 0.5 < changed / RATE < 1.2


def test_a_speaker_exchanged_in_mid_reply_loses_and_repeats_no_frame(
    sound_server: SoundServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A fade that leaves every frame as it is, to be found again.
    monkeypatch.setattr(playback, "falling", lambda frames: np.ones(frames, np.float32))

    async def main() -> tuple[Pcm, Pcm, Pcm]:
        server = FakeServer()
        server.reply(message("One two three four five six.", seconds=SECONDS))
        time = asyncio.get_running_loop().time
        ears = [Ear(time), Ear(time, "headset")]
        try:
            for ear in ears:
                await ear.hear(0.05)
            async with (
                server, server.listen() as url,
                connect(endpoint=url, microphone=None, speaker=Speaker(latency=PATIENT)) as session,
            ):  # fmt: skip
                response = await session.respond()
                await anyio.sleep(0.7)
                await exchanged(session)
                (playout,) = await response.played()
                assert playout.position == SECONDS
                await ears[1].hear(0.3)
            (sound,) = server.sounds.values()
            return ears[0].sound, ears[1].sound, sound
        finally:
            for ear in ears:
                ear.stop()

    async def exchanged(session: Session) -> None:
        with sound_server.played_to("headset"):
            await session.use(speaker=Speaker(latency=PATIENT))

    module = sound_server.load("headset", RATE, 1)
    try:
        attempts = (asyncio.run(main()) for _ in range(4))
        assert any(np.array_equal(np.concatenate([first, second]), sound) for first, second, sound in attempts)
    finally:
        sound_server.unload(module)
