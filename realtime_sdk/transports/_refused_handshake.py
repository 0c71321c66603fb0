"""The error for a refused handshake, from the answer to it: for the WebSocket client and for the fake server."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from email.utils import mktime_tz, parsedate_tz
from typing import Any, Final
from urllib.parse import urljoin

from .._runtime import clock
from .._runtime.text import quotable
from ..errors import ConnectionFailed
from ._address import Address

QUOTE_LIMIT: Final = 300
"""Characters that an error quotes of a server's own explanation."""

LONGEST_WAIT: Final = 86_400.0
"""Seconds for which a server may ask to be left alone: a day. One that asks for more mostly means something else."""

SECRET_RUN: Final = 6
"""Consecutive characters of a secret that are too many to be shown."""


def refused_handshake(
    name: str, status: int, body: bytes, *, with_key: bool, secrets: Collection[str] = (),
    retry_after: str | None = None, location: str | None = None,
) -> ConnectionFailed:  # fmt: skip
    """Return the error for a handshake that the server `name` refused with this HTTP status and body.

    with_key: the request carried a credential. secrets: values of the request that are never quoted, in no part.
    retry_after, location: the answer's headers of these names.
    """
    error = _error(body)
    code = error.get("code")
    seconds = _seconds(retry_after or "")
    wait = f": it asks to be left alone for {seconds:.0f} s" if seconds else ""
    elsewhere = _elsewhere(name, location or "", secrets)
    message = _explain(status, name, with_key, elsewhere) + wait + _quote(status, error, secrets)
    return ConnectionFailed(
        message, status=status, error=code if isinstance(code, str) else None, retry_after=seconds
    )


def _seconds(retry_after: str) -> float | None:
    """The seconds for which a server asks to be left alone, a day at most: a number, or a date; None: it does not."""
    try:
        seconds = float(retry_after)
    except ValueError:
        if (until := _time(retry_after)) is None:
            return None
        seconds = max(0.0, until - clock.machine_wall())
    return min(seconds, LONGEST_WAIT) if seconds >= 0 else None


def _time(date: str) -> float | None:
    """The wall-clock time of a date of HTTP; None: it is none."""
    try:
        parsed = parsedate_tz(date)
        return None if parsed is None else mktime_tz(parsed)
    except (ValueError, OverflowError):  # such as the 32nd
        return None


def _elsewhere(name: str, location: str, secrets: Collection[str]) -> str:
    """The address to which a server redirects, as `connect` takes it; empty where it may show a secret."""
    try:
        address = Address.of(urljoin(name, location))
        scheme = {"http": "ws", "https": "wss"}.get(address.scheme, address.scheme)
        other = address._replace(scheme=scheme).name
    except ValueError:
        return ""
    is_shown = scheme in ("ws", "wss") and address.hostname and not any(_repeats(other, secret) for secret in secrets)
    return quotable(other) if is_shown else ""


def _explain(status: int, name: str, with_key: bool, elsewhere: str) -> str:
    if status in (401, 403) and not with_key:
        # No variable of the environment is named: none is read for an address that `connect` is given.
        return f"{name} wants an API key (HTTP {status}): pass api_key=…"
    if status in (401, 403):
        return f"{name} refused the API key (HTTP {status}): check that it is current and may use this model"
    if status == 404:
        return f"{name} has no realtime service at this path (HTTP 404): check the address and the model"
    if 300 <= status < 400:
        other = elsewhere if elsewhere not in ("", name) else "another address"
        return f"{name} redirects to {other} (HTTP {status}), which is not sent the key: connect to that one"
    if status < 300:
        return f"{name} answered, but opened no WebSocket (HTTP {status}): check the address"
    return f"{name} refused the connection (HTTP {status})"


def _error(body: bytes) -> dict[str, Any]:
    """The error object in the body; empty where it has none."""
    try:
        error = json.loads(body)["error"]
    except (ValueError, LookupError, TypeError, RecursionError):
        return {}
    return error if isinstance(error, dict) else {}


def _quote(status: int, error: Mapping[str, Any], secrets: Collection[str]) -> str:
    """Quote the error's message, unless it may repeat a secret of the request.

    The answer to a refused key often repeats a part of the key, and is never quoted.
    """
    if status < 400 or status == 401:
        return ""
    message = error.get("message")
    text = quotable(message) if isinstance(message, str) else ""
    is_quotable = text and not any(_repeats(str(message), secret) for secret in secrets)
    return f". It says: {text[:QUOTE_LIMIT]}" if is_quotable else ""


def _repeats(text: str, secret: str) -> bool:
    """Whether `text` has a part of `secret`."""
    length = min(len(secret), SECRET_RUN)
    return length > 0 and any(secret[at : at + length] in text for at in range(len(secret) - length + 1))
