"""A chat endpoint on loopback, scripted."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

LISTING = {"data": [{"id": "small"}, {"id": "large"}]}
NO_SUCH_MODEL = (404, {"error": {"message": "model 'm' not found", "type": "not_found_error"}})


class Endpoint:
    """Chat completions on loopback: answers each request with the next of `replies`, and keeps what it was asked."""

    def __init__(
        self, *replies: Sequence[dict[str, Any]] | tuple[int, object], listing: object = LISTING, done: str = "[DONE]"
    ) -> None:
        self.replies = list(replies)  # the chunks of a stream, or a status and an object
        self.listing = listing
        self.done = done  # the end of a stream
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
                await self._send(writer, "200 OK", "application/json", [json.dumps(self.listing).encode()])
                return
            reply = self.replies.pop(0)
            if isinstance(reply, tuple):
                status, answer = reply
                await self._send(writer, f"{status} ", "application/json", [json.dumps(answer).encode()])
                return
            chunks = [f"data: {json.dumps(chunk)}\n\n".encode() for chunk in reply]
            await self._send(writer, "200 OK", "text/event-stream", [*chunks, f"data: {self.done}\n\n".encode()])
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
