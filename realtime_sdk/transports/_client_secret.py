"""Client secrets: a back end asks a service for one over HTTP, and its clients open sessions with it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.client import HTTPException
from typing import Any, Final
from urllib.error import HTTPError, URLError
from urllib.request import HTTPRedirectHandler, ProxyHandler, Request, build_opener

from .._runtime.threads import run_in_thread
from ..errors import ConnectionFailed
from ._headers import Headers, carries_credentials
from ._opening import Handshake
from ._refused_handshake import refused_handshake

LARGEST: Final = 1 << 20
"""Bytes that are read of an answer."""


@dataclass(frozen=True, slots=True)
class ClientSecret:
    """A secret with which a client may open sessions; it does not show itself."""

    value: str = field(repr=False)
    """The secret, `ek_…`: an `api_key` for `connect`, on the client."""

    expires_at: float
    """Unix time in seconds until which sessions can be opened with it. One that is open by then goes on."""

    session: Mapping[str, Any] = field(repr=False)
    """The session object of the wire that those sessions begin with."""


async def request_secret(handshake: Handshake, body: Mapping[str, Any], timeout: float) -> ClientSecret:
    """Ask the service of a handshake for a client secret.

    Raises:
        ConnectionFailed: the service was not reached in time, or refused.
        UsageError: the credential is malformed, given twice, or would travel in the clear.

    """
    address = handshake.address._replace(query="", path=f"{handshake.address.path.rstrip('/')}/client_secrets")
    url = "http" + address.geturl().removeprefix("ws")
    headers = Headers({**handshake.complete_headers(), "Content-Type": "application/json"})
    call = _Call(url, address.name, headers, json.dumps(body).encode(), timeout, proxy=not address.is_loopback)
    status, answer = await run_in_thread(call.run, abandon_on_cancel=True)
    if status != 200:
        raise refused_handshake(
            call.name, status, answer, with_key=carries_credentials(headers), secrets=[*headers.values()]
        )
    try:
        read = json.loads(answer)
        return ClientSecret(str(read["value"]), float(read["expires_at"]), read.get("session") or {})
    except (ValueError, LookupError, TypeError, AttributeError):
        raise ConnectionFailed(f"{call.name} answered with something that is no client secret") from None


class _NoRedirects(HTTPRedirectHandler):
    """Follows no redirection, which would take the key elsewhere."""

    def redirect_request(self, *_arguments: Any) -> None:
        """Refuse it."""


class _Call:
    """A request over HTTP; a traceback that shows variables does not show what it carries."""

    def __init__(self, url: str, name: str, headers: Headers, body: bytes, timeout: float, *, proxy: bool) -> None:
        self.name = f"http{name.removeprefix('ws')}"
        self._request = Request(url, data=body, headers=headers, method="POST")
        self._timeout = timeout
        self._opener = build_opener(_NoRedirects(), *([] if proxy else [ProxyHandler({})]))

    def run(self) -> tuple[int, bytes]:
        """Send it, in a thread of its own; return the status and the body of the answer."""
        try:
            with self._opener.open(self._request, timeout=self._timeout) as answer:
                return 200, answer.read(LARGEST)
        except HTTPError as refused:
            with refused:
                return refused.code, refused.read(LARGEST)
        except (OSError, HTTPException) as error:  # among them URLError and TimeoutError
            failure = ConnectionFailed(f"{self.name} was not reached: {_reason(error)}")
        # Raised out here, it has no context: the library's exception keeps frames alive whose variables hold the key.
        raise failure


def _reason(error: Exception) -> str:
    reason = error.reason if isinstance(error, URLError) else error
    return str(reason) or type(error).__name__
