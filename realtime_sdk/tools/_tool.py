"""A Python function as a tool that the model may call.

Its description for the model comes from its signature, its type hints and its docstring, whose style may be Google's,
NumPy's or reST.
"""

from __future__ import annotations

import asyncio
import inspect
import json
import logging
import re
from collections.abc import AsyncIterable, Awaitable, Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final, TypeAlias

import docstring_parser
from pydantic import ValidationError
from pydantic_core import to_json

from .._runtime.arguments import shown
from .._runtime.cancellation import is_cancelled, originating_cancellation
from .._runtime.text import describe, printable
from .._runtime.threads import run_tool_in_thread
from ..errors import UsageError
from ._schema import arguments_of

Function: TypeAlias = Callable[..., Any]
"""A function, method or other callable, synchronous or asynchronous."""

ARGUMENTS_LIMIT: Final = 1_000_000
"""Characters of a call's arguments: far more than a model writes, and few enough to be read on the event loop."""

FAULTS_LIMIT: Final = 5
"""Faults of a call's arguments that its result lists for the model."""

_NAME: Final = re.compile(r"[a-zA-Z0-9_-]{1,64}")  # what the service accepts

_log = logging.getLogger("realtime_sdk.tools")


@dataclass(frozen=True, slots=True)
class ToolResult:
    """The result of a call; a function may return one itself, to say more than its output."""

    output: Any  # for the model: text, or what is written as JSON
    respond: bool = True  # whether the model is asked to go on with it
    error: str | None = None  # what went wrong, as text; None: nothing did


class Tool:
    """One function as a tool; `UsageError` refuses a function that the model could not call.

    `name` and `description` stand in for those of the function; `parameters` is the JSON schema of its arguments.
    `respond`: whether the model is asked to go on once the function has returned; it is when the function fails.
    """

    def __init__(
        self, function: Function, *, name: str | None = None, description: str | None = None, respond: bool = True
    ) -> None:
        _check_function(function)
        docs = docstring_parser.parse(inspect.getdoc(function) or "")
        self.function = function
        self.respond = respond
        self.name: str = name or str(getattr(function, "__name__", ""))
        if not _NAME.fullmatch(self.name):
            raise UsageError(
                f"a tool's name has 1 to 64 letters, digits, '_' or '-', not {self.name!r}: pass Tool(function, name=…)"
            )
        self.description: str = (docs.description or "").strip() if description is None else description
        descriptions = {param.arg_name: param.description for param in docs.params}
        self.parameters: dict[str, Any]  # their JSON Schema
        self._arguments, self.parameters = arguments_of(function, self.name, descriptions)

    def __repr__(self) -> str:
        return f"<Tool {self.name}>"

    def wire(self) -> ToolEntry:
        """Return the entry for the session's `tools`."""
        described = {"description": self.description} if self.description else {}
        entry = ToolEntry({"type": "function", "name": self.name, **described, "parameters": self.parameters})
        entry.tool = self
        return entry

    async def call(self, arguments: str) -> ToolResult:
        """Run the function with `arguments`, a JSON object as text.

        An asynchronous function runs in this task, a synchronous one in a worker thread, `TOOL_THREADS` of them at the
        same time. Bad arguments and whatever the function raises, `SystemExit` and `KeyboardInterrupt` too, become a
        result for the model, of one line; the traceback goes to the log. Only a cancellation of this task is raised.
        """
        try:
            result = await self._run(self._values(arguments))
            return replace(result, respond=result.respond and self.respond)
        except _BadArguments as error:
            return failure(f"bad arguments: {error}")
        except BaseException as error:  # a function that ends itself must not end the session
            if is_cancelled():
                raise originating_cancellation(error) from None
            _log.warning("tool %s failed", self.name, exc_info=True)
            if isinstance(error, asyncio.CancelledError):
                return failure("the function awaited something that was cancelled")
            return failure(describe(error))

    def _values(self, arguments: str) -> dict[str, Any]:
        if len(arguments) > ARGUMENTS_LIMIT:
            raise _BadArguments(f"they have more than {ARGUMENTS_LIMIT} characters")
        try:
            return self._arguments.validate_json(arguments or "{}")
        except ValidationError as error:
            raise _BadArguments(_faults(error)) from None

    async def _run(self, values: dict[str, Any]) -> ToolResult:
        """Run the function; the output of its result is text for the model."""
        function = partial(self.function, **values)
        if inspect.iscoroutinefunction(self.function):
            result = await function()
        else:
            result = await run_tool_in_thread(self.name, _call_function, function)
        return _as_result(await result if isinstance(result, Awaitable) else result)


class ToolEntry(dict[str, Any]):
    """A tool as the wire's object, which still knows the tool: given to `Session.update`, it is run when called."""

    tool: Tool


class _BadArguments(Exception):
    """The faults of a call's arguments, for the model."""


def _faults(error: ValidationError) -> str:
    faults = error.errors(include_url=False, include_input=False, include_context=False)
    shown = [
        ": ".join(filter(None, [".".join(map(str, fault["loc"])), fault["msg"]]))
        for fault in faults[:FAULTS_LIMIT]
    ]
    if len(faults) > FAULTS_LIMIT:
        shown.append(f"and {len(faults) - FAULTS_LIMIT} more")
    return "; ".join(shown)


def _call_function(function: Callable[[], Any]) -> Any:
    """Call a synchronous function, in its thread; its result becomes text there, too, as that takes time."""
    result = function()
    return result if isinstance(result, Awaitable) else _as_result(result)


def _as_result(result: Any) -> ToolResult:
    if isinstance(result, ToolResult):
        return replace(result, output=_as_text(result.output))
    return ToolResult(_as_text(result))


def _as_text(result: Any) -> str:
    if isinstance(result, str):
        return result.encode(errors="replace").decode()  # lone surrogates can't be sent
    if isinstance(result, Awaitable | AsyncIterable):
        if inspect.iscoroutine(result):
            result.close()
        raise TypeError(f"the result is of type {type(result).__name__}: return what comes out of it")
    return to_json(result).decode()


def failure(message: str) -> ToolResult:
    error = printable(message)
    return ToolResult(json.dumps({"error": error}, ensure_ascii=False), error=error)


def _check_function(function: Any) -> None:
    """Refuse an object that is no function, above all a function's name or the result of a call."""
    if callable(function):
        return
    if inspect.iscoroutine(function):
        function.close()  # it will never be awaited, and Python would warn of that
        name = function.__name__
        raise UsageError(f"a tool is a function, but {name}(…) was called: pass {name}")
    advice = ": pass the function, not its name" if isinstance(function, str) else ""
    raise UsageError(f"a tool is a function, a Tool or the wire's object, not {shown(function)}{advice}")
