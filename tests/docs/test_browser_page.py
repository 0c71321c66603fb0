"""The program of the page on talking in the browser runs."""

from __future__ import annotations

import asyncio
from typing import Any

from starlette.types import Message, Scope

from .pages import blocks, run

(APPLICATION,) = blocks("page.md", "python")


def scope(kind: str, path: str, origin: str) -> Scope:
    headers = [(b"host", b"voice.example.com"), (b"origin", origin.encode())]
    return {
        "type": kind, "path": path, "raw_path": path.encode(), "root_path": "", "query_string": b"", "headers": headers,
        "method": "GET", "subprotocols": [],
    }  # fmt: skip


async def answers(app: Any, asked: Scope) -> list[Message]:
    """What an application answers to a client that asks, and leaves."""
    leaving: list[Message] = [{"type": "websocket.connect"}, {"type": "websocket.disconnect", "code": 1000}]
    incoming = iter(leaving)
    sent: list[Message] = []

    async def receive() -> Message:
        return next(incoming)

    async def send(message: Message) -> None:
        sent.append(message)

    await app(asked, receive, send)
    return sent


def test_the_page_is_mounted_and_its_socket_opens_for_its_own_origin() -> None:
    async def main() -> None:
        app = (await run(APPLICATION))["app"]
        start, body = await answers(app, scope("http", "/talk/", "https://voice.example.com"))
        assert start["status"] == 200
        assert b"page.js" in body["body"]
        foreign = await answers(app, scope("websocket", "/talk/line", "https://evil.example"))
        assert [message["type"] for message in foreign] == ["websocket.close"]
        own = await answers(app, scope("websocket", "/talk/line", "https://voice.example.com"))
        assert [message["type"] for message in own] == ["websocket.accept", "websocket.close"]

    asyncio.run(main())
