"""The function calls of a session that run: each is answered once, whatever its function does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._runtime import clock
from ..conversation._items import FunctionCallItem
from ..conversation._sdk_events import ToolStarted
from ..tools._call_run import CallRun
from ..tools._result import ToolResult, failure

if TYPE_CHECKING:
    from ._runtime import SessionRuntime


class ToolCalls:
    """Runs the calls of functions, each in a task of the session."""

    def __init__(self, runtime: SessionRuntime) -> None:
        self._runtime = runtime
        self._runs: dict[FunctionCallItem, CallRun] = {}

    async def run(self, call: FunctionCallItem) -> None:
        """Run a call, and answer it. A call under way keeps its function if the session's tools are exchanged."""
        runtime = self._runtime
        runtime.emit(ToolStarted(clock.wall(), call))
        result = await self._result(call)
        effects = runtime.engine.calls.finish(
            call, result.output, clock.wall(), error=result.error, exception=result.exception, respond=result.respond
        )
        runtime.apply(effects)

    def interrupt(self, call: FunctionCallItem) -> None:
        """The user has interrupted while a call runs; those that the application answers are left to it."""
        if call in self._runs:
            self._runs[call].interrupt()

    async def _result(self, call: FunctionCallItem) -> ToolResult:
        tools = self._runtime.tools.current
        tool = tools.get(call.name)
        if tool is None:
            return failure(tools.unknown(call.name))
        run = self._runs[call] = CallRun(tool, call.arguments)
        try:
            return await run.result()
        finally:
            del self._runs[call]
