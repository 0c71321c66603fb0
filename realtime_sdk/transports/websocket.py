"""The WebSocket client; what `websockets` raises becomes an error of this package here."""

from __future__ import annotations

import logging
import ssl
from collections.abc import Mapping

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import (
    ConnectionClosed,
    InvalidProxy,
    InvalidStatus,
    ProxyError,
    WebSocketException,
)

from ..errors import ConnectionFailed, ConnectionLost

OPEN_TIMEOUT = 10.0
"""Seconds for name lookup, TCP, TLS and handshake together."""

PING_INTERVAL = 20.0
PING_TIMEOUT = 20.0
"""Seconds between keepalive pings, and for their answers: a dead line is noticed within both together."""

CLOSE_TIMEOUT = 0.5
"""Seconds that the server has to answer a close: leaving a session must not take longer than a second."""

_log = logging.getLogger(__name__)

_quiet_log = logging.Logger(f"{__name__}.library", logging.INFO)
_quiet_log.parent = _log
"""Where `websockets` reports. At DEBUG it would write the handshake's headers, and the key with them; made by hand,
this logger is in no registry, so that no logging configuration can lower its level."""


class WebSocketTransport:
    """A `Transport` over one WebSocket connection."""

    def __init__(self, connection: ClientConnection, name: str) -> None:
        self._connection = connection
        self._name = name

    def __repr__(self) -> str:
        return f"<WebSocketTransport {self._name} {self._connection.state.name}>"

    async def send(self, text: str) -> None:
        """Send one text frame."""
        try:
            await self._connection.send(text)
        except ConnectionClosed as closed:
            raise _lost(closed, self._name) from None

    async def receive(self) -> bytes:
        """Wait for the next frame: its payload undecoded, which the parser takes as it is."""
        try:
            return await self._connection.recv(decode=False)
        except ConnectionClosed as closed:
            raise _lost(closed, self._name) from None

    async def close(self) -> None:
        """Close with code 1000; give up on a server that does not answer."""
        await self._connection.close()
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
        connection = await _Direct(
            url,
            additional_headers=headers,
            compression=None,  # the sound doesn't shrink, and inflating it costs eight times the CPU of all the rest
            proxy=True if proxy else None,
            max_size=None,
            open_timeout=OPEN_TIMEOUT,
            ping_interval=PING_INTERVAL,
            ping_timeout=PING_TIMEOUT,
            close_timeout=CLOSE_TIMEOUT,
            logger=_quiet_log,
        )
    except (OSError, WebSocketException, ImportError, UnicodeError) as error:
        failure = ConnectionFailed(_explain(error, name, bool(headers)))
    else:
        _log.debug("→ %s: open", name)
        return WebSocketTransport(connection, name)
    # Raised out here, it has no context: the library's exception keeps frames alive whose variables hold the key.
    raise failure


def _explain(error: Exception, name: str, with_key: bool) -> str:
    """Say what went wrong without the library's text, which may quote the address or what the server echoed."""
    match error:
        case InvalidStatus(response=response) if response.status_code in (401, 403) and not with_key:
            return f"{name} wants an API key (HTTP {response.status_code}): pass api_key=… or set OPENAI_API_KEY"
        case InvalidStatus(response=response) if response.status_code in (401, 403):
            return (
                f"{name} refused the API key (HTTP {response.status_code}): "
                "check that it is current and may use this model"
            )
        case InvalidStatus(response=response) if response.status_code == 404:
            return f"{name} has no realtime service at this path (HTTP 404): check the address and the model"
        case InvalidStatus(response=response):
            return f"{name} refused the connection (HTTP {response.status_code})"
        case ProxyError() | InvalidProxy() | ImportError():
            return f"{name} can't be reached through the system's proxy: check HTTPS_PROXY ({type(error).__name__})"
        case TimeoutError():
            return f"{name} did not answer within {OPEN_TIMEOUT:g} s"
        case ssl.SSLCertVerificationError():
            return f"{name} showed a certificate that is not trusted: {error.verify_message}"
        case OSError():
            return f"{name} can't be reached: {error.strerror or error}"
        case UnicodeError():
            return f"{name} can't be reached: this is no valid host name"
        case _:
            return f"{name} answered, but not as a WebSocket server ({type(error).__name__})"


def _lost(closed: ConnectionClosed, name: str) -> ConnectionLost:
    if closed.sent is not None and not closed.rcvd_then_sent:  # by us: `close`, or pings that got no answer
        message = f"this side closed the connection to {name}: {closed.sent}"
    elif closed.rcvd is not None:
        message = f"{name} closed the connection: {closed.rcvd}"
    else:
        message = f"the connection to {name} broke off"
    _log.debug("← %s", message)
    frame = closed.rcvd or closed.sent
    return ConnectionLost(message) if frame is None else ConnectionLost(message, code=frame.code, reason=frame.reason)
