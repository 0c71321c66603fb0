"""Opens a connection to an address: the handshake's query and headers, and the credential in them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple
from urllib.parse import parse_qs, urlencode

from .._runtime.threads import load_in_thread
from .._runtime.version import version
from ..errors import DISTRIBUTION, UsageError
from ._address import Address, AddressText
from ._headers import Headers, carries_credentials
from ._keys import key_problem
from ._transport import Transport

_HOST_AND_PORT: Final = re.compile(r"([a-zA-Z0-9.-]+|\[[0-9a-fA-F:]+\]):\d{1,5}/?")
"""An address in which there is no room for a key."""

_WHITE_SPACE: Final = re.compile(r"\s")
"""What may not be in an address: it would end the path in the handshake's first line."""


@dataclass(frozen=True, slots=True)
class Credential:
    """The key or token with which a connection is opened; it does not show itself."""

    value: Any = field(repr=False)  # a string, unless the application gave something else; None: none
    header: str = "Authorization"
    prefix: str = "Bearer "


def bearer(value: Any) -> Credential:
    """The credential of most servers."""
    return Credential(value)


def require_key(key: Credential, service: str, variable: str) -> None:
    """Refuse a connection to a service without the key that it wants."""
    if key.value is None or key.value == "":
        raise UsageError(f"{service} wants an API key: pass api_key=… or set {variable}")


def with_parameters(parts: Address, **parameters: str | None) -> Address:
    """Add parameters to the query of an address, but those that are None or that it has already."""
    present = parse_qs(parts.query, keep_blank_values=True)
    added = urlencode({name: value for name, value in parameters.items() if value is not None and name not in present})
    return parts._replace(query="&".join(filter(None, (parts.query, added))))


class Handshake(NamedTuple):
    """What a connection is opened with; it shows none of its values."""

    address: Address
    headers: Mapping[str, str]
    credential: Credential

    def complete_headers(self) -> Headers:
        """The headers with the credential, and with the name of this package unless they name another one.

        Raises:
            UsageError: the credential is malformed, given twice, or would travel in the clear.

        """
        complete = _with_credential(self.address, self.credential, self.headers)
        if isinstance(complete, UsageError):
            raise complete
        has_agent = "user-agent" in map(str.lower, complete)
        return complete if has_agent else Headers({**complete, "User-Agent": user_agent()})


async def open_connection(handshake: Handshake) -> Transport:
    """Open a connection; the credential goes into its header of the handshake and nowhere else.

    Raises:
        ConnectionFailed: no connection came about.
        UsageError: the credential is malformed, given twice, or would travel in the clear.

    """
    address, headers = handshake.address, handshake.complete_headers()
    await load_in_thread(f"{__package__}._websocket")
    from ._websocket import open_websocket

    return await open_websocket(address.text, address.name, headers, proxy=not address.is_loopback)


def user_agent() -> str:
    """The name of this package, and its version."""
    return f"{DISTRIBUTION}/{version()}"


def _with_credential(parts: Address, credential: Credential, headers: Mapping[str, str]) -> Headers | UsageError:
    """Add the header that carries the credential; return the error if it can't, or if it would travel in the clear.

    The error is returned, not raised: a traceback through here would show the key to those who show variables.
    """
    value, name = credential.value, credential.header
    has_credentials = value is not None or parts.username is not None or carries_credentials(headers)
    if has_credentials and parts.scheme == "ws" and not parts.is_loopback:
        return UsageError(
            f"{parts.name} is not encrypted, anyone on the way could read the API key: use wss://, or no key"
        )
    if value is None:
        return Headers(headers)
    if parts.username is not None:
        return UsageError(f"{parts.name} was given an API key and a user in its address: leave one of them out")
    if name.lower() in map(str.lower, headers):
        return UsageError(f"{parts.name} was given an API key and an {name} header: leave one of them out")
    if (problem := key_problem(value)) is not None:
        return UsageError(problem)
    return Headers({**headers, name: f"{credential.prefix}{value.strip()}"})


def split(url: str) -> Address:
    """Parse the address of an endpoint; no error quotes more than its `name`: the rest may be a password or a key."""
    url = AddressText(url.strip())
    try:
        parts = Address.of(url)
        port_is_valid = parts.port != 0
    except ValueError:
        raise UsageError("the endpoint is no valid address: its host or port can't be read") from None
    if parts.scheme not in ("ws", "wss"):
        raise UsageError(f"an endpoint is a ws:// or wss:// address; {_advice(url, parts)}")
    if not parts.hostname or not port_is_valid:
        raise UsageError("the endpoint is no valid address: it names no host, or port 0")
    if _WHITE_SPACE.search(url):
        raise UsageError(
            f"the endpoint {parts.name!r} has white space in its address: leave it out, or write %20 in a path"
        )
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
        return f"did you mean {'ws' if Address.of('//' + url).is_loopback else 'wss'}://{url}?"
    return f"this one is {parts.scheme}" if parts.scheme and "://" in url else "this one is neither"
