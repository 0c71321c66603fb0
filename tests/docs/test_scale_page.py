"""The program of the page on many calls runs."""

from __future__ import annotations

from functools import partial
from typing import Any, cast

import anyio
from fastapi import WebSocket

from realtime_sdk import connect
from realtime_sdk.testing import FakeServer, message, run_virtual

from .pages import blocks, run

[PROGRAM] = blocks("scale.md", "python")


class Client:
    """A WebSocket whose other end asks one question once it is told to, and reads the answer."""

    def __init__(self) -> None:
        self.asks = anyio.Event()
        self.answers: list[str] = []

    async def accept(self) -> None:
        pass

    async def iter_text(self) -> Any:
        await self.asks.wait()
        yield "Hello?"

    async def send_text(self, text: str) -> None:
        self.answers.append(text)


def test_a_process_that_is_drained_takes_no_more_calls_and_waits_for_the_last() -> None:
    async def main() -> None:
        server = FakeServer()
        server.reply(message("Yes?"))
        async with server, anyio.create_task_group() as tasks:
            app = await run(PROGRAM, connect=partial(connect, endpoint=server))
            client = Client()
            tasks.start_soon(app["call"], cast("WebSocket", client))
            await anyio.sleep(1.0)
            assert await app["healthy"]() == {"calls": 1}
            assert (await app["ready"]()).status_code == 200
            with anyio.move_on_after(10.0) as draining:
                await app["drain"]()
            assert draining.cancelled_caught
            assert (await app["ready"]()).status_code == 503
            client.asks.set()
            assert await app["drain"]() == {"calls": 0}
            assert client.answers == ["Yes?"]

    run_virtual(main)
