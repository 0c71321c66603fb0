"""Servers that speak the protocol: OpenAI's, or any at a WebSocket address."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import SplitResult, parse_qs, urlencode, urlsplit, urlunsplit

from ..errors import UsageError
from ._keys import fault_of
from ._transport import Endpoint, Transport
from ._websocket import open_websocket

OPENAI_URL: Final = "wss://api.openai.com/v1/realtime"
DEFAULT_MODEL: Final = "gpt-realtime-2"


@dataclass(frozen=True, slots=True)
class OpenAIEndpoint:
    """OpenAI's service. `default_model` is used where no model is asked for."""

    default_model: str = DEFAULT_MODEL

    @property
    def name(self) -> str:
        """`wss://api.openai.com/v1/realtime`."""
        return OPENAI_URL

    async def connect(self, model: str | None, api_key: str | None) -> Transport:
        """Open a connection; the service wants a key."""
        if api_key is None or api_key == "":
            raise UsageError("OpenAI's service wants an API key: pass api_key=… or set OPENAI_API_KEY")
        parts = urlsplit(OPENAI_URL)
        headers = _authorization(parts, api_key)
        del api_key  # from here on a traceback that shows variables shows it nowhere
        return await _open(parts, model or self.default_model, headers)


@dataclass(frozen=True, slots=True, repr=False)
class UrlEndpoint:
    """The server at a `ws://` or `wss://` address, which may name the model in its query.

    `UsageError` refuses any other address.
    """

    url: str

    def __post_init__(self) -> None:
        _split(self.url)

    def __repr__(self) -> str:
        return f"UrlEndpoint({self.name})"

    @property
    def name(self) -> str:
        """The address without its user, password and query, any of which may be secret."""
        return _name(_split(self.url))

    async def connect(self, model: str | None, api_key: str | None) -> Transport:
        """Open a connection; `model` is added to the query, unless the address names one.

        The key goes into the handshake's `Authorization` header and nowhere else.
        """
        parts = _split(self.url)
        headers = _authorization(parts, api_key)
        del api_key
        return await _open(parts, model, headers)


def endpoint_from(value: Endpoint | str | None, environ: Mapping[str, str]) -> Endpoint:
    """Give the endpoint that a caller means.

    An `Endpoint` is taken as it is, a string is a WebSocket address. None asks the environment:
    `OPENAI_REALTIME_URL`, a WebSocket address; else `OPENAI_BASE_URL`, the `https://…/v1` that other clients of the
    service read, to which `/realtime` is added; else OpenAI's service.

    `UsageError` refuses anything else.
    """
    match value:
        case None:
            return _endpoint_of(environ)
        case str():
            return UrlEndpoint(value)
        case Endpoint():
            return value
    raise UsageError(f"an endpoint is an Endpoint or a ws:// or wss:// address, not a {type(value).__name__}")


def _endpoint_of(environ: Mapping[str, str]) -> Endpoint:
    if url := environ.get("OPENAI_REALTIME_URL"):
        return UrlEndpoint(url)
    if base := environ.get("OPENAI_BASE_URL"):
        if not base.startswith(("https://", "http://")):
            raise UsageError("OPENAI_BASE_URL is no http:// or https:// address")
        return UrlEndpoint("ws" + base.removeprefix("http").rstrip("/") + "/realtime")
    return OpenAIEndpoint()


class _Headers(dict[str, str]):
    """Headers that don't show what they hold."""

    def __repr__(self) -> str:
        return f"<headers: {', '.join(self) or 'none'}>"


async def _open(parts: SplitResult, model: str | None, headers: _Headers | UsageError) -> Transport:
    if isinstance(headers, UsageError):
        raise headers
    if model is not None and "model" not in parse_qs(parts.query, keep_blank_values=True):
        query = urlencode({"model": model})
        parts = parts._replace(query=f"{parts.query}&{query}" if parts.query else query)
    return await open_websocket(urlunsplit(parts), _name(parts), headers, proxy=not _is_loopback(parts))


def _authorization(parts: SplitResult, api_key: str | None) -> _Headers | UsageError:
    """Make the header that carries the key; the error if it can't, or would carry it in the clear.

    The error is returned, not raised: a traceback through here would show the key to those who show variables.
    """
    secret = api_key is not None or parts.username is not None
    if secret and parts.scheme == "ws" and not _is_loopback(parts):
        return UsageError(
            f"{_name(parts)} is not encrypted, everyone on the way could read the API key: use wss://, or no key"
        )
    if api_key is None:
        return _Headers()
    if parts.username is not None:
        return UsageError(f"{_name(parts)} was given an API key and a user in its address: leave one of them out")
    if (fault := fault_of(api_key)) is not None:
        return UsageError(fault)
    return _Headers(Authorization=f"Bearer {api_key.strip()}")


def _split(url: str) -> SplitResult:
    """Take an address apart; no error quotes it, because it may hold a password or a key."""
    try:
        parts = urlsplit(url)
        port_is_valid = parts.port != 0
    except ValueError:
        raise UsageError("the endpoint is no valid address: its host or port can't be read") from None
    if parts.scheme not in ("ws", "wss"):
        raise UsageError(f"an endpoint is a ws:// or wss:// address; this one is {parts.scheme or 'neither'}")
    if not parts.hostname or not port_is_valid:
        raise UsageError("the endpoint is no valid address: it names no host, or port 0")
    if parts.fragment:
        raise UsageError(f"{_name(parts)} has a part behind '#', which means nothing to a server: leave it out")
    if parts.username is not None and parts.password is None:
        raise UsageError(f"{_name(parts)} names a user without a password")
    return parts


def _name(parts: SplitResult) -> str:
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{host}{port}{parts.path}"


def _is_loopback(parts: SplitResult) -> bool:
    host = parts.hostname or ""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:  # a name: where it leads is known to the resolver alone
        return False
