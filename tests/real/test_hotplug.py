"""Sound cards that come and go under a session: null sinks unloaded and loaded, the sound server killed and started."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import anyio
import anyio.to_thread
import numpy as np
import pytest
from pytest import approx

from realtime_sdk import DeviceLost, DeviceRestored, MessageItem, Microphone, Session
from realtime_sdk._runtime import clock
from realtime_sdk.audio._pcm import Pcm, to_bytes
from realtime_sdk.testing import FakeServer, message

from .attempts import in_attempts
from .sound_server import MICROPHONE, RATE, SPEAKER, UP_LIMIT, SoundServer, listening, player
from .talks import next_message, talking, until_heard

pytestmark = [pytest.mark.real, pytest.mark.usefixtures("sound_server")]

LONG = 4.0
"""Seconds of what is said."""

BACK_WITHIN = 10.0
"""Seconds from a device's return to its use, on a machine that has other things to do: it takes half a second."""

MOVED_WITHIN = 2.0
"""Seconds of sound that the former default device still plays."""

SEAM = 0.2
"""Seconds of sound that may be heard twice, or not at all, at a loss: the driver and the server have them."""

NULL_SINKS = "module-null-sink"


class Talk:
    """A session whose reply is being heard."""

    def __init__(self, session: Session, server: FakeServer, item: MessageItem) -> None:
        self.session = session
        self.item = item
        self.changes: list[DeviceLost | DeviceRestored] = []
        self._server = server

    @property
    def said(self) -> Pcm:
        """The sound of the reply; all of it only once it was heard: a busy server is still making it."""
        return self._server.sounds[self.item.id]

    async def listen(self) -> None:
        async for event in self.session.events():
            if isinstance(event, DeviceLost | DeviceRestored):
                self.changes.append(event)

    async def until(self, *kinds: type) -> None:
        """Wait for as many device events as these, of these kinds."""
        with anyio.fail_after(UP_LIMIT):
            while len(self.changes) < len(kinds):  # noqa: ASYNC110  # another task adds them
                await anyio.sleep(0.01)
        assert sorted(type(event).__name__ for event in self.changes) == sorted(kind.__name__ for kind in kinds)


@asynccontextmanager
async def talk(microphone: Microphone | None = None) -> AsyncIterator[Talk]:
    server = FakeServer()
    server.reply(message("A long story about a small thing.", seconds=LONG))
    async with (
        talking(server, microphone=microphone, turn_detection=None) as session,
        anyio.create_task_group() as tasks,
    ):
        session.send_text("Tell me a story.")
        item = await next_message(aiter(await anext(session.responses())))
        await until_heard(item, 0.5)
        talk = Talk(session, server, item)
        tasks.start_soon(talk.listen)
        yield talk
        tasks.cancel_scope.cancel()


def audible(sound: Pcm) -> Pcm:
    """A sound without the silence in it, of which a machine too busy for its sound server adds some."""
    loud: Pcm = sound[sound != 0]
    return loud


def place(sound: Pcm, said: Pcm) -> int:
    """The frame of what was said at which this begins."""
    starts = np.flatnonzero(said == sound[0])
    [first] = (start for start in starts if np.array_equal(said[start : start + len(sound)], sound))
    return int(first)


def check_whole(before: Pcm, after: Pcm, said: Pcm) -> None:
    """What was heard before and after the loss is all that was said; the seam is as wide as the driver's buffer."""
    before, after, said = audible(before), audible(after), audible(said)
    assert np.array_equal(before, said[: len(before)])
    again = place(after[:2000], said)
    assert np.array_equal(after, said[again:])
    print(f"\nheard twice: {(len(before) - again) / RATE * 1e3:.0f} ms")
    assert len(before) - again == approx(0, abs=SEAM * RATE)


def check_back(t: Talk, since: float) -> None:
    print(f"\nback after {t.changes[-1].at - since:.2f} s")
    assert t.changes[-1].at - since < BACK_WITHIN


async def elsewhere(function: Callable[..., object], *arguments: object) -> None:
    """Do what takes a while beside the event loop."""
    await anyio.to_thread.run_sync(function, *arguments)


def run(main: Callable[[SoundServer], object]) -> None:
    """Run a test on a sound server that it may break."""
    with SoundServer() as server:
        asyncio.run(main(server))  # type: ignore[arg-type]


