"""Runs the function calls of responses: a task each, and exactly one output a call."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from anyio.abc import TaskGroup

from . import clock
from .conversation import FunctionCallItem, Outcome, Response, SdkEvent, ToolFinished, ToolStarted
from .events import ClientEvent, ConversationItemCreate
from .tools import Toolbox


class ToolRunner:
    """Calls the application's functions beside everything else that goes on.

    When all calls of a response are answered, and the response itself is over, the model is asked to go on, once. It is
    not asked where the user has interrupted that response: the user's own turn brings the next one.
    """

    def __init__(
        self, toolbox: Toolbox, tasks: TaskGroup, *,
        send: Callable[[ClientEvent], object], ask: Callable[[], object], tell: Callable[[SdkEvent], None],
    ) -> None:  # fmt: skip
        self._toolbox = toolbox
        self._tasks = tasks
        self._send = send
        self._ask = ask
        self._tell = tell
        self._answers: dict[Response, list[Outcome[None]]] = {}  # its calls, each settled once it is answered

    def start(self, response: Response, call: FunctionCallItem) -> None:
        """Run a complete call; returns at once.

        A response out of band writes to no conversation in which its calls could be answered: they are the business of
        the application that asked for it.
        """
        if response.out_of_band:
            return
        answered: Outcome[None] = Outcome(asyncio.Event)
        if response not in self._answers:
            self._answers[response] = []
            self._tasks.start_soon(self._continue, response)
        self._answers[response].append(answered)
        self._tasks.start_soon(self._answer, call, answered)

    def call_off(self) -> None:
        """Have the model not go on with what is at work now; the calls are answered all the same."""
        for response in self._answers:
            response.stopped = True

    async def _answer(self, call: FunctionCallItem, answered: Outcome[None]) -> None:
        self._tell(ToolStarted(clock.wall(), call))
        result = await self._toolbox.call(call.name, call.arguments)
        call.output = result.output
        output = {"type": "function_call_output", "call_id": call.call_id, "output": result.output}
        self._send(ConversationItemCreate(item=output))
        self._tell(ToolFinished(clock.wall(), call, result.error))
        answered.set(None)

    async def _continue(self, response: Response) -> None:
        await response.done()
        for answered in self._answers[response]:
            await answered
        del self._answers[response]
        if not response.stopped:
            self._ask()
