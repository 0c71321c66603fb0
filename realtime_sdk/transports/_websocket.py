"""The WebSocket client; it maps the exceptions of `websockets` to errors of this package."""

from __future__ import annotations

import asyncio
import errno
import logging
import math
import re
import socket
import ssl
from collections.abc import Iterator, Mapping, Sequence
from typing import Final
from urllib.parse import parse_qsl, urlsplit

from websockets.asyncio.client import connect
from websockets.exceptions import (
    ConnectionClosed,
    InvalidMessage,
    InvalidProxy,
    InvalidStatus,
    ProxyError,
    WebSocketException,
)
from websockets.protocol import State

from .._runtime.quiet_log import quiet_log
from .._runtime.text import quotable
from ..errors import ConnectionFailed, ConnectionLost
from ._dialling import dial, is_dialled_by_name
from ._headers import carries_credentials, secret_values
from ._refused_handshake import refused_handshake
from ._websocket_connection import SIZE_LIMIT, WebSocketConnection

OPEN_TIMEOUT = 10.0
"""Seconds for name lookup, TCP, TLS and handshake together."""

PING_INTERVAL = 4.0
PING_TIMEOUT = 10.0
"""Seconds between keepalive pings, and for their answers. A server that answers none, whatever else it sends, is given
up after both and `CLOSE_TIMEOUT`: 14.5 s after the connection was opened, or after the last ping that it answered. That
is before a request to it times out."""

SEND_TIMEOUT = 20.0
"""Seconds within which the server has to read some of what waits to be sent: a large frame may take minutes on a slow
line. One that has stopped reading gets no pings either."""

CLOSE_TIMEOUT = 0.5
"""Seconds that the server has to answer a close: leaving a session must not take longer than a second."""

_NO_PONG: Final = "keepalive ping timeout"
"""The reason with which the library closes a connection whose pings are not answered."""

_log = logging.getLogger(__name__)

_library_log = quiet_log(__name__)


class WebSocketTransport:
    """A `Transport` over one WebSocket connection."""

    def __init__(self, connection: WebSocketConnection, name: str) -> None:
        self._connection = connection
        self._name = name

    def __repr__(self) -> str:
        return f"<WebSocketTransport {self._name} {self._connection.state.name}>"

    async def send(self, text: str) -> None:
        """Send one text frame; waits for as long as the server reads, and `SEND_TIMEOUT` once it does not."""
        sending = asyncio.ensure_future(self._connection.send(text))
        try:
            await self._wait_while_read(sending)
        finally:
            sending.cancel()
        if not sending.done():
            self._connection.give_up(f"the server has read nothing for {SEND_TIMEOUT:g} s")
            await self._connection.wait_closed()
        elif isinstance(closed := sending.exception(), ConnectionClosed):
            raise _lost(closed, self._name)
        else:
            sending.result()
        if self._connection.state is State.CLOSED:  # while the frame waited for room
            raise _lost(self._connection.protocol.close_exc, self._name)

    async def _wait_while_read(self, sending: asyncio.Future[None]) -> None:
        """Wait until a frame is on its way, for as long as the server reads."""
        await asyncio.sleep(0)  # the frame is in the buffer then
        waiting, left = math.inf, self._connection.transport.get_write_buffer_size()
        while not sending.done() and left < waiting:
            await asyncio.wait([sending], timeout=SEND_TIMEOUT)
            waiting, left = left, self._connection.transport.get_write_buffer_size()

    def send_now(self, text: str) -> bool:
        """Send one text frame, unless it would have to wait, or the connection has ended; return whether it was."""
        return self._connection.send_now(text)

    async def receive(self) -> bytes:
        """Wait for the next frame: its payload undecoded, which the parser takes as it is."""
        try:
            return await self._connection.next_message()
        except ConnectionClosed as closed:
            raise _lost(closed, self._name) from None

    def arrived(self) -> Sequence[bytes]:
        """Return the frames that have arrived, without waiting."""
        return self._connection.waiting_messages()

    async def close(self) -> None:
        """Close with code 1000; a server that does not answer within `CLOSE_TIMEOUT`, or does not read, is given up."""
        try:
            async with asyncio.timeout(CLOSE_TIMEOUT):
                await self._connection.close()
        except TimeoutError:
            _log.debug("→ %s: given up, it does not answer a close", self._name)
        finally:
            self._connection.transport.abort()
        await self._connection.wait_closed()
        _log.debug("→ %s: closed", self._name)


class _Direct(connect):
    """`connect` that follows no redirect: the key goes to the address that the caller named."""

    def process_redirect(self, exc: Exception) -> Exception | str:
        return exc


