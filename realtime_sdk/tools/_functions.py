"""Plain Python functions as tools that the model may call.

What the model is told of a function comes from its signature, its type hints and its docstring, whose style may be
Google's, NumPy's or reST.
"""

from __future__ import annotations

import asyncio
import inspect
import json
import logging
import re
from collections.abc import AsyncIterable, Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Annotated, Any, Final, NotRequired, TypeAlias, get_args, get_origin

import docstring_parser
from pydantic import ConfigDict, Field, PydanticUserError, TypeAdapter, ValidationError
from pydantic.json_schema import GenerateJsonSchema
from pydantic_core import to_json
from typing_extensions import TypedDict

from .._runtime.cancellation import cancellation_behind, is_cancelled
from .._runtime.text import describe, printable
from .._runtime.threads import run_tool_in_thread
from ..errors import UsageError

Function: TypeAlias = Callable[..., Any]
"""A function, method or other callable, synchronous or asynchronous."""

ARGUMENTS_LIMIT: Final = 1_000_000
"""Characters of a call's arguments: far more than a model writes, and few enough to be read on the event loop."""

FAULTS_LIMIT: Final = 5
"""Faults of a call's arguments that the model is told of."""

_NAME: Final = re.compile(r"[a-zA-Z0-9_-]{1,64}")  # what the service accepts

_UNSUPPORTED: Final = {
    inspect.Parameter.POSITIONAL_ONLY: "is positional-only, but the model passes arguments by name",
    inspect.Parameter.VAR_POSITIONAL: "takes any number of arguments, but the model has to know which there are",
    inspect.Parameter.VAR_KEYWORD: "takes arguments of any name, but the model has to know which there are",
}

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ToolResult:
    """What a call came to; a function may return one itself, to say more than its output."""

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
        docs = docstring_parser.parse(inspect.getdoc(function) or "")
        self.function = function
        self.respond = respond
        self.name: str = name or str(getattr(function, "__name__", ""))
        if not _NAME.fullmatch(self.name):
            raise UsageError(
                f"a tool's name has 1 to 64 letters, digits, '_' or '-', not {self.name!r}: pass Tool(function, name=…)"
            )
        self.description = (docs.description or "").strip() if description is None else description
        descriptions = {param.arg_name: param.description for param in docs.params}
        self.parameters: dict[str, Any]  # their JSON Schema
        self._arguments, self.parameters = _arguments(function, self.name, descriptions)

    def __repr__(self) -> str:
        return f"<Tool {self.name}>"

    def wire(self) -> ToolEntry:
        """Give the entry for the session's `tools`."""
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
            return _failure(f"bad arguments: {error}")
        except BaseException as error:  # a function that ends itself must not end the session
            if is_cancelled():
                raise cancellation_behind(error) from None
            _log.warning("tool %s failed", self.name, exc_info=True)
            if isinstance(error, asyncio.CancelledError):
                return _failure("the function awaited something that was cancelled")
            return _failure(describe(error))

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
            result = await run_tool_in_thread(self.name, _called, function)
        return _as_result(await result if isinstance(result, Awaitable) else result)


class ToolEntry(dict[str, Any]):
    """A tool as the wire's object, which still knows the tool: given to `Session.update`, it is run when called."""

    tool: Tool


class Toolbox:
    """The tools of a session, by name; `UsageError` refuses two of the same name."""

    def __init__(self, tools: Iterable[Tool | Function] = (), *, by_hand: Iterable[str] = ()) -> None:
        self._tools: dict[str, Tool] = {}
        self._by_hand = frozenset(by_hand)  # names of functions that the application answers itself
        for entry in tools:
            tool = _as_tool(entry)
            if tool.name in self._tools:
                raise UsageError(f"two tools are called {tool.name!r}: pass one as Tool(function, name=…)")
            self._tools[tool.name] = tool

    def exchanged(
        self, tools: Iterable[Tool | Function | Mapping[str, Any]]
    ) -> tuple[Toolbox, list[Mapping[str, Any]]]:
        """Give the toolbox and the session's `tools` for a new list of tools.

        tools: functions, `Tool`s, and the wire's objects; such an object of a tool, or of the name of one known here,
        stands for that tool.

        Raises:
            UsageError: two tools of the same name, or a function that the model could not call.

        """
        functions: list[Tool] = []
        wire: list[Mapping[str, Any]] = []
        for entry in tools:
            tool = self._described(entry) if isinstance(entry, Mapping) else _as_tool(entry)
            functions += [tool] if tool is not None else []
            wire.append(entry if isinstance(entry, Mapping) else _as_tool(entry).wire())
        names = {tool.name for tool in functions}
        by_hand = [str(entry.get("name")) for entry in wire if entry.get("type") == "function"]
        return Toolbox(functions, by_hand=[name for name in by_hand if name not in names]), wire

    def _described(self, entry: Mapping[str, Any]) -> Tool | None:
        """The tool that an object of the wire describes, if it is known."""
        if isinstance(entry, ToolEntry):
            return entry.tool
        return self.get(str(entry.get("name"))) if entry.get("type") == "function" else None

    def over(self, other: Toolbox) -> Toolbox:
        """These tools, and those of another toolbox that have other names."""
        mine = {*self._tools, *self._by_hand}
        theirs = [tool for name, tool in other._tools.items() if name not in mine]
        return Toolbox([*self._tools.values(), *theirs], by_hand=self._by_hand)

    def __len__(self) -> int:
        return len(self._tools)

    def __repr__(self) -> str:
        return f"<Toolbox {', '.join(self._tools) or 'empty'}>"

    def leaves(self, name: str) -> bool:
        """Whether the application answers calls of this function itself: it gave the wire's object alone."""
        return name in self._by_hand

    def get(self, name: str) -> Tool | None:
        """Give the tool of this name."""
        return self._tools.get(name)

    def wire(self) -> list[ToolEntry]:
        """Give the session's `tools`."""
        return [tool.wire() for tool in self._tools.values()]

    async def call(self, name: str, arguments: str) -> ToolResult:
        """Call a tool by name; a name that none has is a result that tells the model which there are."""
        tool = self.get(name)
        if tool is None:
            return _failure(f"there is no tool {name!r}; the tools are: {', '.join(self._tools) or 'none'}")
        return await tool.call(arguments)


