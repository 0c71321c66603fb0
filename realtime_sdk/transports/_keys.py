"""API keys: how one is resolved and validated. No error here shows a key, or a part of it."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any, Final, TypeAlias, TypeVar

from .._runtime.threads import ask_in_thread
from ..errors import ConnectionFailed, RealtimeError, UsageError

ApiKey: TypeAlias = str | Callable[[], str | Awaitable[str]]
"""A key, or a function that returns one, called at every connect: in a worker thread, unless it is async."""

T = TypeVar("T")

KEY_TIMEOUT: Final = 30.0
"""Seconds within which a function has to give a key: a key service that does not answer must not keep a session from
its next attempt."""

_FUNCTION: Final = "the function that gives the API key"

_KEYS: Final = ("api_key", "token")
"""Fields of endpoints that hold keys."""

_PREFIXES: Final = ("sk-", "ek_", "xai-")
"""The beginnings of the keys of OpenAI's and xAI's services."""


class KeyText(str):
    """A key as it was given. A traceback that shows variables does not show it."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "<key>"


def conceal_keys(endpoint: type[T]) -> type[T]:
    """Decorate an endpoint's dataclass: its constructor, which may raise, holds keys as `KeyText`."""
    construct: Any = endpoint.__init__
    shown: Any = endpoint.__repr__

    @wraps(construct)
    def concealing(self: T, *args: Any, **kwargs: Any) -> None:
        args = tuple(_concealed(value) if is_key(value) else value for value in args)
        kwargs = {name: _concealed(value) if name in _KEYS else value for name, value in kwargs.items()}
        construct(self, *args, **kwargs)

    @wraps(shown)
    def showing(self: T) -> str:
        try:
            return str(shown(self))
        except AttributeError:  # in a traceback through the constructor
            return f"{endpoint.__name__}(…)"

    endpoint.__init__ = concealing  # type: ignore[method-assign, assignment]
    endpoint.__repr__ = showing  # type: ignore[method-assign, assignment]
    return endpoint


def asks_for_key(endpoint: object) -> bool:
    """Whether a function of an endpoint's own gives its key."""
    return any(callable(getattr(endpoint, name, None)) for name in _KEYS)


def is_key(value: object) -> bool:
    """Whether a text begins as the keys of the services do."""
    return isinstance(value, str) and value.startswith(_PREFIXES)


def refuse_key_as_model(model: str | None) -> None:
    """Refuse a key that was passed in the place of the model."""
    if is_key(model):
        raise UsageError("a key is passed in the place of the model: write api_key=…")


def _concealed(value: Any) -> Any:
    return KeyText(value) if isinstance(value, str) else value


async def resolve_key(api_key: ApiKey | None) -> str | None:
    """Return the current key; None if there is none.

    Raises:
        ConnectionFailed: the function raised, was cancelled, or gave none in time; a later attempt may succeed.
        UsageError: it returned no string.

    """
    if not callable(api_key):
        return api_key
    limit = asyncio.timeout(KEY_TIMEOUT)
    try:
        async with limit:
            is_async = inspect.iscoroutinefunction(api_key)
            key: object = api_key() if is_async else await ask_in_thread(_FUNCTION, api_key)
            if inspect.isawaitable(key):
                key = await key
    except RealtimeError:
        raise
    except asyncio.CancelledError as error:
        if (task := asyncio.current_task()) is None or task.cancelling():
            raise
        # It awaited a task of the application's that was cancelled: nobody has cancelled this one.
        raise ConnectionFailed(f"{_FUNCTION} was cancelled") from error
    except Exception as error:
        if limit.expired():
            raise ConnectionFailed(f"{_FUNCTION} did not return in {KEY_TIMEOUT:g} s") from None
        # Its text stays with the exception itself, further up the traceback: it may quote the answer of a key service.
        raise ConnectionFailed(f"{_FUNCTION} raised {type(error).__name__}") from error
    if isinstance(key, str):
        return key
    returned = _describe_type(key)
    del key  # so that no traceback with variables shows it
    raise UsageError(f"{_FUNCTION} returned {returned}, not a string")


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
