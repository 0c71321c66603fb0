"""A Python function as a tool that the model may call.

Its description for the model comes from its signature, its type hints and its docstring, whose style may be Google's,
NumPy's or reST.
"""

from __future__ import annotations

import inspect
import logging
import re
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import replace
from functools import partial
from typing import Any, Final, Literal, TypeAlias, get_args

from pydantic import ValidationError

from .._runtime.arguments import check_choice, check_instance, check_seconds, check_text, shown
from .._runtime.cancellation import is_cancelled, originating_cancellation
from .._runtime.threads import run_tool_in_thread
from ..errors import UsageError
from ._result import ToolResult, failure, raised, result_of
from ._schema import arguments_of

Function: TypeAlias = Callable[..., Any]
"""A function, method or other callable, synchronous or asynchronous."""

FillerText: TypeAlias = str | Callable[[], str | Awaitable[str | None] | None]
"""What is said while a function runs: a text, or a function that returns one, or None."""

OnInterrupt: TypeAlias = Literal["keep", "cancel", "silent"]
"""What a barge-in does to a call that runs."""

ARGUMENTS_LIMIT: Final = 1_000_000
"""Characters of a call's arguments: far more than a model writes, and few enough to be read on the event loop."""

FAULTS_LIMIT: Final = 5
"""Faults of a call's arguments that its result lists for the model."""

_NAME: Final = re.compile(r"[a-zA-Z0-9_-]{1,64}")  # what the service accepts

_log = logging.getLogger("realtime_sdk.tools")


class ToolEntry(dict[str, Any]):
    """A tool as the wire's object, which still knows the tool: given to `Session.update`, it is run when called."""

    tool: Tool


class Tool:
    """One function as a tool; `UsageError` refuses a function that the model could not call.

    Args:
        function: synchronous or asynchronous.
        name: what the model is told in place of the function's own name.
        description: the same for its docstring.
        timeout: seconds after which a call is answered although the function has not returned; None: it may take as
            long as it likes. An asynchronous function is cancelled, a thread left to itself.
        respond: whether the model is asked to go on once the function has returned; it is when the function fails.
        on_interrupt: what a barge-in does to a call: "keep" it, and go on with its result when the floor is free;
            "cancel" it; or keep it "silent": the model gets the result, and is not asked to go on with it.
        approve: whether the application is asked before each call; it answers the event `ApprovalRequested`.
        filler: what the model says while the function runs and nothing is heard, such as "still looking"; or a function
            that returns it, or None to say nothing, called on the session's loop each time.
        filler_after: seconds of silence before the first filler; before each further one twice as long.

    """

    def __init__(
        self, function: Function, *, name: str | None = None, description: str | None = None,
        timeout: float | None = None, respond: bool = True, on_interrupt: OnInterrupt = "keep", approve: bool = False,
        filler: FillerText | None = None, filler_after: float = 4.0,
    ) -> None:  # fmt: skip
        _check_function(function)
        for field, text in (("name", name), ("description", description)):
            if text is not None:
                check_text(field, text)
        if timeout is not None:
            check_seconds("timeout", timeout)
        check_instance("respond", respond, bool, "True or False")
        check_instance("approve", approve, bool, "True or False")
        check_choice("on_interrupt", on_interrupt, get_args(OnInterrupt))
        if not (filler is None or callable(filler) or (isinstance(filler, str) and filler.strip())):
            raise UsageError(f"filler is a text, or a function that returns one, not {shown(filler)}")
        check_seconds("filler_after", filler_after)
        from docstring_parser import parse  # a program without tools need not load it

        docs = parse(inspect.getdoc(function) or "")
        self.function = function
        self.timeout = timeout
        self.respond = respond
        self.on_interrupt: OnInterrupt = on_interrupt
        self.approve = approve
        self.filler = filler
        self.filler_after = filler_after
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
        return f"<Tool {getattr(self, 'name', '')}>"  # it may be refused before it has one

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
            return failure(f"bad arguments: {error}", exception=error)
        except BaseException as error:  # a function that ends itself must not end the session
            if is_cancelled():
                raise originating_cancellation(error) from None
            _log.warning("tool %s failed", self.name, exc_info=True)
            return raised(error)

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
        if isinstance(result, Awaitable):
            result = await result
        if isinstance(result, AsyncGenerator):
            result = [value async for value in result]
        return result_of(result)


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
    return result if isinstance(result, Awaitable | AsyncGenerator) else result_of(result)


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
