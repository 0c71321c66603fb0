"""Credentials in recordings, logs and errors: each is replaced by a remark."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

MASKED: Final = "[not recorded]"
"""Takes the place of a credential."""

_MASKED_IN_ADDRESS: Final = "***"

_NAME: Final = (
    r"(?:authorization|headers|cookie|credentials?|passw(?:or)?d|secret|token|signature|api[-_]?key|access[-_]?key"
    r"|client[-_]?secret)"
)
"""The end of the name of a field that holds a credential; "total_tokens" is none."""

_FIELD: Final = re.compile(rf".*{_NAME}", re.IGNORECASE | re.DOTALL)
_FIELD_IN_TEXT: Final = re.compile(rf"{_NAME}\W{{0,4}}[:=]|\bbearer\s", re.IGNORECASE)
_USER: Final = re.compile(r"(?<=://)[^/\s\"'@]+@")
_PARAMETER: Final = re.compile(rf"([?&;][^=&\s\"']*(?:{_NAME}|key|auth|sig)=)[^&\s\"'#]+", re.IGNORECASE)
_PARAMETERS: Final = re.compile(r"(?<==)[^&#]+")
_KEY_START: Final = re.compile(r"\b(?:sk-|ek[-_]|xai-)")
_KEY: Final = re.compile(rf"{_KEY_START.pattern}[\w-]{{8,}}")
"""A key or a client secret of the services: a server may repeat the one that it refuses."""

_BEARER: Final = re.compile(r"(\bbearer\s+)(?=\S*\d)[\w.~+/=-]{12,}", re.IGNORECASE)  # a word without a digit is prose

_LONGEST_START: Final = 32
"""Characters; more than a match of `_FIELD_IN_TEXT` or `_KEY_START` has, with the one before it."""

_LONG_SEGMENT: Final = re.compile(r"(?<=/)[^/]{20,}")  # of a path: some hosts of tools put the key there


class Concealed(dict[str, Any]):
    """A JSON object that may hold credentials. A traceback that shows variables shows it without them."""

    def __repr__(self) -> str:
        return repr(masked(dict(self)))


def concealed(values: Any) -> Any:
    """Return a list whose objects show no credentials in a traceback; what is no list is returned as it is."""
    if not isinstance(values, list | tuple):
        return values
    return [Concealed(value) if type(value) is dict else value for value in values]


def masked(value: Any) -> Any:
    """Return JSON without credentials: neither in fields named as one nor in addresses.

    Raises:
        RecursionError: it is nested too deeply.

    """
    match value:
        case str():
            return _masked_json(value) if value.startswith(("{", "[")) else mask_text(value)
        case list():
            return [masked(inner) for inner in value]
        case Mapping():
            return {name: _masked_field(str(name), inner, value) for name, inner in value.items()}
        case _:
            return value


def mask_text(text: str) -> str:
    """Return a text without keys of the services, bearer tokens, and the credentials of the addresses in it.

    Those of an address are user, password, and parameters named as one.
    """
    if "-" in text or "_" in text:  # the pattern is slow on long texts, and the base64 of audio has neither
        text = _KEY.sub(_MASKED_IN_ADDRESS, text)
    if " " in text:
        text = _BEARER.sub(rf"\1{_MASKED_IN_ADDRESS}", text)
    if "://" not in text:
        return text
    return _PARAMETER.sub(rf"\1{_MASKED_IN_ADDRESS}", _USER.sub("", text))


def may_hold_credential(text: str) -> bool:
    """Whether a text that is no JSON may hold a field named as a credential."""
    return _FIELD_IN_TEXT.search(text) is not None


class CredentialScanner:
    """Looks for a credential in a text that comes in pieces.

    found: the text so far may hold one, or what follows may be one.
    """

    def __init__(self) -> None:
        self.found = False
        self._end = " "  # of the text so far, behind a character at which no match begins

    def push(self, piece: str) -> None:
        """Take the next piece of the text."""
        if self.found:
            return
        text = self._end + piece
        self.found = any(pattern.search(text, 1) for pattern in (_FIELD_IN_TEXT, _KEY_START))
        self._end = text[-_LONGEST_START:]


def _masked_json(text: str) -> str:
    """Return JSON in a string, such as the arguments of a function, without credentials; other text as `mask_text`."""
    if not may_hold_credential(text):
        return mask_text(text)
    try:
        value = json.loads(text)
        without = masked(value)
    except (ValueError, RecursionError):  # it may have been cut off
        return MASKED if text.startswith("{") else mask_text(text)
    return text if without == value else json.dumps(without, ensure_ascii=False)


def _masked_field(name: str, value: Any, fields: Mapping[str, Any]) -> Any:
    if _FIELD.fullmatch(name) and value is not None and "logprob" not in fields:  # which says how likely a token is
        return MASKED
    if isinstance(value, str) and name.lower().endswith("url"):
        return _masked_url(value)
    return masked(value)


def _masked_url(url: str) -> str:
    """An address without user and password, without the values of its query, and without keys in its path."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return MASKED
    if not parts.netloc:  # such as the data of an image
        return mask_text(url)
    hidden = _MASKED_IN_ADDRESS
    return parts._replace(
        netloc=parts.netloc.rpartition("@")[2],
        path=_LONG_SEGMENT.sub(hidden, parts.path),
        query=_PARAMETERS.sub(hidden, parts.query) if "=" in parts.query else parts.query and hidden,
        fragment=parts.fragment and hidden,
    ).geturl()
