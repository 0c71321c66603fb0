"""The volume, and another speaker in mid-reply, heard: null sinks whose monitors are recorded."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest

from realtime_sdk import Session, Speaker
from realtime_sdk.audio._gain import RAMP_SECONDS
from realtime_sdk.audio._pcm import Pcm, to_frames
from realtime_sdk.devices import _playback as playback
from realtime_sdk.testing import FakeServer, message, noise

from .attempts import in_attempts
from .sound_server import PATIENT, RATE, SoundServer, listening
from .talks import next_message, talking, until_heard

pytestmark = pytest.mark.real

RAMP = to_frames(RAMP_SECONDS)
SECONDS = 1.5

HELD = 2 * PATIENT
"""Seconds of sound that have left the session and are not yet heard: the driver and the sound server have them."""


def longest_silence(sound: Pcm) -> int:
    """Frames of the longest stretch without audio."""
    loud = np.flatnonzero(sound)
    return int(np.diff(loud).max()) - 1


@in_attempts
@pytest.mark.parametrize("rate", [RATE, 48_000])
def test_the_volume_changes_without_a_gap_and_frame_for_frame(sound_server: SoundServer, rate: int) -> None:
    async def main() -> tuple[Pcm, Pcm, float]:
        server = FakeServer()
        server.reply(message("One two three four five six.", pcm=noise(SECONDS, seed=1)))
        async with listening("volume", rate) as ear, talking(server) as session:
            item = await next_message(aiter(await session.respond()))
            await until_heard(item, 0.5)
            before = item.playout.position
            session.volume = 0.25
            await item.played()
            await ear.hear(0.3)
            return ear.sound, server.sounds[item.id], before

    with sound_server.sink("volume", rate, 1):
        heard, sound, before = asyncio.run(main())
    assert abs(len(heard) * RATE / rate - len(sound)) < 20
    assert longest_silence(heard) < 20
    loudness = [float(np.sqrt(np.mean(part.astype(float) ** 2))) for part in (heard[: rate // 3], heard[-rate // 3 :])]
    assert loudness[1] / loudness[0] == pytest.approx(0.25, abs=0.02)
    if rate == RATE:
        changed = int(np.flatnonzero(heard != sound[: len(heard)])[0])
        rest = slice(changed + RAMP, min(len(heard), len(sound)))
        assert np.abs(heard[rest] - 0.25 * sound[rest]).max() <= 1
        assert before < changed / RATE < before + HELD


@in_attempts
def test_a_speaker_exchanged_in_mid_reply_loses_and_repeats_no_frame(
    sound_server: SoundServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A fade that leaves every frame as it is, to be found again.
    monkeypatch.setattr(playback, "falling", lambda frames: np.ones(frames, np.float32))

    async def main() -> tuple[Pcm, Pcm, Pcm]:
        server = FakeServer()
        server.reply(message("One two three four five six.", pcm=noise(SECONDS, seed=1)))
        async with listening() as first, listening("headset") as second, talking(server) as session:
            item = await next_message(aiter(await session.respond()))
            await until_heard(item, 0.5)
            await exchanged(session)
            assert (await item.played()).position == SECONDS
            await second.hear(0.3)
            return first.sound, second.sound, server.sounds[item.id]

    async def exchanged(session: Session) -> None:
        with sound_server.played_to("headset"):
            await session.use(speaker=Speaker(latency=PATIENT))

    module = sound_server.load("headset", RATE, 1)
    try:
        first, second, sound = asyncio.run(main())
        assert np.array_equal(np.concatenate([first, second]), sound)
    finally:
        sound_server.unload(module)
