"""Client secrets: a back end asks a service for one over HTTP, and its clients open sessions with it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.client import HTTPException
from typing import Any, Final
from urllib.error import HTTPError, URLError
from urllib.request import HTTPRedirectHandler, ProxyHandler, Request, build_opener

import anyio

from .._runtime.threads import run_in_thread
from ..errors import ConnectionFailed
from ._headers import Headers, carries_credentials, secret_values
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
    outcome: ClientSecret | ConnectionFailed = ConnectionFailed(f"{call.name} did not answer within {timeout:g} s")
    with anyio.move_on_after(timeout):  # the library's timeout is one for each piece of the answer
        outcome = await run_in_thread(call.run, abandon_on_cancel=True)
    if isinstance(outcome, ConnectionFailed):
        raise outcome
    return outcome


class _NoRedirects(HTTPRedirectHandler):
    """Follows no redirection, which would take the key elsewhere."""

    def redirect_request(self, *_arguments: Any) -> None:
        """Refuse it."""


class _Call:
    """A request over HTTP; a traceback that shows variables does not show what it carries."""

    def __init__(self, url: str, name: str, headers: Headers, body: bytes, timeout: float, *, proxy: bool) -> None:
        self.name = f"http{name.removeprefix('ws')}"
        self._headers = headers
        self._request = Request(url, data=body, headers=headers, method="POST")
        self._timeout = timeout
        self._opener = build_opener(_NoRedirects(), *([] if proxy else [ProxyHandler({})]))

    def run(self) -> ClientSecret | ConnectionFailed:
        """Send it, in a thread of its own, and read the answer.

        A failure is returned, not raised: a traceback through here would show the answer, which may repeat the key.
        """
        try:
            with self._opener.open(self._request, timeout=self._timeout) as answer:
                return _secret_in(answer.read(LARGEST)) or ConnectionFailed(
                    f"{self.name} answered with something that is no client secret"
                )
        except HTTPError as refused:
            with refused:
                return self._refused(refused)
        except (OSError, HTTPException) as error:  # among them URLError and TimeoutError
            return ConnectionFailed(f"{self.name} was not reached: {_reason(error)}")

    def _refused(self, refused: HTTPError) -> ConnectionFailed:
        with_key, secrets = carries_credentials(self._headers), secret_values(self._headers)
        return refused_handshake(
            self.name, refused.code, refused.read(LARGEST), with_key=with_key, secrets=secrets,
            retry_after=refused.headers.get("Retry-After"),
        )  # fmt: skip


def _secret_in(answer: bytes) -> ClientSecret | None:
    """The secret in the body of an answer; None where it has none."""
    try:
        read = json.loads(answer)
        value, expires_at, session = read["value"], float(read["expires_at"]), read.get("session")
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return None
    if not isinstance(value, str) or not value:
        return None
    return ClientSecret(value, expires_at, session if isinstance(session, Mapping) else {})


def _reason(error: Exception) -> str:
    reason = error.reason if isinstance(error, URLError) else error
    return str(reason) or type(error).__name__
