"""JSON read as far as it can be, and written as strictly as it must be."""

from __future__ import annotations

import json
import math
import re
from typing import Any, Final

from pydantic_core import from_json

from .._runtime.text import is_whole
from ._lenient import Path, json_type, path_text

DIGITS_LIMIT: Final = 640
"""Digits of an integer that every Python reads, however it is set (`sys.set_int_max_str_digits`)."""

# A string, whole or broken off, always matches to its end, so that one pass is all it takes.
_TOKEN: Final = re.compile(r'"type"\s*:\s*"([^"\\]+)"|"[^"\\]*(?:\\.[^"\\]*)*\\?(?:"|\Z)|[\[{\]}]', re.DOTALL)
"""The tokens by which the type is found in a frame: the type in its place, other strings, brackets."""


def load_leniently(frame: bytes | str) -> Any:
    """Read JSON that `pydantic_core.from_json` refuses for a detail; None: it is no JSON, or nested hundreds of levels.

    Half of a surrogate pair becomes U+FFFD, an integer of thousands of digits infinity.
    """
    try:
        value = json.loads(frame, parse_int=_integer, strict=False)
        text = json.dumps(value, ensure_ascii=False)
        return from_json(text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace"))
    except (ValueError, RecursionError):
        return None


def _integer(text: str) -> float:
    return int(text) if len(text) <= DIGITS_LIMIT else float(text)


def type_of(frame: bytes | str) -> str | None:
    """Find the `type` of the object in a frame that can't be read; None where there is none."""
    text = frame if isinstance(frame, str) else frame.decode(errors="replace")
    depth = 0
    for token in _TOKEN.finditer(text):
        if depth == 1 and token[1] is not None:
            return token[1]
        depth += (token[0] in "[{") - (token[0] in "]}")
    return None


def write(value: object) -> str:
    """Return the JSON text of a value.

    Raises:
        ValueError: it holds a value that JSON can't; the message says which, and where.

    """
    try:
        text = json.dumps(value, allow_nan=False, separators=(",", ":"))
        if "\\ud" in text and (halved := unserializable(value)):  # so a surrogate is written, whole pairs too
            raise ValueError(halved)
        return text
    except (TypeError, ValueError) as error:
        raise ValueError(unserializable(value) or str(error)) from error
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def unserializable(value: object, path: Path = (), around: tuple[int, ...] = ()) -> str:
    """Describe the part of a value that JSON can't hold, and its place; empty if it can hold all.

    around: the ids of the containers that the value is in.
    """
    match value:
        case None | bool() | int():
            return ""
        case str():
            return "" if is_whole(value) else f"`{path_text(path)}` holds half of a surrogate pair"
        case float():
            return "" if math.isfinite(value) else f"`{path_text(path)}` is {value}"
        case dict() | list() | tuple() if id(value) in around:
            return f"`{path_text(path)}` contains itself"
        case dict():
            if invalid := [key for key in value if not isinstance(key, str | int | float | None)]:
                return f"a key of `{path_text(path)}` is {json_type(invalid[0])}"
            if any(isinstance(key, str) and not is_whole(key) for key in value):
                return f"a key of `{path_text(path)}` holds half of a surrogate pair"
            entries: list[tuple[str | int, object]] = [(str(key), inner) for key, inner in value.items()]
        case list() | tuple():
            entries = list(enumerate(value))
        case _:
            return f"`{path_text(path)}` is {json_type(value)}"
    found = (unserializable(inner, (*path, step), (*around, id(value))) for step, inner in entries)
    return next(filter(None, found), "")
