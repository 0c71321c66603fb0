"""A chat endpoint on loopback, scripted."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

LISTING = b'{"data": [{"id": "small"}, {"id": "large"}]}'


class Endpoint:
    """Chat completions on loopback: answers each request with the next of `replies`, and keeps what it was asked."""

    def __init__(self, *replies: Sequence[dict[str, Any]] | int) -> None:
        self.replies = list(replies)  # the chunks of a stream, or the status of a refusal
        self.requests: list[tuple[str, dict[str, str], dict[str, Any]]] = []  # path, headers, body
        self.go_on = asyncio.Event()  # a stream waits for it after its first chunk
        self.go_on.set()
        self.url = ""

    @asynccontextmanager
    async def serve(self) -> AsyncIterator[Endpoint]:
        async with await asyncio.start_server(self._answer, "127.0.0.1", 0) as server:
            self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
            yield self

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:]) if name}
            body = await reader.readexactly(int(headers.get("content-length", 0)))
            self.requests.append((head[0], headers, json.loads(body or b"{}")))
            if head[0].startswith("GET"):
                await self._send(writer, "200 OK", "application/json", [LISTING])
                return
            reply = self.replies.pop(0)
            if isinstance(reply, int):
                await self._send(writer, f"{reply} No", "application/json", [b'{"error": "no such model"}'])
                return
            chunks = [f"data: {json.dumps(chunk)}\n\n".encode() for chunk in reply]
            await self._send(writer, "200 OK", "text/event-stream", [*chunks, b"data: [DONE]\n\n"])
        except ConnectionError:
            pass  # the client left
        finally:
            writer.close()

    async def _send(self, writer: asyncio.StreamWriter, status: str, kind: str, pieces: list[bytes]) -> None:
        writer.write(f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nConnection: close\r\n\r\n".encode())
        for place, piece in enumerate(pieces):
            if place:
                await self.go_on.wait()
            writer.write(piece)
            await writer.drain()


def text(content: str) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": {"content": content}}]}


def call(index: int = 0, **function: str) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": {"tool_calls": [{"index": index, "function": function}]}}]}
