"""A session whose microphone is silent, or clips, says so."""

from __future__ import annotations

import logging
from typing import Any

import anyio
import numpy as np
import pytest
from pytest import approx

from realtime_sdk import DeviceLost, InputFault, InputFaultEnded, Turns, connect
from realtime_sdk._runtime import clock
from realtime_sdk.audio._pcm import Pcm, to_frames
from realtime_sdk.testing import FakeServer, VirtualMicrophone, VirtualSpeaker, noise, run_virtual

from ..capture.sounds import Loudness


def hold(*steps: Any, microphone: VirtualMicrophone | None = None) -> list[tuple[float, Any]]:
    """Hold a session of a minute, with a step after each ten seconds; return the faults, and when they came."""
    microphone, seen = microphone or VirtualMicrophone(), list[tuple[float, Any]]()

    async def main() -> None:
        async with FakeServer() as server, connect(
            endpoint=server, speaker=VirtualSpeaker(), microphone=microphone
        ) as session:
            began = clock.wall()
            for step in [*steps, *[lambda session: None] * (6 - len(steps))]:
                step(session)
                await anyio.sleep(10.0)
        async for event in session.events():
            if isinstance(event, InputFault | InputFaultEnded | DeviceLost):
                seen.append((event.at - began, event))

    run_virtual(main)
    return seen


def test_a_minute_of_zeros_is_one_event_and_one_warning_that_says_what_to_do(caplog: pytest.LogCaptureFixture) -> None:
    ((at, fault),) = hold()
    assert isinstance(fault, InputFault) and fault.fault == "silent"
    assert at == approx(3.0, abs=0.05)
    warnings = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    assert len(warnings) == 1 and fault.reason in warnings[0] and "permission" in warnings[0]


def test_the_users_first_word_ends_it() -> None:
    microphone = VirtualMicrophone()
    microphone.say(noise(1.0, seed=1), at=8.0)
    (_, fault), (at, ended) = hold(microphone=microphone)[:2]
    assert fault.fault == ended.fault == "silent"
    assert isinstance(ended, InputFaultEnded) and at == approx(8.0, abs=0.05)


def test_a_session_that_is_muted_still_hears_its_microphone() -> None:
    microphone = VirtualMicrophone()
    microphone.say(noise(60.0, seed=1), at=0.0)
    assert hold(lambda session: session.mute(), microphone=microphone) == []


def test_a_voice_that_clips_is_reported() -> None:
    tone = 3 * np.sin(2 * np.pi * 200 * np.arange(to_frames(60.0)) / 24_000)
    microphone = VirtualMicrophone()
    microphone.say((np.clip(tone, -1, 1) * 32767).astype(np.int16), at=0.0)
    ((at, fault),) = hold(microphone=microphone)
    assert fault.fault == "clipping" and at == approx(3.0, abs=0.1)


def test_a_silent_microphone_that_is_exchanged_ends_its_fault_and_the_next_one_is_watched_anew() -> None:
    faults = hold(lambda session: None, lambda session: session.use(microphone=VirtualMicrophone()))
    assert [type(fault) for _, fault in faults] == [InputFault, InputFaultEnded, InputFault]
    assert [at for at, _ in faults] == approx([3.0, 10.0, 13.0], abs=0.05)


def test_the_silence_in_place_of_a_lost_microphone_is_no_fault() -> None:
    microphone = VirtualMicrophone()
    microphone.say(noise(60.0, seed=1), at=0.0)
    faults = hold(lambda session: None, lambda session: microphone.unplug(), microphone=microphone)
    assert [type(fault) for _, fault in faults] == [DeviceLost]


class Wire:
    """An `EchoCanceller` for a room without echo."""

    delay = 0.0

    def process(self, captured: Pcm, rendered: Pcm) -> Pcm:
        return captured

    def reset(self) -> None:
        pass


class QuickWire(Wire):
    runs_on_loop = True


class Hoarder:
    """A microphone that gives some minutes in one block, and silence from then on."""

    def __init__(self, minutes: float) -> None:
        self.said = np.resize(noise(10.0, seed=2), to_frames(60 * minutes))

    async def open(self, rate: int) -> None:
        self._blocks = [self.said]

    async def read(self) -> Pcm:
        await anyio.sleep(0.02)
        return self._blocks.pop() if self._blocks else np.zeros(480, np.int16)

    async def close(self) -> None:
        pass


@pytest.mark.parametrize(
    ("minutes", "settings"),
    [
        (8.0, {}), (0.5, {"echo_canceller": Wire()}), (0.5, {"echo_canceller": QuickWire()}),
        (0.5, {"turns": Turns.by_server(early=Loudness())}),
    ],
    ids=["more than an event holds", "canceller in a thread", "canceller on the loop", "detector"],
)  # fmt: skip
def test_minutes_in_one_block_are_sent_in_pieces_and_nothing_of_them_is_lost(minutes: float, settings: Any) -> None:
    microphone = Hoarder(minutes)

    async def main() -> None:
        async with FakeServer() as server, connect(
            endpoint=server, speaker=VirtualSpeaker(), microphone=microphone, **settings
        ) as session:
            session.send_text("It is another task's turn, too.")
            await anyio.sleep(2.0)
            heard = server.heard
            start = int(np.flatnonzero(heard)[0]) - int(np.flatnonzero(microphone.said)[0])
            assert np.array_equal(heard[start : start + microphone.said.size], microphone.said)
            assert len(heard) == approx(microphone.said.size + to_frames(2.0), abs=to_frames(0.1))
            assert session.state != "closed" and server.refused == []

    run_virtual(main)
