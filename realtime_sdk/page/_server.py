"""Serves the page by itself, on a port of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from http import HTTPStatus
from typing import Final
from urllib.parse import urlsplit

from websockets.asyncio.server import ServerConnection, serve as serve_websockets
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from .._runtime.quiet_log import quiet_log
from ..errors import ConnectionFailed, ConnectionLost
from ._line import OpenSession, talk_over
from ._messages import MAX_FRAME
from ._site import SOCKET, Answer, answer, refusal

CLOSE_TIMEOUT: Final = 0.5
"""Seconds that a page has to answer a close."""

_library_log = quiet_log(__name__)


@asynccontextmanager
async def serve_page(
    open_session: OpenSession, *, host: str = "127.0.0.1", port: int = 0, origins: Sequence[str] = ()
) -> AsyncIterator[str]:
    """Serve a page that talks, while the context is open; yields its `http://` URL.

        def open_session(line: PageLine):
            return connect(microphone=line.microphone, speaker=line.speaker)

        async with serve_page(open_session) as url:
            ...

    open_session: opens the session of each page that is opened; it ends with the page. The key of a service stays here:
    the page sees audio and captions only. host, port: where to listen; port 0 takes a free one. origins: further
    origins whose pages may talk, such as `https://voice.example.com` where a proxy serves this page by that name. The
    page's own origin may, as long as its host is an address or localhost.

    A browser gives its microphone to pages of localhost, and of https: anywhere else a proxy has to encrypt.

    Raises:
        ConnectionFailed: the address is in use or can't be bound.
    """
    pages = _Pages(open_session, frozenset(origins))
    async with AsyncExitStack() as stack:
        try:
            server = await stack.enter_async_context(serve_websockets(
                pages.talk, host, port, process_request=pages.answer, compression=None, max_size=MAX_FRAME,
                close_timeout=CLOSE_TIMEOUT, logger=_library_log,
            ))  # fmt: skip
        except OSError as error:
            reason = (error.strerror or f"{error}").rpartition(": ")[2]  # before it, asyncio repeats the address
            raise ConnectionFailed(f"the page can't be served at {host}, port {port}: {reason}") from error
        bound = next(iter(server.sockets)).getsockname()[1]
        yield f"http://{f'[{host}]' if ':' in host else host}:{bound}/"


class _Pages:
    """The pages that are open."""

    def __init__(self, open_session: OpenSession, origins: frozenset[str]) -> None:
        self._open_session = open_session
        self._origins = origins
        self._talking: set[ServerConnection] = set()

    async def answer(self, _connection: ServerConnection, request: Request) -> Response | None:
        """Answer a request for a file; None: it may open the socket."""
        path = urlsplit(request.path).path
        if path != SOCKET:
            return _response(answer(path))
        refused = refusal(
            origin=request.headers.get("Origin"), host=request.headers.get("Host"), origins=self._origins,
            pages=len(self._talking),
        )  # fmt: skip
        return None if refused is None else _response(refused)

    async def talk(self, connection: ServerConnection) -> None:
        """Let a page talk until it closes."""
        self._talking.add(connection)
        try:
            await talk_over(_Socket(connection), self._open_session)
        finally:
            self._talking.discard(connection)


class _Socket:
    """A `PageSocket` of websockets."""

    def __init__(self, connection: ServerConnection) -> None:
        self._connection = connection

    async def send(self, frame: str | bytes) -> None:
        try:
            await self._connection.send(frame)
        except ConnectionClosed as closed:
            raise ConnectionLost(f"{closed}") from closed

    async def receive(self) -> str | bytes:
        try:
            return await self._connection.recv()
        except ConnectionClosed as closed:
            raise ConnectionLost(f"{closed}") from closed

    async def close(self, code: int, reason: str) -> None:
        await self._connection.close(code, reason)


def _response(answer: Answer) -> Response:
    return Response(answer.status, HTTPStatus(answer.status).phrase, Headers(answer.headers), answer.body)
