"""A session is opened in the time of its slowest part, and by all of its parts or none."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from functools import partial
from pathlib import Path
from typing import Any

import anyio
import numpy as np
import pytest
from pytest import approx

from realtime_sdk import (
    ConnectionFailed,
    DeviceError,
    RealtimeError,
    UsageError,
    WavMicrophone,
    connect,
    connect_live,
)
from realtime_sdk._runtime import clock
from realtime_sdk.audio._pcm import WIRE_RATE, Pcm, to_frames
from realtime_sdk.testing import (
    FakeLiveServer,
    FakeServer,
    Phase,
    Reset,
    VirtualMicrophone,
    VirtualSpeaker,
    noise,
    run_virtual,
)
from realtime_sdk.testing._memory_connection import ClientEnd

SLOW = 0.5
"""Seconds that each part takes to open."""


class Part:
    """What takes some time to open, and may fail then."""

    def __init__(self, failure: Exception | None = None, seconds: float = SLOW) -> None:
        self.failure = failure
        self.seconds = seconds
        self.is_open = False

    async def wait(self) -> None:
        if self.seconds:
            await anyio.sleep(self.seconds)
        if self.failure is not None:
            raise self.failure
        self.is_open = True


class SlowSpeaker(VirtualSpeaker):
    def __init__(self, part: Part) -> None:
        super().__init__()
        self.part = part

    async def open(self, rate: int) -> None:
        await self.part.wait()
        await super().open(rate)

    async def close(self) -> None:
        await super().close()
        self.part.is_open = False


class SlowMicrophone(VirtualMicrophone):
    def __init__(self, part: Part) -> None:
        super().__init__()
        self.part = part

    async def open(self, rate: int) -> None:
        await self.part.wait()
        await super().open(rate)

    async def close(self) -> None:
        await super().close()
        self.part.is_open = False


class SlowServer(FakeServer):
    def __init__(self, part: Part, **given: Any) -> None:
        super().__init__(**given)
        self.part = part
        self.asked = asyncio.Semaphore(0)  # released whenever it is asked for a connection

    async def connect(self, model: str | None, api_key: str | None) -> ClientEnd:
        self.asked.release()
        await self.part.wait()
        return await super().connect(model, api_key)


class SlowLiveServer(FakeLiveServer):
    async def connect(self, model: str | None, api_key: str | None) -> ClientEnd:
        await anyio.sleep(SLOW)
        return await super().connect(model, api_key)


class Session:
    """A session whose parts are slow; `failing` names those that fail, each with its failure."""

    def __init__(self, **failing: Exception) -> None:
        self.parts = {name: Part(failing.get(name)) for name in ("speaker", "microphone", "server")}
        self.server = SlowServer(self.parts["server"])

    def connect(self, **given: Any) -> AbstractAsyncContextManager[Any, None]:
        return connect(
            endpoint=self.server, speaker=SlowSpeaker(self.parts["speaker"]),
            microphone=SlowMicrophone(self.parts["microphone"]), **given,
        )  # fmt: skip

    async def fail(self, **given: Any) -> RealtimeError:
        """Open it in vain; return what `connect` raises."""
        before = asyncio.all_tasks()
        async with self.server:
            inside = asyncio.all_tasks()
            with pytest.raises(RealtimeError) as failed:
                async with self.connect(**given):
                    raise AssertionError("a part can't be opened")
            assert asyncio.all_tasks() == inside
        assert asyncio.all_tasks() == before
        assert not (self.parts["speaker"].is_open or self.parts["microphone"].is_open)
        return failed.value


# How long it takes


def opened_within(opening: Callable[[], AbstractAsyncContextManager[Any, None]], server: Any) -> float:
    async def main() -> float:
        async with server:
            begun = clock.now()
            async with opening():
                return clock.now() - begun

    return run_virtual(main)


def test_devices_and_connection_take_the_time_of_the_slowest_not_the_sum() -> None:
    session = Session()
    assert opened_within(session.connect, session.server) == approx(SLOW, abs=1e-3)


def test_a_live_session_is_opened_as_fast() -> None:
    server, speaker, microphone = SlowLiveServer(), SlowSpeaker(Part()), SlowMicrophone(Part())
    opening = opened_within(lambda: connect_live(endpoint=server, speaker=speaker, microphone=microphone), server)
    assert opening == approx(SLOW, abs=1e-3)


class Handset(SlowSpeaker):
    """A speaker and a microphone in one object, which can't be opened twice at once."""

    is_opening = False

    async def open(self, rate: int) -> None:
        assert not self.is_opening
        self.is_opening = True
        await super().open(rate)
        self.is_opening = False

    async def read(self) -> Pcm:
        await anyio.sleep(0.02)
        return np.zeros(to_frames(0.02), np.int16)


def test_one_object_that_is_both_devices_is_opened_for_one_and_then_for_the_other() -> None:
    server, handset = SlowServer(Part()), Handset(Part())
    opening = opened_within(lambda: connect(endpoint=server, speaker=handset, microphone=handset), server)
    assert opening == approx(2 * SLOW, abs=1e-3)


# A part that fails


