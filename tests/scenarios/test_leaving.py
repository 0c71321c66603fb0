"""A session can be left from any state, and nothing of it remains."""

from __future__ import annotations

import asyncio
import gc
import json
import logging
import weakref
from collections import Counter
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Any, Self

import anyio
import numpy as np
import pytest

from realtime_sdk import ConnectionFailed, ConnectionLost, DeviceError, Disconnected, Session, Turns, connect
from realtime_sdk.testing import FakeServer, VirtualMicrophone, VirtualSpeaker, call, drop, message, run_virtual
from realtime_sdk.testing._memory_connection import ClientEnd, MemoryConnection

SECOND = 1.0

BEGUN = {"type": "response.created", "response": {"id": "late", "object": "realtime.response", "status": "in_progress"}}


class Leaving:
    """Checks that what happens within ends in a second, with every task that it began."""

    async def __aenter__(self) -> Self:
        self._tasks = asyncio.all_tasks()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert asyncio.all_tasks() == self._tasks

    def begin(self) -> None:
        """The session is being left now."""
        self._left = anyio.current_time()

    def check(self) -> None:
        assert anyio.current_time() - self._left < SECOND


def leave_after(
    talk: Callable[[FakeServer, Session], Awaitable[None]], server: FakeServer, **given: Any
) -> None:  # fmt: skip
    """Hold a talk until it wants to leave, and leave."""

    async def main() -> None:
        async with Leaving() as leaving, server:
            async with connect(
                endpoint=server, speaker=VirtualSpeaker(), microphone=VirtualMicrophone(), tools=[wait_for_ever],
                **given,
            ) as session:
                await talk(server, session)
                leaving.begin()
            leaving.check()

    run_virtual(main)


async def wait_for_ever() -> str:
    """Never answer."""
    await anyio.sleep_forever()
    return ""


def test_right_after_it_was_entered() -> None:
    async def talk(server: FakeServer, session: Session) -> None:
        pass

    leave_after(talk, FakeServer())


def test_while_a_reply_is_heard() -> None:
    async def talk(server: FakeServer, session: Session) -> None:
        server.reply(message("A long story.", seconds=30.0))
        session.send_text("Tell me a story.")
        await anyio.sleep(3.0)

    leave_after(talk, FakeServer())


def test_while_the_sound_is_paused() -> None:
    async def talk(server: FakeServer, session: Session) -> None:
        server.reply(message("A long story.", seconds=30.0))
        session.send_text("Tell me a story.")
        await anyio.sleep(3.0)
        session.pause()

    leave_after(talk, FakeServer())


def test_while_a_tool_is_at_work() -> None:
    async def talk(server: FakeServer, session: Session) -> None:
        server.reply(call("wait_for_ever"))
        session.send_text("Wait.")
        await (await anext(session.responses())).done()

    leave_after(talk, FakeServer())


def test_while_a_request_waits_for_its_turn() -> None:
    async def talk(server: FakeServer, session: Session) -> None:
        server.reply(message("A long story.", seconds=30.0), pace=1.0)
        session.send_text("Tell me a story.")
        session.send_text("And another one.")
        await anyio.sleep(3.0)

    leave_after(talk, FakeServer())


def test_after_the_connection_was_lost() -> None:
    async def talk(server: FakeServer, session: Session) -> None:
        server.break_off()
        with pytest.raises(ConnectionLost):
            await anext(session.responses())

    leave_after(talk, FakeServer(), reconnect=None)


def test_after_the_speaker_was_lost() -> None:
    async def main() -> None:
        server, speaker = FakeServer(), VirtualSpeaker()
        server.reply(message("A long story.", seconds=30.0))
        async with Leaving() as leaving, server:
            async with connect(endpoint=server, speaker=speaker, microphone=None) as session:
                session.send_text("Tell me a story.")
                await anyio.sleep(1.0)
                speaker.unplug()
                await anyio.sleep(1.0)
                leaving.begin()
            leaving.check()

    run_virtual(main)


def test_by_cancelling_while_it_connects() -> None:
    async def main() -> None:
        server = FakeServer()
        server.tamper("session.created", drop)
        async with Leaving(), server:
            with anyio.move_on_after(3.0) as scope:
                async with connect(endpoint=server, speaker=VirtualSpeaker(), microphone=VirtualMicrophone()):
                    raise AssertionError("the server has not opened the session")
            assert scope.cancelled_caught

    run_virtual(main)


