"""A device chosen by the name that the desktop shows."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator

import anyio
import numpy as np
import pytest

from realtime_sdk.audio._pcm import Pcm
from realtime_sdk.devices import Microphone, Speaker, list_devices

from .attempts import in_attempts
from .sound_server import PATIENT, RATE, UP_LIMIT, SoundServer, heard
from .test_speaker import noise, play

pytestmark = pytest.mark.real

NAME = "Écouteurs Stéréo 耳机"


@pytest.fixture
def headset(sound_server: SoundServer) -> Iterator[str]:
    """Another null sink, with a description of its own."""
    module = sound_server.pactl(
        "load-module", "module-null-sink", "sink_name=bluez_1", f"rate={RATE}", "channels=1", "format=s16le",
        "norewinds=1", f"sink_properties='device.description=\"{NAME}\"'",
    )  # fmt: skip
    try:
        yield "bluez_1"
    finally:
        sound_server.unload(module)


def test_the_desktops_names_are_listed(headset: str) -> None:
    assert {NAME, f"Monitor of {NAME}"} <= {info.name for info in list_devices()}


@in_attempts
def test_a_speaker_and_a_microphone_are_chosen_by_the_desktops_name(headset: str) -> None:
    sound = noise(0.6)

    async def main() -> Pcm:
        before = dict(os.environ)
        speaker, microphone = Speaker(NAME, latency=PATIENT), Microphone(f"Monitor of {NAME}")
        await microphone.open(RATE)
        async with heard(speaker, sink=headset) as ear:
            assert dict(os.environ) == before
            await play(speaker, sound)
            with anyio.fail_after(UP_LIMIT):
                while np.abs(await microphone.read()).max() <= 5000:
                    pass
        await microphone.close()
        return ear.sound

    assert len(asyncio.run(main())) > len(sound) // 2
