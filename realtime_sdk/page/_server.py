"""Serves the page by itself, on a port of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from http import HTTPStatus
from urllib.parse import urlsplit

from websockets.asyncio.server import ServerConnection
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from .._runtime.listening import listen
from .._runtime.quiet_log import quiet_log
from ..errors import ConnectionLost
from ._line import OpenSession
from ._messages import MAX_FRAME
from ._pages import Pages
from ._site import SOCKET, Answer, answer

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
    pages = Pages(open_session, origins)
    async with listen(
        partial(_talk, pages), host, port, failure="the page can't be served", process_request=partial(_answer, pages),
        max_size=MAX_FRAME, logger=_library_log,
    ) as address:  # fmt: skip
        yield f"http://{address}/"


async def _answer(pages: Pages, _connection: ServerConnection, request: Request) -> Response | None:
    """Answer a request for a file; None: it may open the socket."""
    path = urlsplit(request.path).path
    if path != SOCKET:
        return _response(answer(path))
    refused = pages.refusal(origin=request.headers.get("Origin"), host=request.headers.get("Host"))
    return None if refused is None else _response(refused)


async def _talk(pages: Pages, connection: ServerConnection) -> None:
    await pages.talk(_Socket(connection))


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