def test_a_server_that_never_opens_the_session_is_given_up() -> None:
    async def main() -> None:
        server = FakeServer()
        server.tamper("session.created", drop)
        async with Leaving(), server:
            with pytest.raises(ConnectionFailed, match=r"no session\.created"):
                async with connect(endpoint=server, speaker=None, microphone=None):
                    raise AssertionError("the server has not opened the session")

    run_virtual(main)


def test_a_device_that_cannot_be_opened_is_an_error_of_its_own_and_closes_the_other() -> None:
    class Broken(VirtualMicrophone):
        async def open(self, rate: int) -> None:
            raise DeviceError("the microphone is in use")

    class Closing(VirtualSpeaker):
        closed = False

        async def close(self) -> None:
            await super().close()
            self.closed = True

    async def main() -> None:
        server, speaker = FakeServer(), Closing()
        async with Leaving(), server:
            with pytest.raises(DeviceError, match="in use"):
                async with connect(endpoint=server, speaker=speaker, microphone=Broken()):
                    raise AssertionError("there is no microphone")
        assert speaker.closed

    run_virtual(main)


def test_a_device_that_does_not_close_delays_no_caller() -> None:
    class Stuck(VirtualSpeaker):
        async def close(self) -> None:
            await anyio.sleep_forever()

    async def main() -> None:
        server = FakeServer()
        async with Leaving() as leaving, server:
            async with connect(endpoint=server, speaker=Stuck(), microphone=None):
                leaving.begin()
            leaving.check()

    run_virtual(main)


async def reply(server: FakeServer, session: Session) -> None:
    """Be left in the middle of a reply."""
    server.reply(message("A long story.", seconds=30.0), pace=1.0)
    session.send_text("Tell me a story.")
    await anyio.sleep(3.0)


async def nothing(server: FakeServer, session: Session) -> None:
    """Be left in a long silence, when nothing has an exit by time."""
    await anyio.sleep(60.0)


@pytest.mark.parametrize("talk", [reply, nothing])
def test_the_loop_keeps_nothing_of_a_session_that_was_left_though_a_key_is_pressed_then(
    talk: Callable[[FakeServer, Session], Awaitable[None]],
) -> None:
    async def main() -> None:
        server = FakeServer()
        async with server:
            async with connect(
                endpoint=server, speaker=VirtualSpeaker(), microphone=None, turns=Turns.push_to_talk()
            ) as session:
                await talk(server, session)
            session.press()
            left = weakref.ref(session)
            del session
            await anyio.sleep(1.0)
            gc.collect()
            assert left() is None

    run_virtual(main)


def test_the_events_end_where_the_connection_is_lost_in_the_silence() -> None:
    async def main() -> None:
        server = FakeServer()
        connecting = connect(endpoint=server, speaker=VirtualSpeaker(), microphone=None, reconnect=None)
        async with server, connecting as session:
            await anyio.sleep(5.0)
            server.break_off()
            with anyio.fail_after(SECOND):
                assert Disconnected in [type(event) async for event in session.events()]

    run_virtual(main)


# What was called before


def received(server: FakeServer) -> Counter[str]:
    return Counter(event["type"] for event in server.received)


@pytest.mark.parametrize("latency", [0.0, 0.2])
def test_what_was_called_before_is_sent(latency: float) -> None:
    async def main() -> Counter[str]:
        server = FakeServer(latency=latency)
        async with server:
            async with connect(endpoint=server, speaker=None, microphone=None) as session:
                for number in range(50):
                    session.send_text(str(number), respond=False)
                session.update(instructions="Be brief.")
            await anyio.sleep(1.0)
        return received(server)

    assert run_virtual(main) == {"conversation.item.create": 50, "session.update": 1}


def test_what_an_interruption_sends_is_sent_although_the_session_is_left_at_once() -> None:
    async def main() -> Counter[str]:
        server = FakeServer()
        server.reply(message("A long story.", seconds=30.0), pace=1.0)
        async with server:
            async with connect(endpoint=server, speaker=VirtualSpeaker(), microphone=None) as session:
                await session.respond()
                await anyio.sleep(1.0)
                session.interrupt()
            await anyio.sleep(1.0)
        return received(server)

    assert run_virtual(main) == {"response.create": 1, "response.cancel": 1, "conversation.item.truncate": 1}


async def as_it_is_requested(session: Session) -> None:
    session.respond()


async def as_it_begins(session: Session) -> None:
    await session.respond()


