"""API keys: how one is resolved and validated. No error here shows a key, or a part of it."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any, TypeAlias, TypeVar

from ..errors import ConnectionFailed, RealtimeError, UsageError

ApiKey: TypeAlias = str | Callable[[], str | Awaitable[str]]
"""A key, or a function (async or not) that returns one, called at every connect."""

T = TypeVar("T")


class KeyText(str):
    """A key as it was given. A traceback that shows variables does not show it."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "<key>"


def conceal_keys(endpoint: type[T]) -> type[T]:
    """Decorate an endpoint's dataclass: its constructor, which may raise, holds keys as `KeyText`."""
    construct: Any = endpoint.__init__

    @wraps(construct)
    def concealing(self: T, *args: Any, **kwargs: Any) -> None:
        for name in ("api_key", "token"):
            if isinstance(kwargs.get(name), str):
                kwargs[name] = KeyText(kwargs[name])
        construct(self, *args, **kwargs)

    endpoint.__init__ = concealing  # type: ignore[method-assign, assignment]
    return endpoint


async def resolve_key(api_key: ApiKey | None) -> str | None:
    """Return the current key; None if there is none.

    Raises:
        ConnectionFailed: the function raised; a later attempt may succeed.
        UsageError: it returned no string.

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
        # Its text stays with the exception itself, further up the traceback: it may quote the answer of a key service.
        raise ConnectionFailed(f"the function that gives the API key raised {type(error).__name__}") from error
    if isinstance(key, str):
        return key
    returned = _describe_type(key)
    del key  # so that no traceback with variables shows it
    raise UsageError(f"the function that gives the API key returned {returned}, not a string")


def key_problem(api_key: object) -> str | None:
    """Return why a key is invalid; None if it is valid. Surrounding white space is ignored."""
    if not isinstance(api_key, str):
        return f"the API key is {_describe_type(api_key)}, not a string"
    key = api_key.strip()
    if not key:
        return "the API key is empty: pass a key, or None where the server wants none"
    if not key.isascii() or not key.isprintable() or " " in key:
        return "the API key has a space, a line break or another character that no key has: copy it again"
    return None


def _describe_type(value: object) -> str:
    return "None" if value is None else f"an object of type {type(value).__name__}"
