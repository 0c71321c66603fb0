"""JSON read as far as it can be, and written as strictly as it must be."""

from __future__ import annotations

import json
import math
import re
from typing import Any, Final

from pydantic_core import from_json

from ._repair import Path, kind_of, path_text

MOST_DIGITS: Final = 640
"""Digits of an integer that every Python reads, however it is set (`sys.set_int_max_str_digits`)."""

# A string, whole or broken off, always matches to its end, so that one pass is all it takes.
_TOKEN: Final = re.compile(r'"type"\s*:\s*"([^"\\]+)"|"[^"\\]*(?:\\.[^"\\]*)*\\?(?:"|\Z)|[\[{\]}]', re.DOTALL)
"""What is to be told apart to find the type in a frame: the type where it may be, other strings, brackets."""


def read_leniently(frame: bytes | str) -> Any:
    """Read what `pydantic_core.from_json` refuses over a detail; None: it is no JSON, or nested hundreds of levels.

    Half of a surrogate pair becomes U+FFFD, an integer of thousands of digits infinity.
    """
    try:
        value = json.loads(frame, parse_int=_integer, strict=False)
        text = json.dumps(value, ensure_ascii=False)
        return from_json(text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace"))
    except (ValueError, RecursionError):
        return None


def _integer(text: str) -> float:
    return int(text) if len(text) <= MOST_DIGITS else float(text)


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
    """Give the JSON text of a value.

    Raises:
        ValueError: it holds something that JSON can't; the message says what, and where.

    """
    try:
        return json.dumps(value, allow_nan=False, separators=(",", ":"))
    except (TypeError, ValueError) as error:
        raise ValueError(misfit(value) or str(error)) from error
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def misfit(value: object, path: Path = (), around: tuple[int, ...] = ()) -> str:
    """Say what in a value JSON can't hold, and where; empty if there is nothing.

    around: the ids of the containers that the value is in.
    """
    match value:
        case None | bool() | int() | str():
            return ""
        case float():
            return "" if math.isfinite(value) else f"`{path_text(path)}` is {value}"
        case dict() | list() | tuple() if id(value) in around:
            return f"`{path_text(path)}` contains itself"
        case dict():
            if odd := [key for key in value if not isinstance(key, str | int | float | None)]:
                return f"a key of `{path_text(path)}` is {kind_of(odd[0])}"
            entries: list[tuple[str | int, object]] = [(str(key), inner) for key, inner in value.items()]
        case list() | tuple():
            entries = list(enumerate(value))
        case _:
            return f"`{path_text(path)}` is {kind_of(value)}"
    found = (misfit(inner, (*path, step), (*around, id(value))) for step, inner in entries)
    return next(filter(None, found), "")