@pytest.mark.parametrize("moment", [as_it_is_requested, as_it_begins])
@pytest.mark.parametrize("thinking", [0.0, 0.03, 0.1])
def test_what_the_server_makes_while_an_interruption_is_on_its_way_is_forgotten_there(
    moment: Callable[[Session], Awaitable[None]], thinking: float
) -> None:
    async def main() -> list[str]:
        server = FakeServer(latency=0.04)
        server.reply(message("A long story.", seconds=30.0), thinking=thinking)
        async with Leaving() as leaving, server:
            async with connect(endpoint=server, speaker=VirtualSpeaker(), microphone=None) as session:
                await moment(session)
                session.interrupt()
                leaving.begin()
            leaving.check()
            await anyio.sleep(1.0)
        return [item.text for item in server.items]

    assert run_virtual(main) in ([], [""])  # deleted, or truncated where some of it had sounded


@pytest.mark.parametrize("silent", [False, True], ids=["it goes on", "it is silent"])
def test_a_server_that_does_not_end_what_was_interrupted_delays_no_caller(silent: bool) -> None:
    server = FakeServer()
    server.reply(message("A long story.", seconds=30.0), pace=1.0)
    server.tamper("response.done", drop)

    async def interrupted(server: FakeServer, session: Session) -> None:
        await session.respond()
        await anyio.sleep(1.0)
        if silent:
            server.fall_silent()
        session.interrupt()

    leave_after(interrupted, server)


def test_what_was_called_before_is_sent_although_the_block_is_cancelled() -> None:
    async def main() -> Counter[str]:
        server = FakeServer()
        async with server:
            with anyio.move_on_after(1.0):
                async with connect(endpoint=server, speaker=None, microphone=None) as session:
                    try:
                        await anyio.sleep_forever()
                    finally:
                        session.send_text("Goodbye.", respond=False)
            await anyio.sleep(1.0)
        return received(server)

    assert run_virtual(main) == {"conversation.item.create": 1}


def test_what_was_called_before_is_sent_over_a_socket() -> None:
    second = np.zeros(24_000, np.int16)

    async def main() -> Counter[str]:
        server = FakeServer()
        async with server, server.listen() as url:
            async with connect(endpoint=url, speaker=None, microphone=None) as session:
                for number in range(30):
                    session.send_audio(second)
                    session.send_text(str(number), respond=False)
            with anyio.fail_after(60.0):
                while received(server)["conversation.item.create"] < 30:
                    await server.wait_for("conversation.item.create")
        return received(server)

    assert asyncio.run(main()) == {"input_audio_buffer.append": 30, "conversation.item.create": 30}


class Slow:
    """A server whose connection takes some seconds for each frame."""

    name = "a slow server"

    def __init__(self, server: FakeServer, seconds: float) -> None:
        self._server = server
        self._seconds = seconds

    async def connect(self, model: str | None, api_key: str | None) -> ClientEnd:
        end = await self._server.connect(model, api_key)
        return SlowEnd(end._connection, self._seconds)


class SlowEnd(ClientEnd):
    def __init__(self, connection: MemoryConnection, seconds: float) -> None:
        super().__init__(connection)
        self._seconds = seconds

    async def send(self, text: str) -> None:
        await anyio.sleep(self._seconds)
        await super().send(text)


@pytest.mark.parametrize(
    ("seconds", "unsent"),
    [(0.08, ["conversation.item.create (2 events)", "session.update"]),
     (9.0, ["conversation.item.create (5 events)", "session.update"])],
)  # fmt: skip
def test_what_is_not_sent_in_time_is_a_warning_and_delays_no_caller(
    caplog: pytest.LogCaptureFixture, seconds: float, unsent: list[str]
) -> None:
    async def main() -> None:
        async with Leaving() as leaving, FakeServer() as server:
            async with connect(endpoint=Slow(server, seconds), speaker=None, microphone=None) as session:
                for number in range(5):
                    session.send_text(str(number), respond=False)
                late = session.update(instructions="Be brief.")
                leaving.begin()
            leaving.check()
            with pytest.raises(ConnectionLost):
                await late

    run_virtual(main)
    assert caplog.messages == [f"sess_1: not sent, because the connection has ended: {kind}" for kind in unsent]


def test_a_frame_that_had_arrived_when_the_session_was_left_changes_nothing(caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> list[str]:
        async with FakeServer() as server:
            async with connect(endpoint=server, microphone=None, speaker=VirtualSpeaker()) as session:
                pass
            session._runtime.handle_frame(json.dumps(BEGUN))
            return [response.id async for response in session.responses()]

    assert run_virtual(main) == []
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]
