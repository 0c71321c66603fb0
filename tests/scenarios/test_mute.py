"""A muted microphone: the audio that the server receives meanwhile."""

from __future__ import annotations

from collections.abc import Callable

import anyio
import numpy as np
import pytest

from realtime_sdk import InputLevel, Session, Turns, connect
from realtime_sdk.audio._pcm import Pcm, to_frames
from realtime_sdk.capture._levels import SILENT_DBFS
from realtime_sdk.capture.echo._gate import HalfDuplexGate
from realtime_sdk.capture.echo._reference import REFERENCE_LEAD_SECONDS
from realtime_sdk.testing import FakeServer, VirtualMicrophone, VirtualSpeaker, noise, run_virtual

SAID = noise(4.0, seed=6)
MUTED = slice(to_frames(1.0), to_frames(2.02))
"""The blocks of 20 ms in which the microphone is muted, from 1.005 s to 2.005 s, for a moment at least."""


def talk(mute: Callable[[Session], None]) -> tuple[Pcm, list[InputLevel]]:
    """What the server hears of a user who is muted for a second, and the levels that are emitted."""

    async def main() -> tuple[Pcm, list[InputLevel]]:
        server, microphone = FakeServer(), VirtualMicrophone()
        microphone.say(SAID, at=0.0)
        async with server, connect(endpoint=server, speaker=None, microphone=microphone) as session:
            levels = session.events(InputLevel)
            await anyio.sleep(1.005)
            mute(session)
            await anyio.sleep(1.0)
            session.unmute()
            await anyio.sleep(1.0)
        assert server.refused == []
        return server.heard, [event async for event in levels]

    return run_virtual(main)


def test_a_soft_mute_sends_silence_of_the_same_length() -> None:
    heard, levels = talk(lambda session: session.mute())
    expected = SAID[: len(heard)].copy()
    expected[MUTED] = 0
    assert np.array_equal(heard, expected)
    assert len([level for level in levels if level.dbfs == SILENT_DBFS]) > 10


def test_hard_mute_sends_no_audio_and_emits_one_level_of_silence() -> None:
    heard, levels = talk(lambda session: session.mute(hard=True))
    expected = np.delete(SAID, MUTED)
    assert np.array_equal(heard, expected[: len(heard)])
    assert len(heard) > to_frames(1.9)
    assert len([level for level in levels if level.dbfs == SILENT_DBFS]) == 1


@pytest.mark.parametrize("hard", [False, True])
def test_what_was_captured_muted_and_is_still_being_cleaned_stays_muted(hard: bool) -> None:
    async def main() -> Pcm:
        server, microphone = FakeServer(), VirtualMicrophone()
        microphone.say(SAID, at=0.0)
        async with (
            server,
            connect(
                endpoint=server, speaker=VirtualSpeaker(), microphone=microphone, echo_canceller=HalfDuplexGate(24_000)
            ) as session,
        ):
            await anyio.sleep(1.005)
            session.mute(hard=hard)
            await anyio.sleep(1.0)
            session.unmute()
            await anyio.sleep(1.0)
        return server.heard

    heard = run_virtual(main)
    first, end = to_frames(0.99), to_frames(2.01)  # the cleaned blocks of 20 ms; the one before was not through yet
    expected = SAID.copy()
    expected[first:end] = 0
    expected = np.delete(expected, slice(first, end)) if hard else expected
    lead = to_frames(REFERENCE_LEAD_SECONDS)  # of silence, before the first captured frame
    assert np.array_equal(heard[lead:], expected[: len(heard) - lead])


def test_muted_in_the_middle_of_a_press_a_turn_holds_silence_there() -> None:
    async def main() -> Pcm:
        server, microphone = FakeServer(), VirtualMicrophone()
        microphone.say(SAID, at=0.0)
        async with (
            server,
            connect(endpoint=server, speaker=None, microphone=microphone, turns=Turns.push_to_talk()) as session,
        ):
            await anyio.sleep(0.5)
            session.press()
            await anyio.sleep(0.505)
            session.mute()
            await anyio.sleep(1.0)
            session.unmute()
            await anyio.sleep(0.5)
            session.release()
            await anyio.sleep(0.1)
        return server.heard

    expected = SAID.copy()
    expected[MUTED] = 0
    assert np.array_equal(run_virtual(main), expected[to_frames(0.2) : to_frames(2.505)])
