"""The key and the endpoint of a session, from the application or the environment; neither shows itself."""

from __future__ import annotations

import os

from ...errors import UsageError
from ...transports._address import AddressText
from ...transports._keys import ApiKey, resolve_key
from ...transports._transport import Endpoint


class Key:
    """A key, or a function that returns one, that does not show itself."""

    def __init__(self, api_key: ApiKey | None) -> None:
        self._api_key = api_key

    def __repr__(self) -> str:
        return "<API key>" if self._api_key else "<no API key>"

    @property
    def is_given(self) -> bool:
        """Whether there is one, or a function that may return one."""
        return bool(self._api_key)

    @property
    def is_function(self) -> bool:
        """Whether it is a function, which may return another key the next time."""
        return callable(self._api_key)

    def check(self) -> None:
        """Refuse what can be no key, without showing it.

        Raises:
            UsageError: it is neither a string, nor callable, nor None.

        """
        if not (self._api_key is None or isinstance(self._api_key, str) or callable(self._api_key)):
            raise UsageError(
                "api_key is a string, a function that returns one, or None; "
                f"this one is of type {type(self._api_key).__name__}"
            )

    async def resolve(self) -> str | None:
        """Return the current key.

        Raises:
            ConnectionFailed: the function raised, or gave none in time.
            UsageError: it returned something that is no string.

        """
        return await resolve_key(self._api_key)


def concealed_access(endpoint: Endpoint | str | None, api_key: ApiKey | None) -> tuple[Key, Endpoint | str | None]:
    """Return the key, given or from the environment, and the endpoint: a traceback that shows them has no secret.

    The caller deletes its own `api_key`, and then checks the key.
    """
    key = key_of(endpoint) if api_key is None else Key(api_key)
    return key, AddressText(endpoint) if isinstance(endpoint, str) else endpoint


def key_of(endpoint: Endpoint | str | None) -> Key:
    """The key from the environment for an endpoint that has none of its own."""
    if getattr(endpoint, "api_key", None) is not None:
        return Key(None)
    variable = "OPENAI_API_KEY" if endpoint is None else getattr(endpoint, "key_variable", None)
    return Key((os.environ.get(variable) or None) if variable is not None else None)
