"""Servers that speak the protocol: OpenAI's, or any at a WebSocket address."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import parse_qs, urlencode

from .._runtime.arguments import check_instance, check_text
from ..errors import UsageError
from ..protocol._models import REALTIME_MODEL
from ..protocol.dialects._dialect import Capabilities, Dialect
from ..protocol.dialects._ga import GA
from ..protocol.dialects._table import dialect_of
from ._address import Address, AddressText
from ._headers import Headers, carries_credentials, header_problem, headers_of
from ._keys import ApiKey, key_problem, resolve_key
from ._transport import Endpoint, Transport
from ._websocket import open_websocket

OPENAI_URL: Final = "wss://api.openai.com/v1/realtime"

_HOST_AND_PORT: Final = re.compile(r"([a-zA-Z0-9.-]+|\[[0-9a-fA-F:]+\]):\d{1,5}/?")
"""An address in which there is no room for a key."""


@dataclass(frozen=True, slots=True)
class OpenAIEndpoint:
    """OpenAI's service. `default_model` is used where no model is asked for."""

    default_model: str = REALTIME_MODEL

    @property
    def name(self) -> str:
        """`wss://api.openai.com/v1/realtime`."""
        return OPENAI_URL

    @property
    def dialect(self) -> Dialect:
        """The current protocol."""
        return GA

    @property
    def capabilities(self) -> Capabilities:
        """The service's capabilities."""
        return self.dialect.capabilities

    async def connect(self, model: str | None, api_key: str | None) -> Transport:
        """Open a connection; the service wants a key."""
        if api_key is None or api_key == "":
            raise UsageError("OpenAI's service wants an API key: pass api_key=… or set OPENAI_API_KEY")
        parts = Address.of(OPENAI_URL)
        headers = _with_authorization(parts, api_key, Headers())
        del api_key  # from here on no traceback with variables shows it
        return await _open(parts, model or self.default_model, headers)


@dataclass(frozen=True, slots=True, repr=False, init=False)
class UrlEndpoint:
    """The server at a `ws://` or `wss://` address, which may name the model in its query.

    Args:
        url: the address.
        api_key: a string, or a function (async or not) that is asked at every connect; that of `connect` goes before.
        headers: further headers of the handshake, such as `{"api-key": …}`.
        dialect: of the server, a `Dialect` or its name (`"beta"`). Left out, the server is written to in the
            current protocol, and may answer in the beta's events.

    Raises:
        UsageError: an address of another kind, a header that HTTP can't carry, or a dialect that is not known.

    """

    url: str
    api_key: ApiKey | None
    headers: Mapping[str, str] = field(hash=False)
    dialect: Dialect

    def __init__(
        self, url: str, *, api_key: ApiKey | None = None, headers: Mapping[str, str] | None = None,
        dialect: Dialect | str | None = None,
    ) -> None:
        check_text("url", url)
        url = AddressText(url)
        given = headers_of(headers)
        del headers  # from here on no traceback with variables shows their values
        if (problem := header_problem(given)) is not None:
            raise UsageError(problem)
        _split(url)
        object.__setattr__(self, "url", url)
        object.__setattr__(self, "api_key", api_key)
        object.__setattr__(self, "headers", given)
        object.__setattr__(self, "dialect", dialect_of(dialect))

    def __repr__(self) -> str:
        # A traceback may show one whose address was refused.
        return f"UrlEndpoint({self.name if hasattr(self, 'url') else ''})"

    @property
    def name(self) -> str:
        """The address without its user, password and query, any of which may be secret."""
        return _split(self.url).name

    @property
    def capabilities(self) -> Capabilities:
        """The server's capabilities, as far as its dialect states them."""
        return self.dialect.capabilities

    def resuming(self, conversation_id: str) -> UrlEndpoint:
        """Return the endpoint at which a server whose dialect has `resumption` goes on with a conversation."""
        parts, added = _split(self.url), urlencode({"conversation_id": conversation_id})
        parts = parts._replace(query=f"{parts.query}&{added}" if parts.query else added)
        return UrlEndpoint(parts.text, api_key=self.api_key, headers=self.headers, dialect=self.dialect)

    async def connect(self, model: str | None, api_key: str | None) -> Transport:
        """Open a connection; `model` is added to the query, unless the address names one.

        The key goes into the handshake's `Authorization` header and nowhere else.
        """
        parts = _split(self.url)
        key = await resolve_key(self.api_key) if api_key is None else api_key
        headers = _with_authorization(parts, key, self.headers)
        del api_key, key
        return await _open(parts, model, headers)


