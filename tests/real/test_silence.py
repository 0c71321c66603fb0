"""From an interruption to silence, in frames of what was recorded."""

from __future__ import annotations

import asyncio

import anyio
import numpy as np
import pytest

from realtime_sdk.audio._pcm import Pcm, to_frames, to_seconds
from realtime_sdk.devices import Speaker
from realtime_sdk.devices._speaker import OUTPUT_BLOCK_SECONDS
from realtime_sdk.testing._sounds import noise

from .attempts import in_attempts
from .sound_server import RATE, heard

pytestmark = [pytest.mark.real, pytest.mark.usefixtures("sound_server")]

FADE = 0.015
"""Seconds that a fade may take."""


async def cut(speaker: Speaker, sound: Pcm) -> tuple[int, int, int]:
    """Play, and flush in the middle; gives the frames heard before and in all, and those that the device held most."""
    before = speaker.played()
    capacity = speaker.room()
    written = before + speaker.write(sound)
    latency = 0
    while speaker.played() < before + len(sound) // 3:
        taken = written - (capacity - speaker.room())
        latency = max(latency, taken - speaker.played())
        await anyio.sleep(0.003)
    at = speaker.played()
    end = speaker.flush()
    while speaker.played() < end:  # noqa: ASYNC110  # a device has no event to wait for
        await anyio.sleep(0.01)
    return at, end, latency


@in_attempts
def test_it_is_silent_within_a_block_and_a_fade_of_what_the_device_holds() -> None:
    async def main() -> tuple[list[tuple[int, int, int]], Pcm]:
        speaker = Speaker()
        async with heard(speaker) as ear:
            cuts = [await cut(speaker, noise(1.0, seed)) for seed in range(8)]
        return cuts, ear.recording

    cuts, recording = asyncio.run(main())
    loud = np.count_nonzero(recording)
    assert loud == pytest.approx(cuts[-1][1], abs=3 * len(cuts)), "the last frames of a fade round to silence"
    latency = max(latency for _, _, latency in cuts)
    took = sorted(end - at for at, end, _ in cuts)
    print(f"\nthe device holds {1e3 * to_seconds(latency, RATE):.0f} ms; silent after",
          *(f"{1e3 * to_seconds(frames, RATE):.0f}" for frames in took), "ms")  # fmt: skip
    # A machine that takes the processor away between the look and the flush makes a cut late: half of them are enough.
    assert took[len(took) // 2] <= latency + to_frames(OUTPUT_BLOCK_SECONDS + FADE, RATE)
