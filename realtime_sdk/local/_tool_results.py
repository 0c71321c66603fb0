"""Puts the results of tools into words."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from ._plain_words import plain_words
from ._responder import TextOutput, final_answer

_MAX_RESULT_CHARACTERS = 600  # characters of a tool's result that are spoken


def report(outputs: Sequence[str]) -> Sequence[TextOutput]:
    """Report the outputs of tools, each a text that may be JSON."""
    return final_answer(" ".join(_spoken_result(output) for output in outputs))


def _spoken_result(output: str) -> str:
    try:
        result = json.loads(output)
    except ValueError:
        result = output
    if isinstance(result, dict) and result.get("error"):
        text = f"That did not work: {_value(result['error'])}"
    elif result in (None, "", [], {}):
        return "It is done."
    else:
        text = _value(result)
        text = text if isinstance(result, str | dict) else f"The result is {text}"
    text = text[:_MAX_RESULT_CHARACTERS].strip()
    return text[:1].upper() + text[1:] + ("" if text[-1:] in (".", "!", "?") else ".")


def _value(value: Any) -> str:
    """Put a JSON value into words."""
    if isinstance(value, dict):
        return _enumerated(_fact(plain_words(str(key)), inner) for key, inner in value.items())
    if isinstance(value, list):
        return _enumerated(_value(inner) for inner in value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        digits = f"{abs(value):.10g}" if isinstance(value, float) else str(abs(value))
        return f"minus {digits}" if value < 0 else digits
    return "nothing" if value is None else str(value).strip()


def _fact(name: str, value: Any) -> str:
    """Put a field into words: "the temperature is 21", "it is not raining", "the tasks are work and rest"."""
    if isinstance(value, bool):
        return f"it is {'' if value else 'not '}{name.removeprefix('is ')}"
    if isinstance(value, dict):
        return f"the {name}: {_value(value)}"
    if isinstance(value, list):
        return f"the {name} {'is' if len(value) == 1 else 'are'} {_value(value)}" if value else f"there are no {name}"
    return f"the {name} is {_value(value)}"


def _enumerated(parts: Iterator[str]) -> str:
    *most, last = list(parts) or [""]
    return f"{', '.join(most)} and {last}" if most else last
