"""The error for a refused handshake, from the answer to it: for the WebSocket client and for the fake server."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any, Final

from .._runtime.text import quotable
from ..errors import ConnectionFailed

QUOTE_LIMIT: Final = 300
"""Characters that an error quotes of a server's own explanation."""

SECRET_RUN: Final = 6
"""Consecutive characters of a secret that are too many to be shown."""


def refused_handshake(
    name: str, status: int, body: bytes, *, with_key: bool, secrets: Collection[str] = (),
    retry_after: str | None = None,
) -> ConnectionFailed:  # fmt: skip
    """Return the error for a handshake that the server `name` refused with this HTTP status and body.

    with_key: the request carried a credential. secrets: values of the request that are never quoted, in no part.
    retry_after: the answer's header of this name.
    """
    error = _error(body)
    code = error.get("code")
    seconds = float(retry_after) if retry_after is not None and retry_after.isdecimal() else None  # else it is a date
    wait = "" if seconds is None else f": it asks to be left alone for {seconds:.0f} s"
    message = _explain(status, name, with_key) + wait + _quote(status, error, secrets)
    return ConnectionFailed(
        message, status=status, error=code if isinstance(code, str) else None, retry_after=seconds
    )


def _explain(status: int, name: str, with_key: bool) -> str:
    if status in (401, 403) and not with_key:
        return f"{name} wants an API key (HTTP {status}): pass api_key=… or set OPENAI_API_KEY"
    if status in (401, 403):
        return f"{name} refused the API key (HTTP {status}): check that it is current and may use this model"
    if status == 404:
        return f"{name} has no realtime service at this path (HTTP 404): check the address and the model"
    if 300 <= status < 400:
        return f"{name} redirects to another address (HTTP {status}), which is not sent the key: connect to that one"
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