@in_attempts
def test_a_sink_is_unloaded_and_loaded_again_while_it_plays() -> None:
    async def main(server: SoundServer) -> None:
        async with listening() as ear, talk() as t:
            await elsewhere(server.unload, NULL_SINKS)
            await t.until(DeviceLost)
            position = t.item.playout.position
            await anyio.sleep(1.0)
            assert t.item.playout.position == position, "nothing is counted as heard"
            t.session.pause()
            await elsewhere(server.load, SPEAKER, RATE, 1)
            loaded_at = clock.wall()
            async with listening() as again:
                t.session.resume()  # whichever is faster, the sound or its listener: none of it is missed
                await t.until(DeviceLost, DeviceRestored)
                check_back(t, loaded_at)
                assert (await t.item.played()).position == LONG
                await again.hear(0.2)
            check_whole(ear.sound, again.sound, t.said)

    run(main)


@in_attempts
def test_the_sound_server_is_killed_and_started_again_under_speaker_and_microphone() -> None:
    async def main(server: SoundServer) -> None:
        async with listening() as ear, talk(Microphone()) as t:
            await elsewhere(server.kill)
            await t.until(DeviceLost, DeviceLost)
            position = t.item.playout.position
            await anyio.sleep(1.0)
            assert t.item.playout.position == position, "nothing is counted as heard"
            t.session.pause()
            await elsewhere(server.start)
            started_at = clock.wall()
            async with listening() as again:
                t.session.resume()  # whichever is faster, the sound or its listener: none of it is missed
                await t.until(DeviceLost, DeviceLost, DeviceRestored, DeviceRestored)
                assert {event.side for event in t.changes[2:]} == {"input", "output"}
                check_back(t, started_at)
                assert (await t.item.played()).position == LONG
                await again.hear(0.2)
            check_whole(ear.sound, again.sound, t.said)

    run(main)


@in_attempts
def test_a_sink_that_stalls_is_lost_though_its_driver_says_nothing() -> None:
    async def main(server: SoundServer) -> None:
        async with listening() as ear, talk() as t:
            stalled_at = clock.wall()
            await elsewhere(server.pactl, "suspend-sink", SPEAKER, "1")
            await t.until(DeviceLost)
            assert 0.8 < t.changes[0].at - stalled_at < BACK_WITHIN, "a second without a call of its callback"
            await elsewhere(server.pactl, "suspend-sink", SPEAKER, "0")
            resumed_at = clock.wall()
            await t.until(DeviceLost, DeviceRestored)
            check_back(t, resumed_at)
            assert (await t.item.played()).position == LONG
            await ear.hear(0.2)
            assert np.array_equal(audible(ear.sound)[-RATE:], audible(t.said)[-RATE:])

    run(main)


@in_attempts
@pytest.mark.parametrize("leaves", [False, True])
def test_the_sound_moves_to_a_new_default_device(monkeypatch: pytest.MonkeyPatch, leaves: bool) -> None:
    async def main(server: SoundServer) -> None:
        monkeypatch.delenv("PULSE_SINK")
        headset = await anyio.to_thread.run_sync(server.load, "ci_headset", RATE, 1)
        await elsewhere(server.pactl, "set-default-sink", "ci_headset")
        async with listening(MICROPHONE) as ear, talk() as t:
            before, at = t.item.playout.position, clock.now()
            await elsewhere(server.pactl, "set-default-sink", MICROPHONE)
            if leaves:
                await elsewhere(server.unload, headset)
            assert (await t.item.played()).position == LONG
            assert clock.now() - at == approx(LONG - before, abs=0.3), "the count goes on"
            await ear.hear(0.3)
            assert t.changes == []
            rest = audible(ear.sound)
            first = place(rest[RATE // 2 : RATE], audible(t.said)) - RATE // 2
            print(f"\nmoved {first / RATE - before:.2f} s after the change")
            assert first / RATE - before < MOVED_WITHIN

    run(main)


def test_the_microphone_moves_to_a_new_default_device(monkeypatch: pytest.MonkeyPatch) -> None:
    async def main(server: SoundServer) -> None:
        monkeypatch.delenv("PULSE_SOURCE")
        await elsewhere(server.pactl, "set-default-source", f"{SPEAKER}.monitor")
        microphone = Microphone()
        await microphone.open(RATE)
        await elsewhere(server.pactl, "set-default-source", f"{MICROPHONE}.monitor")
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(elsewhere, play_into, MICROPHONE)
            with anyio.fail_after(UP_LIMIT):
                while not (await microphone.read()).any():
                    pass
        await microphone.close()

    run(main)


def play_into(sink: str) -> None:
    """Play a second of loud sound."""
    sound = to_bytes(np.full(RATE, 9000, np.int16))
    subprocess.run(player(sink), input=sound, check=True)
