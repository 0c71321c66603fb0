"""The channels of a microphone: one chosen, and two that cancel each other."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import numpy as np
import pytest

from realtime_sdk.audio._pcm import Pcm
from realtime_sdk.devices import Microphone
from realtime_sdk.doctor import _examination as examination

from .attempts import in_attempts
from .sound_server import RATE, SoundServer, playing

pytestmark = pytest.mark.real


@pytest.fixture
def antiphase(sound_server: SoundServer) -> Iterator[None]:
    """A stereo sink, whose monitor is heard: a tone on its left channel, the same tone inverted on the right."""
    tone = (8000 * np.sin(2 * np.pi * 300 * np.arange(30 * RATE) / RATE)).astype(np.int16)
    with sound_server.sink("stereo", RATE, 2), playing("stereo", np.stack([tone, -tone], axis=1)):
        yield


async def captured(microphone: Microphone) -> Pcm:
    await microphone.open(RATE)
    try:
        return np.concatenate([await microphone.read() for _ in range(40)])[RATE // 2 :]
    finally:
        await microphone.close()


@in_attempts
@pytest.mark.usefixtures("antiphase")
def test_one_channel_is_heard_where_the_mean_of_both_is_silence() -> None:
    mean, left, right = (asyncio.run(captured(Microphone(channel=channel))) for channel in (None, 0, 1))
    assert np.abs(mean).max() <= 1
    assert 7900 < np.abs(left).max() < 8100 and 7900 < np.abs(right).max() < 8100


@in_attempts
@pytest.mark.usefixtures("antiphase")
def test_the_doctor_finds_channels_that_cancel(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(examination, "LISTEN_SECONDS", 1.0)
    found = {finding.check: finding for finding in asyncio.run(examination.examine(environ={}, play=False))}
    assert "no signal" in found["microphone.level"].found
    assert "cancel each other" in found["microphone.channels"].found
