"""A fake server is entered and left in any tasks of a loop, and a task of it that fails is not overlooked."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any, NoReturn, TypeVar

import pytest

from realtime_sdk import connect
from realtime_sdk.errors import ConnectionFailed
from realtime_sdk.testing import FakeLiveServer, FakeServer, VirtualSpeaker, message, run_virtual

T = TypeVar("T")


async def in_a_task(step: Awaitable[T]) -> T:
    """Run it in a task of its own, as pytest-asyncio does with each half of a fixture."""

    async def run() -> T:
        return await step

    return await asyncio.create_task(run())


def broken(_event: dict[str, Any]) -> NoReturn:
    raise KeyError("mine")


def failing_server() -> FakeServer:
    server = FakeServer()
    server.reply(message("One two three.", seconds=3.0))
    server.tamper("response.output_audio.delta", broken)
    return server


def raised_in(group: BaseException) -> BaseException:
    """The error inside groups of one."""
    while isinstance(group, BaseExceptionGroup):
        [group] = group.exceptions
    return group


@pytest.mark.parametrize("kind", [FakeServer, FakeLiveServer])
def test_a_server_is_entered_and_left_in_two_tasks(kind: type[FakeServer] | type[FakeLiveServer]) -> None:
    async def main() -> None:
        server = kind()
        assert await in_a_task(server.__aenter__()) is server
        connection = await server.connect(None, None)
        await asyncio.sleep(0.1)
        await in_a_task(server.__aexit__(None, None, None))
        with pytest.raises(ConnectionFailed):
            while True:
                await connection.receive()

    run_virtual(main)


def test_an_error_of_a_server_reaches_the_block_that_entered_it() -> None:
    async def main() -> None:
        with pytest.raises(ExceptionGroup) as failed:
            server = failing_server()
            async with server, connect(endpoint=server, microphone=None, speaker=VirtualSpeaker()) as session:
                session.send_text("Count.")
                await asyncio.Event().wait()  # for ever, unless it is cancelled
        assert repr(raised_in(failed.value)) == "KeyError('mine')"
        assert asyncio.current_task().cancelling() == 0  # type: ignore[union-attr]  # in a task

    run_virtual(main)


def test_an_error_of_a_server_that_another_task_entered_is_raised_when_it_is_left() -> None:
    async def main() -> None:
        server = failing_server()
        await in_a_task(server.__aenter__())
        with pytest.raises(ConnectionFailed, match="the fake server has failed: KeyError: 'mine'"):
            async with connect(endpoint=server, microphone=None, speaker=VirtualSpeaker()) as session:
                session.send_text("Count.")
                async for _ in session.responses():
                    pass
        with pytest.raises(ExceptionGroup) as failed:
            await in_a_task(server.__aexit__(None, None, None))
        assert repr(raised_in(failed.value)) == "KeyError('mine')"

    run_virtual(main)


def test_a_cancellation_from_outside_passes_an_error_of_the_server() -> None:
    async def main() -> None:
        async def use() -> None:
            server = failing_server()
            async with server, connect(endpoint=server, microphone=None, speaker=VirtualSpeaker()) as session:
                session.send_text("Count.")
                try:
                    await asyncio.Event().wait()
                except asyncio.CancelledError:
                    user.cancel()  # once more, by the application
                    raise

        user = asyncio.create_task(use())
        with pytest.raises(asyncio.CancelledError):
            await user

    run_virtual(main)
