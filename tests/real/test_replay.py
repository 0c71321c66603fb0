"""A recording is replayed in real time, and heard from the real speaker."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest

from realtime_sdk import PlayoutFinished, Speaker
from realtime_sdk.audio._pcm import to_frames
from realtime_sdk.testing import replay

from ..fixtures.make_recordings import hum
from ..shared import FIXTURES
from .attempts import in_attempts
from .sound_server import PATIENT, listening

pytestmark = [pytest.mark.real, pytest.mark.usefixtures("sound_server")]


@in_attempts
def test_both_messages_of_a_recording_are_heard() -> None:
    async def main() -> tuple[list[str], int]:
        heard: list[str] = []
        recording = replay(FIXTURES / "two_items.jsonl", speaker=Speaker(latency=PATIENT), aligner=None)
        async with listening() as ear, recording as session:
            async for event in session.events(PlayoutFinished):
                heard.append(event.playout.transcript)
                if len(heard) == 2:
                    break
        return heard, int(np.count_nonzero(ear.sound))

    heard, frames = asyncio.run(main())
    assert heard == ["Let me see.", "It is noon."]
    sounding = np.count_nonzero(hum(0.3)) + np.count_nonzero(hum(0.4))
    assert abs(frames - sounding) < to_frames(0.05)