class _BadArguments(Exception):
    """What is wrong with a call's arguments, for the model."""


class _Untitled(GenerateJsonSchema):
    """Leave out the titles, which repeat the arguments' names: the model reads and the user pays for every word."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


def _arguments(
    function: Function, name: str, descriptions: dict[str, str | None]
) -> tuple[TypeAdapter[dict[str, Any]], dict[str, Any]]:
    """Make what validates a call's arguments, and their JSON schema.

    Arguments that were not given stay away: the function has its own defaults.
    """
    fields = {
        parameter.name: _field(parameter, descriptions.get(parameter.name))
        for parameter in _parameters(function, name)
    }
    make: Any = TypedDict  # a type checker wants to know the fields, which are known at run time alone
    arguments = make(name, fields)
    arguments.__pydantic_config__ = ConfigDict(extra="forbid")
    try:
        adapter = TypeAdapter(arguments)
        schema = adapter.json_schema(schema_generator=_Untitled)
    except PydanticUserError as error:
        problem = error.message.splitlines()[0]
        raise UsageError(f"the type hints of tool {name!r} can't be described to a model: {problem}") from error
    del schema["title"]  # the name of the tool once more
    return adapter, schema


def _parameters(function: Function, name: str) -> Iterable[inspect.Parameter]:
    try:
        parameters = inspect.signature(function, eval_str=True).parameters.values()
    except (NameError, TypeError, ValueError) as error:
        raise UsageError(f"the signature of tool {name!r} can't be read: {error}") from error
    for parameter in parameters:
        if parameter.kind in _UNSUPPORTED:
            raise UsageError(f"tool {name!r}: parameter {parameter.name!r} {_UNSUPPORTED[parameter.kind]}")
    return parameters


def _field(parameter: inspect.Parameter, description: str | None) -> Any:
    """Give the type of one argument. A description in the hint itself comes later, and so wins over the docstring's."""
    hint = Any if parameter.annotation is parameter.empty else parameter.annotation
    base, *metadata = get_args(hint) if get_origin(hint) is Annotated else (hint,)
    default = parameter.default
    extra = {"default": default} if isinstance(default, str | int | float | bool) else None
    described = Annotated[(base, Field(description=description, json_schema_extra=extra), *metadata)]  # type: ignore[valid-type]
    return described if default is parameter.empty else NotRequired[described]


def _faults(error: ValidationError) -> str:
    faults = error.errors(include_url=False, include_input=False, include_context=False)
    shown = [
        ": ".join(filter(None, [".".join(map(str, fault["loc"])), fault["msg"]]))
        for fault in faults[:FAULTS_LIMIT]
    ]
    if len(faults) > FAULTS_LIMIT:
        shown.append(f"and {len(faults) - FAULTS_LIMIT} more")
    return "; ".join(shown)


def _called(function: Callable[[], Any]) -> Any:
    """Call a synchronous function, in its thread; the text of its result is made there, too, as that takes time."""
    result = function()
    return result if isinstance(result, Awaitable) else _as_result(result)


def _as_tool(entry: Tool | Function) -> Tool:
    return entry if isinstance(entry, Tool) else Tool(entry)


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


def _failure(message: str) -> ToolResult:
    told = printable(message)
    return ToolResult(json.dumps({"error": told}, ensure_ascii=False), error=told)
