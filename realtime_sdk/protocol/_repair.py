"""An event read without what can't be read in it."""

from __future__ import annotations

import copy
from typing import Any, Final, TypeAlias

from pydantic import ValidationError
from pydantic_core import ErrorDetails as Fault

from ._base import Event

Path: TypeAlias = tuple[str | int, ...]
"""Where a value is in an event: keys of objects and indices of lists."""

MOST_FAULTS: Final = 8
"""Faults of one event that are described; the others are counted."""

LONGEST_PATH: Final = 100
"""Characters of a path that are shown: keys are the server's, and may be of any length."""

_WANTED: Final = {
    "string_type": "a string",
    "bool_type": "true or false",
    "dict_type": "an object",
    "model_type": "an object",
    "tuple_type": "a list",
    "number": "a number",
}
"""What pydantic's errors say that a value should be, in the words of JSON."""


def repair(
    model: type[Event], fields: dict[str, Any], received: dict[str, Any], error: ValidationError
) -> Event | None:
    """Read an event again, without what the error names; None if that is what makes it one.

    A value of the wrong type is taken out. Where its object can't do without it, the object is taken out, and so on
    outwards. What was taken out is listed in the event's `faults`; `received`, the event as it came, is the validators'
    context.
    """
    left = copy.deepcopy(fields)
    faults: dict[Path, str] = {}
    while True:
        found = _errors(error)
        faults |= {fault["loc"]: _describe(fault) for fault in found if _is_fault(fault) and fault["loc"] not in faults}
        unreadable = {_unreadable(fault) for fault in found}
        if () in unreadable:
            return None
        # Entries of lists last: they change the indices by which faults are named, and known from those named before.
        _take_out(left, {path for path in unreadable if isinstance(path[-1], str)} or unreadable)
        try:
            return model.model_validate(left, context=received).with_faults(_shorten(list(faults.values())))
        except ValidationError as another:
            error = another


def explain(error: ValidationError) -> str:
    """Say what is wrong with an event that can't be read."""
    return "; ".join(_shorten([_describe(fault) for fault in _errors(error)]))


def _errors(error: ValidationError) -> list[Fault]:
    return error.errors(include_url=False, include_context=False)


def _is_fault(fault: Fault) -> bool:
    """Whether it is worth a word: null is the wire's way to leave something out."""
    return fault["type"] == "missing" or fault["input"] is not None


def _shorten(faults: list[str]) -> tuple[str, ...]:
    """Leave out what goes beyond the first few: an event may hold thousands of values that can't be read."""
    left_out = len(faults) - MOST_FAULTS
    return (*faults[:MOST_FAULTS], f"and {left_out} more") if left_out > 0 else tuple(faults)


def _describe(fault: Fault) -> str:
    where = f"`{path_text(fault['loc'])}`"
    value = fault["input"]
    if fault["type"] == "missing":
        return f"{where} is missing"
    if value is None:
        return f"{where} is null"
    if wanted := _WANTED.get(fault["type"]):
        return f"{where} should be {wanted}, is {kind_of(value)}"
    return f"{where} {fault['msg'].removeprefix('Input ')}"


def kind_of(value: object) -> str:
    """Say what a value is in the words of JSON, or of Python where JSON has none."""
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
    """Write a path as one does in code, `response.output[0].phase`; a very long one is cut."""
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).removeprefix(".")
    return text if len(text) <= LONGEST_PATH else f"{text[:LONGEST_PATH]}…"


def _unreadable(fault: Fault) -> Path:
    """What to take out: the value itself; of a missing one, the object that lacks it."""
    return fault["loc"][:-1] if fault["type"] == "missing" else fault["loc"]


def _take_out(event: dict[str, Any], paths: set[Path]) -> None:
    """Delete the values at these paths."""
    for path in sorted(paths, reverse=True):  # from the back, so that the indices before stay what they are
        parent: Any = event
        for step in path[:-1]:
            parent = parent[step]
        del parent[path[-1]]
