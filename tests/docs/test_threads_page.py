"""The programs of the page on threads and web servers run."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest
from starlette.types import Message as AsgiMessage

from realtime_sdk import connect
from realtime_sdk.testing import FakeServer, VirtualSpeaker, message, run_virtual

from .pages import blocks, run

THREAD, HANDED_ON, FASTAPI, MANY = blocks("threads.md", "python")


def test_other_threads_hand_their_calls_to_the_loop_of_a_thread(capsys: pytest.CaptureFixture[str]) -> None:
    async def main() -> None:
        server = FakeServer()
        server.reply(message("Yes?"))
        async with server, server.listen() as url:
            await run(THREAD, connect=partial(connect, endpoint=url))

    asyncio.run(main())
    assert capsys.readouterr().out == "Yes?\n"


def test_what_blocks_is_handed_on() -> None:
    saved: list[str] = []

    def save(item_id: str, heard: str) -> None:
        saved.append(heard)

    async def main() -> None:
        server = FakeServer()
        server.reply(message("Hello.", seconds=0.5))
        async with server, connect(endpoint=server, microphone=None, speaker=VirtualSpeaker()) as session:
            session.send_text("Hi.")
            await session.drained()
        await run(HANDED_ON, session=session, save=save)  # it has ended, so that its events do

    run_virtual(main)
    assert saved == ["Hello."]


class Client:
    """A client of the web application: what it sends, and what it is sent, as ASGI has it."""

    def __init__(self, *texts: str) -> None:
        self.answers = list[str]()
        self._sends: list[AsgiMessage] = [
            {"type": "websocket.connect"},
            *({"type": "websocket.receive", "text": text} for text in texts),
            {"type": "websocket.disconnect", "code": 1000},
        ]

    async def receive(self) -> AsgiMessage:
        return self._sends.pop(0)

    async def send(self, event: AsgiMessage) -> None:
        if event["type"] == "websocket.send":
            self.answers.append(event["text"])


def test_a_web_server_has_a_session_for_each_client() -> None:
    async def main() -> list[str]:
        server, client = FakeServer(), Client("Who are you?", "And who am I?")
        server.reply(message("A model."))
        server.reply(message("A caller."))
        scope: dict[str, Any] = {
            "type": "websocket", "path": "/chat", "headers": [], "query_string": b"", "subprotocols": [],
        }  # fmt: skip
        async with server:
            names: dict[str, Any] = {"connect": partial(connect, endpoint=server)}
            exec(FASTAPI, names)
            await names["app"](scope, client.receive, client.send)
        assert server.connections[0].over
        return client.answers

    assert run_virtual(main) == ["A model.", "A caller."]


def test_many_sessions_run_side_by_side(capsys: pytest.CaptureFixture[str]) -> None:
    async def main() -> None:
        server = FakeServer()
        for _ in range(3):
            server.reply(message("Hello."))
        async with server:
            await run(MANY, connect=partial(connect, endpoint=server))

    run_virtual(main)
    assert capsys.readouterr().out == "['Hello.', 'Hello.', 'Hello.']\n"


def test_several_loops_have_sessions_at_the_same_time() -> None:
    together = threading.Barrier(3, timeout=120.0)

    async def talk(number: int) -> str:
        server = FakeServer()
        server.reply(message(f"Hello, {number}."))
        async with server, connect(endpoint=server, microphone=None, speaker=None) as session:
            await asyncio.to_thread(together.wait)  # all three sessions are open
            session.send_text("Hello?")
            return await (await anext(session.responses())).text()

    with ThreadPoolExecutor() as threads:
        heard = list(threads.map(lambda number: asyncio.run(talk(number)), range(3)))
    assert heard == ["Hello, 0.", "Hello, 1.", "Hello, 2."]
