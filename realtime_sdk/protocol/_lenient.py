"""Lenient validation: an event is read without its invalid values."""

from __future__ import annotations

import copy
from typing import Any, Final, TypeAlias

from pydantic import ValidationError
from pydantic_core import ErrorDetails as FieldError

from ._base import Event

Path: TypeAlias = tuple[str | int, ...]
"""Where a value is in an event: keys of objects and indices of lists."""

DESCRIBED_LIMIT: Final = 8
"""Invalid values of one event that are described; the others are counted."""

PATH_LIMIT: Final = 100
"""Characters of a path that are shown: keys are the server's, and may be of any length."""

_WANTED: Final = {
    "string_type": "a string",
    "bool_type": "true or false",
    "dict_type": "an object",
    "model_type": "an object",
    "tuple_type": "a list",
    "number": "a number",
}
"""The expected value in each of pydantic's errors, in the words of JSON."""


def validate_leniently(
    model: type[Event], fields: dict[str, Any], received: dict[str, Any], error: ValidationError
) -> Event | None:
    """Validate an event again without its invalid values; None if it can't do without them.

    An invalid value is removed; where its object requires it, the object is removed, and so on outwards. The event's
    `invalid_fields` describe what was removed. `received`, the event as it came, is the validators' context.
    """
    remaining = copy.deepcopy(fields)
    reported: dict[Path, str] = {}
    while True:
        errors = _errors_of(error)
        for found in filter(_is_reported, errors):
            reported.setdefault(found["loc"], _describe(found))
        removable = {_removable(found) for found in errors}
        if () in removable:
            return None
        # Entries of lists last: their removal changes the indices in the paths of errors that are still to come.
        _remove(remaining, {path for path in removable if isinstance(path[-1], str)} or removable)
        try:
            event = model.model_validate(remaining, context=received)
        except ValidationError as another:
            error = another
        else:
            return event.with_invalid_fields(_shorten(list(reported.values())))


def describe_errors(error: ValidationError) -> str:
    """Describe why an event is invalid."""
    return "; ".join(_shorten([_describe(found) for found in _errors_of(error)]))


def _errors_of(error: ValidationError) -> list[FieldError]:
    return error.errors(include_url=False, include_context=False)


def _is_reported(error: FieldError) -> bool:
    """Whether an error is reported: null is the wire's form of an absent value."""
    return error["type"] == "missing" or error["input"] is not None


def _shorten(descriptions: list[str]) -> tuple[str, ...]:
    """Keep the first few: an event may hold thousands of invalid values."""
    left_out = len(descriptions) - DESCRIBED_LIMIT
    return (*descriptions[:DESCRIBED_LIMIT], f"and {left_out} more") if left_out > 0 else tuple(descriptions)


def _describe(error: FieldError) -> str:
    where = f"`{path_text(error['loc'])}`"
    value = error["input"]
    if error["type"] == "missing":
        return f"{where} is missing"
    if value is None:
        return f"{where} is null"
    if wanted := _WANTED.get(error["type"]):
        return f"{where} should be {wanted}, is {json_type(value)}"
    return f"{where} {error['msg'].removeprefix('Input ')}"


def json_type(value: object) -> str:
    """Return the JSON type of a value, or its Python type where JSON has none."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int() | float():
            return "a number"
        case str():
            return "a string"
        case list() | tuple():
            return "a list"
        case dict():
            return "an object"
    return f"of Python's type {type(value).__name__}"


def path_text(path: Path) -> str:
    """Write a path as in code, `response.output[0].phase`; a very long one is cut."""
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).removeprefix(".")
    return text if len(text) <= PATH_LIMIT else f"{text[:PATH_LIMIT]}…"


def _removable(error: FieldError) -> Path:
    """The path to remove: that of the value itself, or of the object that lacks it."""
    return error["loc"][:-1] if error["type"] == "missing" else error["loc"]


def _remove(event: dict[str, Any], paths: set[Path]) -> None:
    """Remove the values at these paths."""
    for path in sorted(paths, reverse=True):  # from the back, so that the earlier indices stay valid
        parent: Any = event
        for step in path[:-1]:
            parent = parent[step]
        del parent[path[-1]]
