"""One call of a tool that runs: its time limit, and what an interruption does to it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Final

import anyio

from ._result import INTERRUPTED, ToolResult, failure, raised, too_late
from ._tool import Tool

CLEANUP_TIMEOUT: Final = 0.5
"""Seconds that a function has to clean up when the session is left: leaving may take no more than a second."""


class CallRun:
    """One call of a tool. It has a result once the function has returned, has taken too long, or was interrupted.

    The function runs in a task of its own, so that one that does not let itself be cancelled delays no answer.
    """

    def __init__(self, tool: Tool, arguments: str) -> None:
        loop = asyncio.get_running_loop()
        self._tool = tool
        self._silent = False  # the model is not to go on with the result
        self._result: asyncio.Future[ToolResult] = loop.create_future()
        self._task = loop.create_task(tool.call(arguments), name=f"tool {tool.name}")
        self._task.add_done_callback(self._returned)
        self._timer = None if tool.timeout is None else loop.call_later(tool.timeout, self._expire, tool.timeout)

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

    def _expire(self, seconds: float) -> None:
        self._answer(too_late(seconds))

    def _answer(self, result: ToolResult) -> None:
        """Answer the call without its function."""
        if not self._result.done():
            self._result.set_result(result)
            self._task.cancel()

    def _returned(self, task: asyncio.Task[ToolResult]) -> None:
        ended_itself = task.cancelled()  # the function has cancelled its own task
        error = None if ended_itself else task.exception()
        if self._result.done():
            return
        if ended_itself or error is not None:
            self._result.set_result(raised(error or asyncio.CancelledError()))
        else:
            self._result.set_result(task.result())