def endpoint_from(value: Endpoint | str | None, environ: Mapping[str, str]) -> Endpoint:
    """Return the endpoint that a caller means.

    An `Endpoint` is taken as it is, a string is a WebSocket address. None reads the environment:
    `OPENAI_REALTIME_URL`, a WebSocket address; else `OPENAI_BASE_URL`, the `https://…/v1` that other clients of the
    service read, to which `/realtime` is added; else OpenAI's service.

    `UsageError` refuses anything else.
    """
    match value:
        case None:
            return _endpoint_of(environ)
        case str():
            return UrlEndpoint(value)
    check_instance("endpoint", value, Endpoint, "an Endpoint, or a ws:// or wss:// address")
    return value


def _endpoint_of(environ: Mapping[str, str]) -> Endpoint:
    if url := AddressText(environ.get("OPENAI_REALTIME_URL", "")):
        return UrlEndpoint(url)
    if base := AddressText(environ.get("OPENAI_BASE_URL", "")):
        if not base.startswith(("https://", "http://")):
            raise UsageError("OPENAI_BASE_URL is no http:// or https:// address")
        return UrlEndpoint("ws" + base.removeprefix("http").rstrip("/") + "/realtime")
    return OpenAIEndpoint()


async def _open(parts: Address, model: str | None, headers: Headers | UsageError) -> Transport:
    if isinstance(headers, UsageError):
        raise headers
    if model is not None and "model" not in parse_qs(parts.query, keep_blank_values=True):
        query = urlencode({"model": model})
        parts = parts._replace(query=f"{parts.query}&{query}" if parts.query else query)
    return await open_websocket(parts.text, parts.name, headers, proxy=not _is_loopback(parts))


def _with_authorization(parts: Address, api_key: str | None, headers: Mapping[str, str]) -> Headers | UsageError:
    """Add the header that carries the key; return the error if it can't, or if a credential would travel in the clear.

    The error is returned, not raised: a traceback through here would show the key to those who show variables.
    """
    has_credentials = api_key is not None or parts.username is not None or carries_credentials(headers)
    if has_credentials and parts.scheme == "ws" and not _is_loopback(parts):
        return UsageError(
            f"{parts.name} is not encrypted, anyone on the way could read the API key: use wss://, or no key"
        )
    if api_key is None:
        return Headers(headers)
    if parts.username is not None:
        return UsageError(f"{parts.name} was given an API key and a user in its address: leave one of them out")
    if "authorization" in map(str.lower, headers):
        return UsageError(f"{parts.name} was given an API key and an Authorization header: leave one of them out")
    if (problem := key_problem(api_key)) is not None:
        return UsageError(problem)
    return Headers({**headers, "Authorization": f"Bearer {api_key.strip()}"})


def _split(url: str) -> Address:
    """Parse an address; no error quotes it, because it may hold a password or a key."""
    try:
        parts = Address.of(url)
        port_is_valid = parts.port != 0
    except ValueError:
        raise UsageError("the endpoint is no valid address: its host or port can't be read") from None
    if parts.scheme not in ("ws", "wss"):
        raise UsageError(f"an endpoint is a ws:// or wss:// address; {_advice(url, parts)}")
    if not parts.hostname or not port_is_valid:
        raise UsageError("the endpoint is no valid address: it names no host, or port 0")
    if parts.fragment:
        raise UsageError(f"{parts.name} has a part after '#', which means nothing to a server: leave it out")
    if parts.username is not None and parts.password is None:
        raise UsageError(f"{parts.name} names a user without a password")
    return parts


def _advice(url: str, parts: Address) -> str:
    """The likely meaning of an address of another kind; it is quoted only if it is just a host and a port."""
    if (scheme := {"http": "ws", "https": "wss"}.get(parts.scheme)) is not None:
        return f"this one is {parts.scheme}: write {scheme}:// in its place"
    if _HOST_AND_PORT.fullmatch(url):
        return f"did you mean {'ws' if _is_loopback(Address.of('//' + url)) else 'wss'}://{url}?"
    return f"this one is {parts.scheme}" if "://" in url else "this one is neither"


def _is_loopback(parts: Address) -> bool:
    host = parts.hostname or ""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:  # a name: only the resolver knows where it leads
        return False
