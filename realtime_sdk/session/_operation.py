"""What a method of a session has begun, and a caller may await."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Generator
from typing import Any, TypeVar

from .._runtime.event_loop import own_event
from ..conversation._completion import Completion, Pending

T = TypeVar("T")


class Operation(Pending[T]):
    """What a method of `Session` has begun: it goes on whether it is awaited or not; awaiting it gives its result.

    It is taken wherever a coroutine is: `asyncio.create_task`, `asyncio.gather`, `asyncio.timeout`, a task group's
    `start_soon(session.respond)`. It may be awaited more than once. Where nothing awaits it, a server's refusal is a
    `ServerError` event. When the last task that awaits it is cancelled, a request to the server is withdrawn.
    """

    def __init__(self, completion: Completion[T], give_up: Callable[[], object] | None = None) -> None:
        self._completion = completion
        self._give_up = give_up  # what happens once nothing awaits it any more; None: nothing
        self._waiting: Coroutine[Any, Any, T] | None = None  # for the task that runs it; None: no task has begun to

    def __repr__(self) -> str:
        return f"<Operation {'done' if self._completion.done else 'pending'}>"

    def __await__(self) -> Generator[Any, Any, T]:
        return self._wait().__await__()

    def send(self, value: Any) -> Any:
        """Resume waiting, as the event loop does."""
        if self._waiting is None:
            self._waiting = self._wait()
        return self._waiting.send(value)

    def throw(self, *error: Any) -> Any:
        """Raise an exception where it waits, as the event loop does to cancel a task."""
        if self._waiting is None:
            self._waiting = self._wait()
            if isinstance(error[0], asyncio.CancelledError):  # before the first step of its task
                self._abandon()
        return self._waiting.throw(*error)

    def close(self) -> None:
        """Stop waiting; what was begun goes on."""
        if self._waiting is not None:
            self._waiting.close()

    async def _wait(self) -> T:
        try:
            return await self._completion
        except asyncio.CancelledError:
            self._abandon()
            raise

    def _abandon(self) -> None:
        if self._give_up is not None and not self._completion.waiters:
            self._give_up()


def completed(value: T) -> Operation[T]:
    """Return an operation that has its result."""
    completion: Completion[T] = Completion(own_event())
    completion.set_result(value)
    return Operation(completion)


def failed(failure: Exception) -> Operation[Any]:
    """Return an operation that has failed: awaiting it raises `failure`."""
    completion: Completion[Any] = Completion(own_event())
    completion.set_exception(failure)
    return Operation(completion)