async def open_websocket(url: str, name: str, headers: Mapping[str, str], *, proxy: bool) -> WebSocketTransport:
    """Connect to `url`, which messages call `name`; `proxy`: go through the system's proxy, where there is one.

    Raises `ConnectionFailed` if no connection came about. Nothing that it refers to holds the headers.
    """
    try:
        async with asyncio.timeout(OPEN_TIMEOUT):
            connection = await _Direct(
                url,
                sock=await dial(url) if proxy and is_dialled_by_name(url) else None,
                additional_headers=headers,
                compression=None,  # audio hardly shrinks, and inflating it costs eight times the CPU of all the rest
                proxy=True if proxy else None,
                max_size=SIZE_LIMIT,
                open_timeout=None,
                ping_interval=PING_INTERVAL,
                ping_timeout=PING_TIMEOUT,
                close_timeout=CLOSE_TIMEOUT,
                logger=_library_log,
                create_connection=WebSocketConnection,
            )
    except (OSError, WebSocketException, ImportError, UnicodeError) as error:
        failure = _failure(error, name, url, headers)
    else:
        assert isinstance(connection, WebSocketConnection)
        _log.debug("→ %s: open", name)
        return WebSocketTransport(connection, name)
    # Raised out here, it has no context: the library's exception keeps frames alive whose variables hold the key.
    raise failure


def _failure(error: Exception, name: str, url: str, headers: Mapping[str, str]) -> ConnectionFailed:
    if not isinstance(error, InvalidStatus):
        return ConnectionFailed(_explain(error, name))
    response = error.response
    retry_after, location = (next(iter(response.headers.get_all(name)), None) for name in ("Retry-After", "Location"))
    body = bytes(response.body or b"")
    if urlsplit(url).username is not None:
        body, location = b"", None  # the password may be repeated in another form, such as that of the header
    with_key, secrets = carries_credentials(headers), list(_secrets(url, headers))
    return refused_handshake(
        name, response.status_code, body, with_key=with_key, secrets=secrets, retry_after=retry_after, location=location
    )


def _explain(error: Exception, name: str) -> str:
    """Explain a failure without the library's text, which may quote the address or what the server echoed."""
    match error:
        case ProxyError() | InvalidProxy() | ImportError():
            return f"{name} can't be reached through the system's proxy: check HTTPS_PROXY ({type(error).__name__})"
        case TimeoutError():
            return f"{name} did not answer within {OPEN_TIMEOUT:g} s: check the network and the address"
        case ssl.SSLCertVerificationError():
            return f"{name} showed a certificate that is not trusted: {error.verify_message}"
        case ssl.SSLError():
            reason = error.reason or type(error).__name__
            return f"{name} can't be reached by TLS ({reason}): if the server is not encrypted, its address is ws://"
        case socket.gaierror():
            return f"{name} can't be reached: its host is not found; check the network and the address"
        case ConnectionResetError() if name.startswith("wss:"):
            return f"{name} broke the connection off during TLS: if the server is not encrypted, its address is ws://"
        case OSError() if _is_refused(error):
            return f"{name} can't be reached: no server listens there; start it, or correct the address"
        case OSError():
            reason = error.strerror or str(error) or type(error).__name__
            return f"{name} can't be reached: {reason}; check the network and the address"
        case InvalidMessage(__cause__=EOFError() | OSError()):
            encrypted = "" if name.startswith("wss:") else ": if the server is encrypted, its address is wss://"
            return f"{name} broke the connection off during the handshake{encrypted}"
        case UnicodeError():
            return f"{name} can't be reached: this is no valid host name"
        case _:
            return f"{name} answered, but not as a WebSocket server ({type(error).__name__})"


def _is_refused(error: OSError) -> bool:
    """Whether every address of the host refused: of several, asyncio raises one error that quotes the text of each."""
    numbers = re.findall(r"\[Errno (\d+)\]", str(error)) if error.errno is None else []
    return isinstance(error, ConnectionRefusedError) or {*map(int, numbers)} == {errno.ECONNREFUSED}


def _secrets(url: str, headers: Mapping[str, str]) -> Iterator[str]:
    """The values in a request that may be secret."""
    yield from (value for field, value in parse_qsl(urlsplit(url).query) if field != "model")
    yield from secret_values(headers)


def _lost(closed: ConnectionClosed, name: str) -> ConnectionLost:
    """Say who ended a connection and why. A server's reason is shown without control characters or credentials."""
    frame = closed.rcvd or closed.sent
    reason = "" if frame is None else quotable(frame.reason)
    if closed.sent is not None and closed.sent.reason == _NO_PONG:
        reason = f"{name} has answered no ping for {PING_TIMEOUT:g} s: it hangs, or the network does"
        message = f"this side closed the connection: {reason}"
    elif closed.sent is not None and not closed.rcvd_then_sent:  # by us: `close`, a protocol error
        message = f"this side closed the connection to {name}: {closed.sent}"
    elif closed.rcvd is not None:
        message = f"{name} closed the connection: {quotable(str(closed.rcvd))}"
    else:
        message = f"the connection to {name} broke off"
    _log.debug("← %s", message)
    return ConnectionLost(message, code=None if frame is None else int(frame.code), reason=reason)
