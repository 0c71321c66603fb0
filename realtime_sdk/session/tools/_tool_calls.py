"""The function calls of a session that run: each is answered once, whatever its function does."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

import anyio

from ..._runtime import clock
from ...conversation._sdk_events import ToolStarted
from ...conversation.items._items import FunctionCallItem
from ...conversation.items._mcp_items import McpApprovalRequestItem
from ...conversation.tools._approval import Approval
from ...errors import UsageError
from ...tools._call_run import CallRun, answer_of
from ...tools._result import ToolResult, failure
from ...tools._tool import Tool
from .._runtime_base import RuntimeBase
from ._asking import asking
from ._filler import Filler


class ToolCalls:
    """Runs the calls of functions, each in a task of the session."""

    def __init__(self, runtime: RuntimeBase) -> None:
        self._runtime = runtime
        self._runs: dict[FunctionCallItem, CallRun] = {}
        self._approvals: dict[FunctionCallItem | McpApprovalRequestItem, Approval] = {}  # that the session waits for

    async def run(self, call: FunctionCallItem) -> None:
        """Run a call, and answer it. A call under way keeps its function if the session's tools are exchanged."""
        runtime = self._runtime
        runtime.emit(ToolStarted(clock.wall(), call))
        result = await self._result(call)
        effects = runtime.engine.calls.finish(
            call, result.output, clock.wall(), error=result.error, exception=result.exception, respond=result.respond
        )
        runtime.apply(effects)

    def assert_outside(self, method: str) -> None:
        """Raise `UsageError` in the task of a tool: `method` waits until the tools have returned."""
        for call, run in self._runs.items():
            if run.is_current:
                raise UsageError(
                    f"{method}() waits for the tools that run: in {call.name!r}, it would wait for itself; return from "
                    "the tool first, and wait in another task"
                )

    def interrupt(self, call: FunctionCallItem) -> None:
        """The user has interrupted while a call runs; those that the application answers are left to it."""
        if call in self._runs:
            self._runs[call].interrupt()

    async def approve(self, request: McpApprovalRequestItem) -> None:
        """Have the application approve a call of a hosted tool, and tell the server."""
        with self._asking(request) as approval:
            approve = await answer_of(approval)
        engine = self._runtime.engine
        self._runtime.apply(engine.calls.approve(request, clock.wall(), approve=approve, reason=approval.reason))

    def lapse(self, request: McpApprovalRequestItem) -> None:
        """The server that asked for an approval is gone, and the call with it."""
        if request in self._approvals:
            self._approvals[request].refuse("the connection was lost")

    @contextmanager
    def _asking(self, call: FunctionCallItem | McpApprovalRequestItem) -> Iterator[Approval]:
        """Ask the application to approve a call, which may lapse meanwhile."""
        with asking(call, self._runtime.loop, self._runtime.emit) as approval:
            self._approvals[call] = approval
            try:
                yield approval
            finally:
                del self._approvals[call]

    async def _result(self, call: FunctionCallItem) -> ToolResult:
        tools = self._runtime.tools.current
        tool = tools.get(call.name)
        if tool is None:
            return failure(tools.unknown(call.name))
        with self._asking(call) if tool.approve else nullcontext() as approval:
            run = self._runs[call] = CallRun(self._runtime.tasks, tool, call.arguments, approval)
            try:
                return await self._result_of(run, tool)
            finally:
                del self._runs[call]

    async def _result_of(self, run: CallRun, tool: Tool) -> ToolResult:
        """Wait for the result of a call, and break the silence until it is there."""
        if tool.filler is None:
            return await run.result()
        async with anyio.create_task_group() as fillers:
            fillers.start_soon(Filler(self._runtime, tool, run).run)
            result = await run.result()
            fillers.cancel_scope.cancel()
        return result
