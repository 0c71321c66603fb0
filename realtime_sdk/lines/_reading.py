"""Reads fields of the far side's JSON: each is checked, because a stranger sends it."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Any

from .._runtime.text import printable
from ..audio._formats import AudioFormat
from ..errors import UsageError
from ._dialect import MalformedMessage, Message


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


def text(fields: Mapping[str, Any], name: str) -> str:
    """Return the text in a field, a number as text.

    Raises:
        MalformedMessage: there is none.
    """
    value = fields.get(name)
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
    value = fields.get(name, default)
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 7:
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise MalformedMessage(f"the field {name!r} holds a sample rate in Hz, not {_shown(value)}")
    return value


def audio_format(kind: str, hertz: int) -> AudioFormat:
    """Return the format of a stream.

    Raises:
        MalformedMessage: it can't be played or heard here.
    """
    try:
        return AudioFormat(kind, hertz)
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


def _shown(value: object) -> str:
    return printable(repr(value)[:80])
