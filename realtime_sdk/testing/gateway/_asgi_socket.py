"""A WebSocket to an ASGI application in this process, without a network: the client's end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from typing import Any, TypeAlias

from ...errors import ConnectionFailed

_Event: TypeAlias = MutableMapping[str, Any]
AsgiApp: TypeAlias = Callable[[Any, Callable[[], Awaitable[Any]], Callable[[Any], Awaitable[None]]], Awaitable[None]]
"""An ASGI application, such as FastAPI's."""


class AsgiClientSocket:
    """The client's end of a WebSocket that an ASGI application serves.

    path: of the WebSocket, with its query.
    """

    def __init__(self, app: AsgiApp, path: str) -> None:
        self._app = app
        self._path, _, self._query = path.partition("?")
        self._to_app: asyncio.Queue[_Event] = asyncio.Queue()
        self._from_app: asyncio.Queue[_Event | None] = asyncio.Queue()  # None: the application has returned
        self._serving: asyncio.Task[None] | None = None  # None until `connect`

    async def connect(self) -> None:
        """Ask for the WebSocket, and wait until it is accepted.

        Raises:
            ConnectionFailed: the application refused it.
        """
        self._to_app.put_nowait({"type": "websocket.connect"})
        self._serving = asyncio.create_task(self._serve(), name=f"the application's {self._path}")
        answer = await self._from_app.get()
        if answer is None:
            await self._serving  # raises what the application raised
        if answer is None or answer["type"] != "websocket.accept":
            raise ConnectionFailed(f"the application refused a WebSocket at {self._path!r}")

    async def send(self, message: str | bytes) -> None:
        """Send a message."""
        kind = "text" if isinstance(message, str) else "bytes"
        self._to_app.put_nowait({"type": "websocket.receive", kind: message})

    async def __aiter__(self) -> AsyncIterator[str | bytes]:
        """Iterate over the application's messages, until it closes the socket or returns."""
        while (event := await self._from_app.get()) is not None and event["type"] == "websocket.send":
            yield event.get("bytes") or b"" if event.get("text") is None else event["text"]

    async def close(self) -> None:
        """Close the socket, and wait until the application has returned; raises what it raises."""
        self._to_app.put_nowait({"type": "websocket.disconnect", "code": 1006, "reason": ""})
        if self._serving is not None:
            await self._serving

    async def _serve(self) -> None:
        scope = {
            "type": "websocket", "asgi": {"version": "3.0", "spec_version": "2.3"}, "http_version": "1.1",
            "scheme": "ws", "path": self._path, "raw_path": self._path.encode(), "query_string": self._query.encode(),
            "root_path": "", "headers": [(b"host", b"gateway.invalid")], "client": ("127.0.0.1", 50_000),
            "server": ("gateway.invalid", 80), "subprotocols": [], "state": {}, "extensions": {},
        }  # fmt: skip
        try:
            await self._app(scope, self._to_app.get, self._take)
        finally:
            self._from_app.put_nowait(None)

    async def _take(self, event: _Event) -> None:
        self._from_app.put_nowait(event)
