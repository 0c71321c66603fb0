"""One call of a tool that runs: its time limit, and what an interruption does to it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Final

import anyio

from ..conversation._approval import Approval
from ._result import INTERRUPTED, ToolResult, failure, raised, refused, too_late
from ._tool import Tool

APPROVAL_TIMEOUT: Final = 120.0
"""Seconds after which an approval that has no answer counts as refused."""

CLEANUP_TIMEOUT: Final = 0.5
"""Seconds that a function has to clean up when the session is left: leaving may take no more than a second."""


class CallRun:
    """One call of a tool. It has a result once the function has returned, has taken too long, or was interrupted.

    The function runs in a task of its own, so that one that does not let itself be cancelled delays no answer.
    """

    def __init__(self, tool: Tool, arguments: str, approval: Approval | None = None) -> None:
        loop = asyncio.get_running_loop()
        self._tool = tool
        self.begun = asyncio.Event()  # the function is being run: it was approved
        self._silent = False  # the model is not to go on with the result
        self._result: asyncio.Future[ToolResult] = loop.create_future()
        self._approval = approval  # None: it need not be approved
        self._timer: asyncio.TimerHandle | None = None  # of the time limit, from when the function begins
        self._task = loop.create_task(self._run(arguments), name=f"tool {tool.name}")
        self._task.add_done_callback(self._returned)

    async def result(self) -> ToolResult:
        """Wait for the result. The function is cancelled if the caller is, or if the result is there without it."""
        try:
            result = await self._result
            return replace(result, respond=False) if self._silent else result
        except asyncio.CancelledError:
            self._task.cancel()
            with anyio.move_on_after(CLEANUP_TIMEOUT, shield=True):
                await asyncio.wait([self._task])
            raise
        finally:
            if self._timer is not None:
                self._timer.cancel()

    def interrupt(self) -> None:
        """The user has interrupted: do with the call what its tool says."""
        match self._tool.on_interrupt:
            case "cancel":
                self._answer(failure(INTERRUPTED))
            case "silent":
                self._silent = True
            case "keep":
                pass

    async def _run(self, arguments: str) -> ToolResult:
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
            self._task.cancel()
            if self._approval is not None:
                self._approval.refuse()  # it is too late for an answer

    def _returned(self, task: asyncio.Task[ToolResult]) -> None:
        ended_itself = task.cancelled()  # the function has cancelled its own task
        error = None if ended_itself else task.exception()
        if self._result.done():
            return
        if ended_itself or error is not None:
            self._result.set_result(raised(error or asyncio.CancelledError()))
        else:
            self._result.set_result(task.result())


async def answer_of(approval: Approval) -> bool:
    """Wait for the answer to an approval; without one in time it is refused."""
    with anyio.move_on_after(APPROVAL_TIMEOUT):
        return await approval
    approval.refuse(f"there was no answer within {APPROVAL_TIMEOUT:g} s")
    return False
