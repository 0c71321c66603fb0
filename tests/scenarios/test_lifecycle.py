"""A session is opened and closed by a task of its own: any task may leave it, and every failure comes out as it is."""

from __future__ import annotations

import asyncio
import logging
from contextlib import AbstractAsyncContextManager, AsyncExitStack, suppress

import anyio
import pytest

from realtime_sdk import ConnectionLost, DeviceError, Session, UsageError, connect
from realtime_sdk.session.captions._pacer import ReportPacer
from realtime_sdk.testing import FakeServer, VirtualMicrophone, VirtualSpeaker, call, message, run_virtual

from .watch import CLOSING, Watch, WatchedMicrophone, WatchedSpeaker

SECOND = 1.0


@pytest.fixture
def bug(monkeypatch: pytest.MonkeyPatch) -> None:
    """A mistake in the session's own machinery that shows after a second."""

    async def changed(self: ReportPacer) -> None:
        await anyio.sleep(1.0)
        raise KeyError("no such block")

    monkeypatch.setattr(ReportPacer, "changed", changed)


# Opened in one task, closed in another


def test_one_task_opens_and_another_closes() -> None:
    watch = Watch()
    stack = AsyncExitStack()
    opened, go_on = asyncio.Event(), asyncio.Event()

    async def open_and_go_on() -> str:
        await stack.enter_async_context(watch.connect())
        opened.set()
        await go_on.wait()
        return "went on"

    async def close_and_go_on() -> str:
        await opened.wait()
        await stack.aclose()
        await anyio.sleep(1.0)
        return "went on"

    async def main() -> None:
        async with watch.server:
            before = asyncio.all_tasks()
            opener, closer = asyncio.create_task(open_and_go_on()), asyncio.create_task(close_and_go_on())
            assert await closer == "went on"
            assert asyncio.all_tasks() == before | {opener}
            watch.check()
            go_on.set()
            assert await opener == "went on"

    run_virtual(main)


def test_the_task_that_opened_may_be_over_long_before() -> None:
    watch = Watch()

    async def main() -> None:
        async with watch.server:
            connecting = watch.connect()
            session = await asyncio.create_task(connecting.__aenter__())
            watch.server.reply(message("Hello.", seconds=2.0))
            played = await (await session.respond()).played()
            assert played[0].position == 2.0
            await connecting.__aexit__(None, None, None)
            watch.check()

    run_virtual(main)


def test_a_tool_that_leaves_the_session_is_not_waited_for() -> None:
    watch = Watch()
    stack = AsyncExitStack()

    async def hang_up() -> str:
        await stack.aclose()
        return "never heard of"

    async def main() -> None:
        async with watch.server:
            before = asyncio.all_tasks()
            watch.server.reply(call("hang_up"))
            session = await stack.enter_async_context(
                connect(endpoint=watch.server, speaker=WatchedSpeaker(watch), microphone=None, tools=[hang_up])
            )
            session.send_text("Goodbye.")
            async for _ in session.events():
                pass
            await anyio.sleep(CLOSING + 0.01)
            watch.check()
            assert asyncio.all_tasks() == before

    run_virtual(main)


def test_a_session_is_entered_once() -> None:
    async def main() -> None:
        async with FakeServer() as server:
            connecting = connect(endpoint=server, speaker=None, microphone=None)
            async with connecting:
                with pytest.raises(UsageError, match=r"opened before: call connect\(\.\.\.\) again"):
                    await connecting.__aenter__()
            with pytest.raises(UsageError, match="opened before"):
                await connecting.__aenter__()

    run_virtual(main)


def test_a_session_that_was_never_opened_can_not_be_left() -> None:
    async def main() -> None:
        connecting = connect(endpoint=FakeServer(), speaker=None, microphone=None)
        with pytest.raises(UsageError, match="never opened: enter it first"):
            await connecting.__aexit__(None, None, None)

    run_virtual(main)


def test_leaving_twice_is_harmless() -> None:
    watch = Watch()

    async def main() -> None:
        async with watch.server:
            connecting = watch.connect()
            session = await connecting.__aenter__()
            async with asyncio.TaskGroup() as leaving:
                leaving.create_task(_leave(connecting))
                leaving.create_task(_leave(connecting))
            await connecting.__aexit__(None, None, None)
            with pytest.raises(ConnectionLost, match="the session has ended"):
                await session.send_text("Hello?")

    run_virtual(main)
    assert watch.closed.count("speaker") == 1


async def _leave(connecting: AbstractAsyncContextManager[Session, None]) -> None:
    await connecting.__aexit__(None, None, None)


def test_a_session_is_left_on_its_own_loop() -> None:
    async def main() -> None:
        async with FakeServer() as server:
            connecting = connect(endpoint=server, speaker=None, microphone=None)
            async with connecting:
                with pytest.raises(UsageError, match="from the session's own event loop"):
                    await asyncio.to_thread(asyncio.run, _leave(connecting))

    asyncio.run(main())


# What the block raises, and what fails behind it


