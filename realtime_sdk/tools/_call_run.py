"""One call of a tool that runs: its time limit, and what an interruption does to it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any, Final

import anyio
from anyio.abc import TaskGroup

from ..conversation.tools._approval import Approval
from ._result import INTERRUPTED, ToolResult, failure, raised, refused, too_late
from ._tool import Tool

APPROVAL_TIMEOUT: Final = 120.0
"""Seconds after which an approval that has no answer counts as refused."""


class CallRun:
    """One call of a tool. It has a result once the function has returned, has taken too long, or was interrupted.

    The function runs in a task of its own, so that one that does not let itself be cancelled delays no answer. It is
    one of the session's, which is left once they have ended.
    """

    def __init__(self, tasks: TaskGroup, tool: Tool, arguments: str, approval: Approval | None = None) -> None:
        self._tool = tool
        self.begun = asyncio.Event()  # the function is being run: it was approved
        self._silent = False  # the model is not to go on with the result
        self._result: asyncio.Future[ToolResult] = asyncio.get_running_loop().create_future()
        self._approval = approval  # None: it need not be approved
        self._timer: asyncio.TimerHandle | None = None  # of the time limit, from when the function begins
        self._task: asyncio.Task[Any] | None = None  # in which the function runs; None: it has not begun, or has ended
        self._ended = asyncio.Event()  # the function has
        self._tasks = tasks
        tasks.start_soon(self._run, arguments, name=f"tool {tool.name}")

    async def result(self) -> ToolResult:
        """Wait for the result."""
        try:
            result = await self._result
            return replace(result, respond=False) if self._silent else result
        finally:
            if self._timer is not None:
                self._timer.cancel()

    @property
    def is_current(self) -> bool:
        """Whether it is the function that asks."""
        return self._task is not None and self._task is asyncio.current_task()

    def interrupt(self) -> None:
        """The user has interrupted: do with the call what its tool says."""
        match self._tool.on_interrupt:
            case "cancel":
                self._answer(failure(INTERRUPTED))
            case "silent":
                self._silent = True
            case "keep":
                pass

    async def _run(self, arguments: str) -> None:
        """Run the function, unless there is a result without it by then."""
        if self._result.done():
            return
        self._task = asyncio.current_task()
        self._tasks.start_soon(self._cancel_when_left)
        try:
            with anyio.CancelScope(shield=True):
                result = await self._call(arguments)
        except asyncio.CancelledError as cancellation:
            if self._tasks.cancel_scope.cancel_called:
                raise  # the session is left
            result = raised(cancellation)  # there is a result without it, or the function has cancelled its own task
        finally:
            self._task = None
            self._ended.set()
        if not self._result.done():
            self._result.set_result(result)

    async def _cancel_when_left(self) -> None:
        """Cancel the function once when the session is left: it may await something to clean up.

        A cancel scope would cancel it at each await, and a function that goes on all the same would keep the loop busy.
        """
        try:
            await self._ended.wait()
        finally:
            if self._task is not None:
                self._task.cancel()

    async def _call(self, arguments: str) -> ToolResult:
        if self._approval is not None and not await answer_of(self._approval):
            return refused(self._approval.reason)
        self.begun.set()
        if (seconds := self._tool.timeout) is not None:
            self._timer = asyncio.get_running_loop().call_later(seconds, self._expire, seconds)
        return await self._tool.call(arguments)

    def _expire(self, seconds: float) -> None:
        self._answer(too_late(seconds))

    def _answer(self, result: ToolResult) -> None:
        """Answer the call without its function."""
        if not self._result.done():
            self._result.set_result(result)
            if self._task is not None:
                self._task.cancel()
            if self._approval is not None:
                self._approval.refuse()  # it is too late for an answer


async def answer_of(approval: Approval) -> bool:
    """Wait for the answer to an approval; without one in time it is refused."""
    with anyio.move_on_after(APPROVAL_TIMEOUT):
        return await approval
    approval.refuse(f"there was no answer within {APPROVAL_TIMEOUT:g} s")
    return False
