"""Reads fields of the far side's JSON: each is checked, because a stranger sends it."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from functools import reduce
from typing import Any, Final

from .._runtime.text import printable
from ..audio._formats import AudioFormat
from ..errors import UsageError
from ._dialect import MalformedMessage, Message

ENCODINGS: Final = {
    "audio/x-mulaw": "audio/pcmu", "PCMU": "audio/pcmu", "audio/x-alaw": "audio/pcma", "PCMA": "audio/pcma",
    "audio/x-l16": "audio/pcm",
}  # fmt: skip
"""The gateways' names of formats."""

MOST_SHOWN: Final = 80
"""Characters that an error shows of a value."""

MOST_DIGITS: Final = 18
"""Digits of the largest number that is read from a text."""


def read_object(message: Message) -> Mapping[str, Any]:
    """Read a JSON object.

    Raises:
        MalformedMessage: it is none.
    """
    try:
        value = json.loads(message)
    except (ValueError, RecursionError) as error:
        raise MalformedMessage(f"a message is no JSON: {_shown(message)}") from error
    if not isinstance(value, dict):
        raise MalformedMessage(f"a message is no JSON object: {_shown(message)}")
    return value


def mapping(fields: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """Return the object in a field; an empty one where there is none."""
    value = fields.get(name)
    return value if isinstance(value, dict) else {}


def text(fields: Mapping[str, Any], *path: str) -> str:
    """Return the text in a field, a number as text. path: the names of the fields around it, and its own.

    Raises:
        MalformedMessage: there is none.
    """
    *outer, name = path
    value = reduce(mapping, outer, fields).get(name)
    if isinstance(value, str) and value:
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise MalformedMessage(f"the field {name!r} holds a text, not {_shown(value)}")


def count(fields: Mapping[str, Any], name: str) -> int:
    """Return the count in a field.

    Raises:
        MalformedMessage: there is none.
    """
    value = fields.get(name)
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise MalformedMessage(f"the field {name!r} holds a count, not {_shown(value)}")
    return value


def rate(fields: Mapping[str, Any], name: str, default: int) -> int:
    """Return the sample rate in a field, written as a number or a text; left out, the default.

    Raises:
        MalformedMessage: it is no number.
    """
    number = _number(fields.get(name, default))
    if number is None:
        raise MalformedMessage(f"the field {name!r} holds a sample rate in Hz, not {_shown(fields[name])}")
    return number


def chunk(fields: Mapping[str, Any]) -> int | None:
    """Return the number of a piece of audio, in the field `chunk`; None where there is none."""
    return _number(fields.get("chunk"))


def audio_format(encoding: object, hertz: int) -> AudioFormat:
    """Return the format of a stream by any gateway's name of its encoding.

    Raises:
        MalformedMessage: it can't be played or heard here.
    """
    try:
        return AudioFormat(ENCODINGS.get(str(encoding), str(encoding)[:MOST_SHOWN]), hertz)
    except UsageError as error:
        raise MalformedMessage(f"the stream's audio has a format that is not known here: {error}") from error


def payload(fields: Mapping[str, Any]) -> bytes:
    """Return the audio in the field `payload`, base64.

    Raises:
        MalformedMessage: there is none.
    """
    value = fields.get("payload")
    if not isinstance(value, str):
        raise MalformedMessage(f"the field 'payload' holds base64, not {_shown(value)}")
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError) as error:
        raise MalformedMessage(f"the field 'payload' holds no base64: {_shown(value)}") from error


def encoded(audio: bytes) -> str:
    """Encode audio as base64."""
    return base64.b64encode(audio).decode("ascii")


def write(**fields: Any) -> str:
    """Write a JSON object."""
    return json.dumps(fields, separators=(",", ":"))


def _number(value: object) -> int | None:
    """Return a number, written as one or as a text; None: it is none."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < MOST_DIGITS:
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _shown(value: object) -> str:
    return printable(repr(value)[:MOST_SHOWN])
