"""A session on speakers that break their protocol: it goes on, or says which rule was broken."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from typing import Any

import anyio
import numpy as np
import pytest

from realtime_sdk import DeviceLost, DeviceRestored, Playout, connect
from realtime_sdk.audio._pcm import Pcm
from realtime_sdk.devices._verified_output import PROGRESS_TIMEOUT
from realtime_sdk.testing import FakeServer, VirtualSpeaker, message, run_virtual


class Faulty(VirtualSpeaker):
    """A speaker of which one method answers something else, for the first seconds after its first `open`."""

    def __init__(self, method: str, answer: Callable[[Any], Any], *, seconds: float = 1e6) -> None:
        super().__init__()
        self._method, self._answer, self._seconds = method, answer, seconds
        self._broken_until: float | None = None

    async def open(self, rate: int) -> None:
        if self._broken_until is None:
            self._broken_until = anyio.current_time() + self._seconds
        await super().open(rate)

    def _answered(self, method: str, answer: Any) -> Any:
        is_broken = self._broken_until is not None and anyio.current_time() < self._broken_until
        return self._answer(answer) if is_broken and method == self._method else answer

    def room(self) -> int:
        return self._answered("room", super().room())  # type: ignore[no-any-return]

    def write(self, pcm: Pcm) -> int:
        return self._answered("write", super().write(pcm))  # type: ignore[no-any-return]

    def played(self) -> int:
        return self._answered("played", super().played())  # type: ignore[no-any-return]

    def flush(self) -> int:
        return self._answered("flush", super().flush())  # type: ignore[no-any-return]


def play(speaker: VirtualSpeaker, *, interrupt_after: float | None = None) -> tuple[Playout, list[Any]]:
    """Play a reply of two seconds; return its playout, and the losses and returns of the device."""
    server, events, playouts = FakeServer(), list[Any](), list[Playout]()
    server.reply(message("One two three four.", seconds=2.0))

    async def main() -> None:
        async with server, connect(endpoint=server, speaker=speaker, microphone=None) as session:
            response = await session.respond()
            if interrupt_after is not None:
                await anyio.sleep(interrupt_after)
                await session.interrupt()
            playouts.extend(await response.played())
        events.extend([event async for event in session.events(DeviceLost, DeviceRestored)])

    run_virtual(main)
    return playouts[0], events


@pytest.mark.parametrize(
    ("method", "answer", "reason"),
    [
        ("room", lambda room: room + 0.5, r"room\(\) returned \d+\.5, no whole number of frames"),
        ("room", lambda room: 0, r"it has had no room for 10 s, and nothing to play"),
        ("write", lambda taken: taken // 2, r"write\(\) took \d+ of \d+ frames, for which room\(\) had room"),
        ("write", str, r"write\(\) returned '\d+', no whole number of frames"),
        ("played", lambda played: None, r"played\(\) returned None, no whole number of frames"),
        ("played", float, r"played\(\) returned \d+\.0, no whole number of frames"),
        ("played", lambda played: 0, r"it has played none of the 48000 frames that it has for 10 s"),
    ],
)
def test_a_speaker_whose_answer_makes_no_sense_is_lost_with_the_reason_and_comes_back(
    method: str, answer: Callable[[Any], Any], reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    speaker = Faulty(method, answer, seconds=PROGRESS_TIMEOUT + 0.2)
    with caplog.at_level(logging.WARNING):
        playout, events = play(speaker)
    lost = [event for event in events if isinstance(event, DeviceLost)]
    assert {type(event) for event in events} == {DeviceLost, DeviceRestored}
    for event in lost:
        assert re.fullmatch(f"the sound device Faulty breaks its protocol: {reason}", event.reason)
    assert (playout.position, playout.interrupted) == (2.0, False)


@pytest.mark.parametrize(
    ("method", "answer", "corrected"),
    [
        ("write", lambda taken: None, r"write\(\) returned None\. It is taken for \d+"),
        ("played", lambda played: played + 100, r"played\(\) returned \d+, after \d+ of \d+ frames written"),
        ("played", lambda played: played - 1, r"played\(\) returned -1, after 0 of 0 frames written\. "),
        ("flush", lambda played: -1, r"flush\(\) returned -1, after \d+ of \d+ frames written"),
        ("flush", lambda played: 1_000_000, r"flush\(\) returned 1000000, after \d+ of \d+ frames written"),
    ],
)
def test_a_count_that_is_out_of_bounds_is_corrected_and_logged_once(
    method: str, answer: Callable[[Any], Any], corrected: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, "realtime_sdk.devices"):
        playout, events = play(Faulty(method, answer, seconds=1.5), interrupt_after=1.0)
    [record] = caplog.records
    assert re.match(f"the sound device Faulty breaks its protocol: {corrected}", record.getMessage())
    assert events == []
    assert 1.0 <= playout.position <= 2.0


def test_a_speaker_may_be_silent_for_long_if_it_is_paused_or_has_nothing_to_play() -> None:
    server, speaker = FakeServer(), VirtualSpeaker()
    server.reply(message("One two three four.", seconds=2.0))

    async def main() -> None:
        async with server, connect(endpoint=server, speaker=speaker, microphone=None) as session:
            await anyio.sleep(3 * PROGRESS_TIMEOUT)
            response = await session.respond()
            await anyio.sleep(1.0)
            session.pause()
            await anyio.sleep(3 * PROGRESS_TIMEOUT)
            session.resume()
            await response.played()
        assert [event async for event in session.events(DeviceLost)] == []

    run_virtual(main)
    (sound,) = server.sounds.values()
    assert np.array_equal(speaker.heard, sound)
