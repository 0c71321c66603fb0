"""A session whose microphone is silent, or clips, says so."""

from __future__ import annotations

import logging
from typing import Any

import anyio
import numpy as np
import pytest
from pytest import approx

from realtime_sdk import DeviceLost, InputFault, InputFaultEnded, connect
from realtime_sdk._runtime import clock
from realtime_sdk.audio._pcm import to_frames
from realtime_sdk.testing import FakeServer, VirtualMicrophone, VirtualSpeaker, noise, run_virtual


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
