"""An operation that a method of a session has begun, and a caller may await."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Generator
from typing import Any, TypeVar

from .._runtime.event_loop import own_event
from ..conversation._completion import Completion, Pending

T = TypeVar("T")


class Operation(Pending[T]):
    """An operation that `Session` has begun: it goes on whether it is awaited or not; awaiting it gives its result.

    It is accepted wherever a coroutine is: `asyncio.create_task`, `asyncio.gather`, `asyncio.timeout`, a task group's
    `start_soon(session.respond)`. It may be awaited more than once, and by several tasks. Where nothing awaits it, a
    server's refusal is a `ServerError` event. When the last task that awaits it is cancelled, a request to the server
    is withdrawn: awaiting it again raises a `UsageError`.
    """

    def __init__(self, completion: Completion[T], name: str, give_up: Callable[[], object] | None = None) -> None:
        self.__qualname__: str = name  # for the repr of a task that runs it
        self.__name__: str = name.rpartition(".")[2]
        self._completion = completion
        self._give_up = give_up  # called once nothing awaits it any more
        self._runs: dict[asyncio.Task[Any] | None, Coroutine[Any, Any, T]] = {}  # by the task that waits in it

    def __repr__(self) -> str:
        return f"<Operation {self.__qualname__} {'done' if self._completion.done else 'pending'}>"

    def __await__(self) -> Generator[Any, Any, T]:
        return self._wait().__await__()

    def send(self, value: Any) -> Any:
        """Resume waiting, as the event loop does."""
        return self._step(lambda run: run.send(value))

    def throw(self, *error: Any) -> Any:
        """Raise an exception where it waits, as the event loop does to cancel a task."""
        if isinstance(error[0], asyncio.CancelledError) and asyncio.current_task() not in self._runs:
            self._abandon()  # before the first step of its task
        return self._step(lambda run: run.throw(*error))

    def close(self) -> None:
        """Stop waiting; the operation goes on."""
        for run in list(self._runs.values()):
            run.close()
        self._runs.clear()

    def _step(self, step: Callable[[Coroutine[Any, Any, T]], Any]) -> Any:
        """Run a step of the coroutine of the current task, and keep it unless that has ended."""
        task = asyncio.current_task()
        run = self._runs.pop(task, None) or self._wait()
        yielded = step(run)
        self._runs[task] = run
        return yielded

    async def _wait(self) -> T:
        try:
            return await self._completion
        except asyncio.CancelledError:
            self._abandon()
            raise

    def _abandon(self) -> None:
        if self._give_up is not None and not self._completion.waiters:
            self._give_up()


def completed(value: T, name: str) -> Operation[T]:
    """Return an operation that has its result."""
    completion: Completion[T] = Completion(own_event())
    completion.set_result(value)
    return Operation(completion, name)


def failed(failure: Exception, name: str) -> Operation[Any]:
    """Return an operation that has failed: awaiting it raises `failure`."""
    completion: Completion[Any] = Completion(own_event())
    completion.set_exception(failure)
    return Operation(completion, name)
