"""Whatever network, machine and user do: a word is shown when its first frame is heard, and if it is heard."""

from __future__ import annotations

import anyio
import pytest
from hypothesis import given, settings, strategies as st

from realtime_sdk import LiveSession, connect_live
from realtime_sdk._runtime import clock
from realtime_sdk.session.audio._sink import PLAYBACK_PERIOD
from realtime_sdk.session.captions._pacer import REPORT_PERIOD
from realtime_sdk.testing import FakeLiveServer, VirtualSpeaker, noise, run_virtual, stall

from ..effort import tries

WORDS = "one two three four five six seven eight nine ten"
ALIKE = 16  # frames that no two places of the noise share

Step = tuple[str, float]


def first_frames(speaker: VirtualSpeaker) -> dict[str, float]:
    """The wall-clock time at which the first frame of each word was heard."""
    heard: dict[str, float] = {}
    for seed, word in enumerate(WORDS.split(), start=1):
        beginning = noise(0.2, seed)[:ALIKE].tobytes()
        for sound in speaker.timeline:
            place = sound.pcm.tobytes().find(beginning)
            if place >= 0 and place % 2 == 0:
                heard[word] = sound.at + place / 2 / speaker.rate
    return heard


async def disturb(live: LiveSession, steps: list[Step]) -> None:
    for step, seconds in steps:
        await anyio.sleep(0.2)
        match step:
            case "pause":
                live.pause()
                await anyio.sleep(seconds)
                live.resume()
            case "stall":
                stall(seconds)
            case "interrupt":
                live.interrupt()
    await anyio.sleep(4.0)


@pytest.mark.slow
@settings(max_examples=tries(30), deadline=None)
@given(
    steps=st.lists(
        st.tuples(st.sampled_from(["pause", "stall", "interrupt", "nothing"]), st.sampled_from([0.0, 0.1, 0.5, 2.0])),
        max_size=6,
    ),
    text_after=st.sampled_from([-0.6, -0.2, 0.0, 0.2, 0.6]),
    jitter=st.sampled_from([0.0, 0.05, 0.2]),
    timed=st.booleans(),
)
def test_a_word_is_shown_when_it_is_heard(steps: list[Step], text_after: float, jitter: float, timed: bool) -> None:
    server, speaker = FakeLiveServer(latency=jitter, jitter=jitter, timed=timed), VirtualSpeaker(capacity=0.3)
    server.say(WORDS, at=0.4, text_after=text_after)
    shown: dict[str, float] = {}

    async def main() -> None:
        opening = connect_live(endpoint=server, speaker=speaker, microphone=None)
        async with server, opening as live, anyio.create_task_group() as tasks:
            tasks.start_soon(watch, live)
            await disturb(live, steps)
            tasks.cancel_scope.cancel()

    async def watch(live: LiveSession) -> None:
        async for caption in live.captions("assistant"):
            shown[caption.text.strip()] = clock.wall()

    run_virtual(main)
    heard = first_frames(speaker)
    assert shown.keys() == heard.keys()
    assert list(shown) == list(heard)
    if text_after <= 0.0 and not any(step == "stall" for step, _ in steps):
        for word, at in shown.items():
            assert 0.0 <= at - heard[word] <= PLAYBACK_PERIOD + REPORT_PERIOD + 0.001, word
    if not any(step == "interrupt" for step, _ in steps):
        assert list(shown) == WORDS.split()