@pytest.mark.parametrize("name", ["speaker", "microphone", "server"])
def test_a_part_that_fails_is_the_error_and_the_others_are_given_up_at_once(name: str, tmp_path: Path) -> None:
    failure = ConnectionFailed("refused") if name == "server" else DeviceError("it is in use")

    async def main() -> None:
        session, begun = Session(**{name: failure}), clock.now()
        for other, part in session.parts.items():
            part.seconds = SLOW if other == name else 5.0
        assert await session.fail(record=tmp_path / "talk") is failure
        assert failure.__context__ is None and failure.__cause__ is None, "no group is shown"
        assert clock.now() - begun == approx(SLOW, abs=1e-3)

    run_virtual(main)
    assert list(tmp_path.iterdir()) == [], "there is nothing to record"


@pytest.mark.parametrize("name", ["speaker", "microphone"])
def test_a_device_that_fails_after_the_server_was_reached_closes_the_connection(name: str) -> None:
    async def main() -> None:
        session = Session(**{name: DeviceError("it is in use")})
        session.parts[name].seconds = 2.0
        assert str(await session.fail()) == "it is in use"
        [connection] = session.server.connections
        assert connection.over and connection.received == []

    run_virtual(main)


REFUSED, UNPLUGGED, WRONG = ConnectionFailed("no route"), DeviceError("no such device"), UsageError("wants an API key")


@pytest.mark.parametrize(
    ("failing", "raised", "logged"),
    [
        ({"speaker": UNPLUGGED, "server": REFUSED}, UNPLUGGED, ["no route"]),
        ({"microphone": UNPLUGGED, "server": REFUSED}, UNPLUGGED, ["no route"]),
        ({"speaker": UNPLUGGED, "server": WRONG}, WRONG, ["no such device"]),
        ({"speaker": UNPLUGGED, "microphone": DeviceError("no such device")}, UNPLUGGED, []),
        ({"speaker": UNPLUGGED, "microphone": OSError("busy"), "server": REFUSED}, UNPLUGGED,
         ["the sound device SlowMicrophone failed: OSError: busy", "no route"]),
    ],
)  # fmt: skip
def test_of_failures_at_once_the_one_that_the_caller_can_mend_is_raised_and_the_others_are_logged(
    failing: dict[str, Exception], raised: Exception, logged: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    async def main() -> None:
        assert await Session(**failing).fail() is raised

    with caplog.at_level(logging.WARNING):
        run_virtual(main)
    said = "the session can't be opened for another reason, too: "
    assert [record.getMessage() for record in caplog.records] == [said + reason for reason in logged]


# A cancellation


@pytest.mark.parametrize("attempt", [1, 2])
def test_a_cancellation_at_any_step_of_the_event_loop_leaves_nothing_open(attempt: int) -> None:
    """Of the first attempt to open a session, and of the one after a connection that was lost as it opened."""
    steps = 0
    while not run_virtual(partial(cancelled_after, steps, attempt)):
        steps += 1
    assert steps > 5


async def cancelled_after(steps: int, attempt: int) -> bool:
    """Cancel a session so many steps after its server was asked for that connection; return whether it was open."""
    session, opened = Session(), asyncio.Event()
    for part in session.parts.values():
        part.seconds = 0.0
    if attempt == 2:
        session.server.fail(Reset(), at=Phase.CREATED)

    async def talk() -> None:
        async with session.connect():
            opened.set()
            await anyio.sleep_forever()

    async with session.server:
        before = asyncio.all_tasks()
        task = asyncio.create_task(talk())
        for _ in range(attempt):
            await session.server.asked.acquire()
        for _ in range(steps):
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert asyncio.all_tasks() == before
        assert all(connection.over for connection in session.server.connections)
    assert not (session.parts["speaker"].is_open or session.parts["microphone"].is_open)
    return opened.is_set()


# What the server hears


class Overheard(VirtualMicrophone):
    """A microphone that drops what it captured before it is listened to."""

    def __init__(self, server: FakeServer) -> None:
        super().__init__()
        self.calls: list[str] = []
        self._server = server

    def drop_unread(self) -> None:
        self.calls.append("drop_unread")
        assert [event["type"] for event in self._server.received] == ["session.update"], "the server is ready"
        self._frames_read = self._frame_now()

    async def read(self) -> Pcm:
        self.calls.append("read")
        return await super().read()


def heard_by(server: FakeServer, microphone: Any, seconds: float) -> Pcm:
    async def main() -> None:
        async with server, connect(endpoint=server, speaker=None, microphone=microphone, instructions="Be brief."):
            await anyio.sleep(seconds)

    run_virtual(main)
    return server.heard


def test_a_microphone_is_heard_from_the_moment_at_which_the_session_is_ready() -> None:
    server = SlowServer(Part())
    microphone = Overheard(server)
    said = np.arange(1, WIRE_RATE + 1, dtype=np.int16)
    microphone.say(said)
    heard = heard_by(server, microphone, 0.4)
    assert microphone.calls[:2] == ["drop_unread", "read"] and microphone.calls.count("drop_unread") == 1
    assert heard[0] == to_frames(SLOW) + 1
    assert len(heard) == approx(to_frames(0.4), abs=to_frames(0.02))


def test_a_file_is_heard_from_its_beginning_however_long_the_server_takes() -> None:
    microphone, said = WavMicrophone(), noise(0.3, seed=2)
    microphone.say(said)
    heard = heard_by(SlowServer(Part()), microphone, 0.4)
    assert np.array_equal(heard[: len(said)], said)


def test_a_microphone_that_fails_to_drop_is_read_all_the_same() -> None:
    class Broken(VirtualMicrophone):
        def drop_unread(self) -> None:
            raise OSError("busy")

    assert len(heard_by(FakeServer(), Broken(), 0.4)) == approx(to_frames(0.4), abs=to_frames(0.02))
