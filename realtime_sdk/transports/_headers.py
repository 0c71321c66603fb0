"""Headers of the handshake, which may hold credentials: none of their values is ever shown."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from ..errors import UsageError

_CREDENTIALS: Final = frozenset({"authorization", "proxy-authorization", "api-key", "x-api-key", "cookie"})
"""Headers whose value is a credential, in lower case."""

_OPEN: Final = frozenset({"user-agent", "content-type"})
"""Headers whose value is no secret, in lower case: an answer that has a part of it may be quoted."""

_NAME: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
"""The characters that RFC 9110 allows in a header's name."""


class Headers(dict[str, str]):
    """Headers that do not show their values."""

    def __repr__(self) -> str:
        return f"<headers: {', '.join(map(str, self)) or 'none'}>"


def headers_of(value: Mapping[str, str] | None) -> Headers:
    """Copy a caller's headers; None is none.

    Raises:
        UsageError: it is no mapping.

    """
    if not isinstance(value, Mapping | None):
        raise UsageError(f"headers is a mapping of names to values, not an object of type {type(value).__name__}")
    return Headers(value or {})


def carries_credentials(headers: Mapping[str, str]) -> bool:
    """Whether one of the headers is known to hold a credential."""
    return any(name.lower() in _CREDENTIALS for name in headers)


def secret_values(headers: Mapping[str, str]) -> list[str]:
    """The values of headers that may be secret, without the scheme of an `Authorization`."""
    return [value.removeprefix("Bearer ") for name, value in headers.items() if name.lower() not in _OPEN]


def header_problem(headers: Mapping[Any, Any]) -> str | None:
    """Explain why HTTP can't carry these headers; None if it can. A value is never quoted."""
    for name, value in headers.items():
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            return "a header's name has letters, digits and '-' only"
        if not isinstance(value, str):
            return f"the header {name} is a string, not an object of type {type(value).__name__}"
        if not value.isascii() or not value.isprintable():
            return f"the header {name} has a line break or another character that no header has"
    return None
