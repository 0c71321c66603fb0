"""API keys: asking for one, and what one has to be. No error here shows a key, or a part of it."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from typing import TypeAlias

from ..errors import ConnectionFailed, RealtimeError, UsageError

ApiKey: TypeAlias = str | Callable[[], str | Awaitable[str]]
"""A key, or a function (async or not) that is asked for one at every connect."""


async def resolve_key(api_key: ApiKey | None) -> str | None:
    """Return the key of the moment; None if there is none.

    Raises:
        ConnectionFailed: the function that was asked has failed; a later attempt may succeed.
        UsageError: it returned something else than a key.

    """
    if not callable(api_key):
        return api_key
    try:
        key: object = api_key()
        if inspect.isawaitable(key):
            key = await key
    except RealtimeError:
        raise
    except Exception as error:
        # Its text stays with the exception itself, further up the traceback: it may quote what a key service answered.
        raise ConnectionFailed(f"the function that gives the API key raised {type(error).__name__}") from error
    if isinstance(key, str):
        return key
    kind = _kind(key)
    del key  # a traceback that shows variables shows it nowhere
    raise UsageError(f"the function that gives the API key returned {kind}, not a string")


def key_problem(api_key: object) -> str | None:
    """Say what is wrong with a key; None if nothing is. Spaces and line breaks around it are overlooked."""
    if not isinstance(api_key, str):
        return f"the API key is {_kind(api_key)}, not a string"
    key = api_key.strip()
    if not key:
        return "the API key is empty: pass a key, or None where the server wants none"
    if not key.isascii() or not key.isprintable() or " " in key:
        return "the API key has a space, a line break or another character that no key has: copy it again"
    return None


def _kind(value: object) -> str:
    return "None" if value is None else f"an object of type {type(value).__name__}"
