"""The page as a part of one's own web application: any that speaks ASGI, such as FastAPI, Starlette or Django."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from typing import Any, TypeAlias

from ..errors import ConnectionLost, UsageError
from ._line import OpenSession, talk_over
from ._messages import MAX_FRAME
from ._site import SOCKET, Answer, answer, refusal

_Message: TypeAlias = MutableMapping[str, Any]
_Receive: TypeAlias = Callable[[], Awaitable[_Message]]
_Send: TypeAlias = Callable[[_Message], Awaitable[None]]


class PageApp:
    """An ASGI application that serves the page and its socket.

        app = FastAPI()
        app.mount("/talk", PageApp(open_session))

    open_session, origins: those of `serve_page`. An application that has a name, and not just an address, lists its own
    origin: `origins=["https://voice.example.com"]`. Anyone who can load the page can talk: an application that knows
    its users checks them before, in a middleware.
    """

    def __init__(self, open_session: OpenSession, *, origins: Sequence[str] = ()) -> None:
        self._open_session = open_session
        self._origins = frozenset(origins)
        self._pages = 0  # that talk

    async def __call__(self, scope: _Message, receive: _Receive, send: _Send) -> None:
        """Serve one connection."""
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        if scope["type"] == "http":
            await _send_answer(send, "http.response", answer(path or "/"))
        elif scope["type"] == "websocket":
            await receive()  # the wish to connect
            await self._connect(scope, path, receive, send)

    async def _connect(self, scope: _Message, path: str, receive: _Receive, send: _Send) -> None:
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        refused = refusal(
            origin=headers.get("origin"), host=headers.get("host"), origins=self._origins, pages=self._pages
        )
        if path != SOCKET or refused is not None:
            await send({"type": "websocket.close", "code": 1008})  # before it is accepted: HTTP status 403
            return
        await send({"type": "websocket.accept"})
        self._pages += 1
        try:
            await talk_over(_Socket(receive, send), self._open_session)
        finally:
            self._pages -= 1


class _Socket:
    """A `PageSocket` of ASGI."""

    def __init__(self, receive: _Receive, send: _Send) -> None:
        self._receive = receive
        self._send = send

    async def send(self, frame: str | bytes) -> None:
        key = "text" if isinstance(frame, str) else "bytes"
        try:
            await self._send({"type": "websocket.send", key: frame})
        except OSError as gone:
            raise ConnectionLost(f"{gone}") from gone

    async def receive(self) -> str | bytes:
        message = await self._receive()
        if message["type"] == "websocket.disconnect":
            raise ConnectionLost("the page closed its socket", code=message.get("code"), reason="")
        frame: str | bytes = message["text"] if message.get("text") is not None else message["bytes"]
        if len(frame) > MAX_FRAME:
            raise UsageError(f"the page sent a frame of {len(frame)} bytes: {MAX_FRAME} are the limit")
        return frame

    async def close(self, code: int, reason: str) -> None:
        try:
            await self._send({"type": "websocket.close", "code": code, "reason": reason})
        except (OSError, RuntimeError):
            return  # the page is gone already


async def _send_answer(send: _Send, kind: str, answer: Answer) -> None:
    headers = [(name.lower().encode(), value.encode()) for name, value in answer.headers.items()]
    await send({"type": f"{kind}.start", "status": int(answer.status), "headers": headers})
    await send({"type": f"{kind}.body", "body": answer.body})
