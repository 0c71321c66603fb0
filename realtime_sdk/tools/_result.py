"""The result of a call: what the model is told, and what the application is told."""

from __future__ import annotations

import inspect
import json
from collections.abc import AsyncIterable, Awaitable, Generator
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any, Final

from pydantic_core import to_json

from .._runtime.text import describe, printable
from ..errors import ToolError
from ..protocol._base import EVENT_LIMIT

FAILED: Final = "the function failed: there is no result"
INTERRUPTED: Final = "stopped, because the user interrupted: there is no result"
NOT_APPROVED: Final = "not run: it was not approved"
"""What the model is told of an exception, of a call that a barge-in has cancelled, and of one that was refused."""

OUTPUT_LIMIT: Final = EVENT_LIMIT - 2**16
"""Characters of an output as JSON: the rest of its event has room beside it."""


@dataclass(frozen=True, slots=True)
class ToolResult:
    """The result of a call; a function may return one itself, to say more than its output."""

    output: Any  # for the model: text, or what is written as JSON
    respond: bool = True  # whether the model is asked to go on with it
    error: str | None = None  # what went wrong, as text for the application; None: nothing did
    exception: BaseException | None = field(default=None, compare=False, repr=False)  # that the function raised


def result_of(returned: Any) -> ToolResult:
    """Return the result for what a function has returned; its output is text."""
    if isinstance(returned, ToolResult):
        return replace(returned, output=_as_text(returned.output))
    return ToolResult(_as_text(returned))


def failure(message: str, *, error: str | None = None, exception: BaseException | None = None) -> ToolResult:
    """Return the result of a call without one. `message` is for the model, `error`, if it differs, for others."""
    text = printable(message)
    output = json.dumps({"error": text}, ensure_ascii=False)
    return ToolResult(output, error=text if error is None else printable(error), exception=exception)


def raised(exception: BaseException) -> ToolResult:
    """Return the result of a call that has raised: the model is told the text of a `ToolError`, and of no other."""
    if isinstance(exception, ToolError):
        return failure(str(exception) or FAILED, exception=exception)
    return failure(FAILED, error=describe(exception), exception=exception)


def too_late(seconds: float) -> ToolResult:
    """Return the result of a call that has exceeded its time limit."""
    error = f"no result within {seconds:g} s"
    return failure(f"the function took too long: {error}", error=error, exception=TimeoutError(error))


def refused(reason: str) -> ToolResult:
    """Return the result of a call that was not approved; `reason` may be empty."""
    return failure(f"{NOT_APPROVED}: {reason}" if reason else NOT_APPROVED)


def _as_text(value: Any) -> str:
    text = _written(value)
    # Measured only where it may be too long: as JSON, a character takes 12 at most.
    if 12 * len(text) > OUTPUT_LIMIT and (length := len(json.dumps(text))) > OUTPUT_LIMIT:
        raise ToolError(f"the result is too large: {length / 2**20:.0f} MiB, of which a server takes less than 16")
    return text


def _written(value: Any) -> str:
    if isinstance(value, str):
        return value.encode(errors="replace").decode()  # lone surrogates can't be sent
    if isinstance(value, Awaitable | AsyncIterable):
        if inspect.iscoroutine(value):
            value.close()
        raise TypeError(f"the result is of type {type(value).__name__}: return what comes out of it")
    if isinstance(value, Generator):
        # Not by the encoder, which is native code: a thread in the midst of it would abort a program that ends.
        value = list(islice(value, OUTPUT_LIMIT))
    return to_json(value, inf_nan_mode="null").decode()  # JSON has no form for them