@pytest.mark.parametrize("raised", [ValueError("mine"), ExceptionGroup("ours", [ValueError("mine")]), SystemExit(3)])
def test_an_exception_of_the_block_is_raised_unchanged(raised: BaseException) -> None:
    watch = Watch()

    async def main() -> None:
        async with watch.server:
            try:
                async with watch.connect():
                    raise raised
            except BaseException as error:
                assert error is raised
                assert error.__cause__ is None and error.__context__ is None
            watch.check()

    run_virtual(main)


def test_a_failure_of_the_background_ends_the_session_and_comes_out_on_leaving(
    bug: None, caplog: pytest.LogCaptureFixture,
) -> None:
    async def main() -> None:
        watch = Watch()
        async with watch.server:
            with pytest.raises(KeyError, match="no such block"):
                async with connect(
                    endpoint=watch.server, speaker=WatchedSpeaker(watch), microphone=VirtualMicrophone()
                ) as session:
                    async for _ in session.events():
                        pass
                    with pytest.raises(ConnectionLost, match="by an internal error") as lost:
                        await anext(session.responses())
                    with pytest.raises(ConnectionLost):
                        await session.send_text("Hello?")
                    await anyio.sleep(CLOSING + 0.01)
                    watch.check()  # although the block goes on
                    assert isinstance(lost.value.__cause__, KeyError)

    run_virtual(main)
    (record,) = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert record.exc_info is not None
    assert "no such block" in caplog.text


def test_what_the_block_raises_goes_before_a_failure_of_the_background(
    bug: None, caplog: pytest.LogCaptureFixture
) -> None:
    async def main() -> None:
        async with FakeServer() as server:
            with pytest.raises(ConnectionLost, match="by an internal error"):
                async with connect(endpoint=server, speaker=None, microphone=VirtualMicrophone()) as session:
                    async for _ in session.responses():
                        pass

    run_virtual(main)
    assert "no such block" in caplog.text


@pytest.mark.parametrize("side", ["speaker", "microphone"])
def test_any_exception_in_opening_a_device_is_a_device_error(side: str) -> None:
    class OddSpeaker(VirtualSpeaker):
        async def open(self, rate: int) -> None:
            raise KeyError("driver")

    class OddMicrophone(VirtualMicrophone):
        async def open(self, rate: int) -> None:
            raise KeyError("driver")

    async def main() -> None:
        server = FakeServer()
        speaker = OddSpeaker() if side == "speaker" else VirtualSpeaker()
        microphone = OddMicrophone() if side == "microphone" else None
        with pytest.raises(DeviceError, match=f"the sound device Odd{side.capitalize()} failed: KeyError: 'driver'"):
            async with server, connect(endpoint=server, speaker=speaker, microphone=microphone):
                pass

    run_virtual(main)


def test_a_device_that_is_cancelled_from_within_while_it_closes_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    class Cancelled(VirtualSpeaker):
        async def close(self) -> None:
            raise asyncio.CancelledError

    async def main() -> None:
        server = FakeServer()
        async with server, connect(endpoint=server, speaker=Cancelled(), microphone=None):
            pass

    run_virtual(main)
    assert "Cancelled failed to close: it awaited something that was cancelled" in caplog.messages


def test_a_part_that_fails_to_close_is_logged_and_the_others_are_closed(caplog: pytest.LogCaptureFixture) -> None:
    class Jammed(VirtualSpeaker):
        async def close(self) -> None:
            raise DeviceError("the lid is jammed")

    watch = Watch()

    async def main() -> None:
        async with (
            watch.server,
            connect(endpoint=watch.server, speaker=Jammed(), microphone=WatchedMicrophone(watch)),
        ):
            pass

    run_virtual(main)
    assert set(watch.closed) == {"microphone", "transport"}
    assert "Jammed failed to close" in caplog.text
    assert "the lid is jammed" in caplog.text


def test_a_tool_that_does_not_end_does_not_delay_leaving(caplog: pytest.LogCaptureFixture) -> None:
    watch = Watch()
    found = asyncio.Event()

    async def ask_the_database() -> str:
        with suppress(asyncio.CancelledError):
            await found.wait()
        await found.wait()
        return "found"

    async def main() -> None:
        async with watch.server:
            watch.server.reply(call("ask_the_database"))
            async with connect(
                endpoint=watch.server, speaker=WatchedSpeaker(watch), microphone=None, tools=[ask_the_database]
            ) as session:
                session.send_text("What is in there?")
                await (await anext(session.responses())).done()
                await anyio.sleep(0.05)
                started = anyio.current_time()
            assert anyio.current_time() - started < SECOND
            watch.check()
            found.set()

    run_virtual(main)
    assert "does not end when it is cancelled" in caplog.text


# Where it runs


def test_without_an_asyncio_loop_connect_advises_what_to_do() -> None:
    """Driven by hand, as another kind of loop would: no loop of asyncio runs."""
    entering = connect(endpoint=FakeServer(), speaker=None, microphone=None).__aenter__()
    with pytest.raises(UsageError, match=r"on asyncio: use asyncio\.run\(main\(\)\), or anyio\.run\(main, backend"):
        entering.send(None)
