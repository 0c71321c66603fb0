"""Parses a frame and checks it by the models of `_client_events`; a `Refusal` has the service's words."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails, from_json

from ._client_events import CLIENT_EVENTS
from ._refusal import Refusal


def read(frame: str | bytes) -> dict[str, Any]:
    """Read a frame as a JSON object; raise `Refusal` (`invalid_json`, `invalid_event`) if it is none."""
    try:
        event = from_json(frame, allow_inf_nan=False)
    except ValueError:
        raise Refusal("invalid_json", "The event is not valid JSON.") from None
    if not isinstance(event, dict):
        raise Refusal("invalid_event", f"An event must be an object, but got {_kind(event)} instead.")
    return event


def check(event: dict[str, Any], models: Mapping[str, TypeAdapter[Any]] = CLIENT_EVENTS) -> str:
    """Check `event` by its model; return its type, or raise `Refusal` with the first fault."""
    kind = event.get("type")
    if not isinstance(kind, str):
        raise Refusal("invalid_event", "The 'type' field is missing.")
    adapter = models.get(kind)
    if adapter is None:
        raise Refusal("invalid_value", _wrong_value(kind, list(models)), param="type")
    try:
        adapter.validate_python(event)
    except ValidationError as error:
        raise _refusal(error.errors(include_url=False)[0], event) from None
    return kind


def _refusal(fault: ErrorDetails, event: dict[str, Any]) -> Refusal:
    kind, context, value = fault["type"], fault.get("ctx", {}), fault["input"]
    param = _path(fault["loc"], event, missing=kind == "missing")
    if kind in ("union_tag_invalid", "union_tag_not_found"):
        tag = context["discriminator"].strip("'")
        param, value = f"{param}.{tag}", context.get("tag")
        kind = "literal_error" if kind == "union_tag_invalid" else "missing"
    if kind == "missing":
        return Refusal("missing_required_parameter", f"Missing required parameter: '{param}'.", param=param)
    if kind == "extra_forbidden":
        return Refusal("unknown_parameter", f"Unknown parameter: '{param}'.", param=param)
    if kind == "literal_error":
        expected = re.findall(r"'([^']*)'", context.get("expected", context.get("expected_tags", "")))
        return Refusal("invalid_value", _wrong_value(value, expected), param=param)
    if kind == "string_pattern_mismatch":
        pattern = context["pattern"]
        message = f"Invalid '{param}': string does not match pattern. Expected a string that matches '{pattern}'."
        return Refusal("invalid_value", message, param=param)
    if kind in _LIMITS:
        code, words, limit = _LIMITS[kind]
        noun = _NOUNS[type(value)]
        got = value if isinstance(value, int | float) else len(value)
        message = f"Invalid '{param}': {noun} {words.format(context[limit])}, but got {got} instead."
        return Refusal(f"{noun}_{code}", message, param=param)
    message = f"Invalid type for '{param}': {_EXPECTED.get(kind, fault['msg'])}, but got {_kind(value)} instead."
    return Refusal("invalid_type", message, param=param)


_LIMITS: Final = {
    "greater_than_equal": ("below_min_value", "below minimum value. Expected a value >= {}", "ge"),
    "less_than_equal": ("above_max_value", "above maximum value. Expected a value <= {}", "le"),
    "string_too_long": ("above_max_length", "too long. Expected at most {} characters", "max_length"),
    "too_long": ("above_max_length", "too long. Expected at most {} entries", "max_length"),
    "too_short": ("below_min_length", "too short. Expected at least {} entries", "min_length"),
}
"""pydantic's name of a limit: the rest of the service's code, its words, and where pydantic keeps the limit."""

_EXPECTED: Final = {
    "string_type": "expected a string",
    "int_type": "expected an integer",
    "int_from_float": "expected an integer",
    "float_type": "expected a decimal",
    "bool_type": "expected a boolean",
    "list_type": "expected an array",
    "dict_type": "expected an object",
    "model_type": "expected an object",
    "model_attributes_type": "expected an object",
}
"""pydantic's name of a wrong type, in the service's words."""


def _path(location: Sequence[str | int], event: dict[str, Any], missing: bool) -> str:
    """`session.audio.input`, `item.content[0].type`; pydantic's names of union members are left out."""
    path = ""
    here: Any = event
    for depth, step in enumerate(location, start=1):
        if isinstance(step, int):
            path, here = f"{path}[{step}]", here[step]
        elif isinstance(here, dict) and step in here:
            path, here = f"{path}.{step}", here[step]
        elif missing and depth == len(location):
            path = f"{path}.{step}"
    return path.removeprefix(".")


def _wrong_value(value: object, supported: Sequence[str]) -> str:
    quoted = [f"'{each}'" for each in supported]
    if len(quoted) == 1:
        return f"Invalid value: '{value}'. Value must be {quoted[0]}."
    if len(quoted) == 2:
        return f"Invalid value: '{value}'. Supported values are: {quoted[0]} and {quoted[1]}."
    return f"Invalid value: '{value}'. Supported values are: {', '.join(quoted[:-1])}, and {quoted[-1]}."


_NOUNS: Final = {
    dict: "object", list: "array", str: "string", bool: "boolean", int: "integer", float: "decimal", type(None): "null",
}


def _kind(value: object) -> str:
    noun = _NOUNS[type(value)]
    return noun if value is None else f"an {noun}" if noun[0] in "aoi" else f"a {noun}"
