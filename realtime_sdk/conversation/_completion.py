"""A result that callers await, without an event loop in sight.

The pure core completes a `Completion` or fills a stream (`_streams`). A coroutine that awaits it waits on an event of
the host's loop, made by the `event_factory` of the shell (`own_event()` in a session, which refuses another loop).
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Generator
from enum import Enum
from typing import Any, Generic, Protocol, TypeAlias, TypeVar

T = TypeVar("T")


class Event(Protocol):
    """A one-shot event: set once, wakes all waiters."""

    def set(self) -> object:
        """Wake all waiters."""
        ...

    async def wait(self) -> object:
        """Wait until it is set."""
        ...


EventFactory: TypeAlias = Callable[[], Event]
"""Makes an event of the host's event loop."""


class Pending(Coroutine[Any, Any, T]):
    """A coroutine that waits for an operation that has begun already.

    It need not be awaited. A type checker would report that of a method annotated as a plain `Coroutine`.
    """


class Condition:
    """State whose changes can be awaited."""

    __slots__ = ("_changed", "_event_factory")

    def __init__(self, event_factory: EventFactory) -> None:
        self._event_factory = event_factory
        self._changed: Event | None = None  # set at the next change; None: no coroutine waits for it

    def _wake(self) -> None:
        if self._changed is not None:
            self._changed.set()
            self._changed = None

    async def _change(self) -> None:
        if self._changed is None:
            self._changed = self._event_factory()
        await self._changed.wait()


class _Unset(Enum):
    """Stands for a result that is not there yet: None may be one."""

    UNSET = "unset"


class Completion(Condition, Generic[T]):
    """A result that is set once, and awaited by any number of callers."""

    __slots__ = ("_exception", "_result", "waiters")

    def __init__(self, event_factory: EventFactory) -> None:
        super().__init__(event_factory)
        self.waiters: int = 0  # callers that await it now
        self._result: T | _Unset = _Unset.UNSET
        self._exception: Exception | None = None

    @property
    def done(self) -> bool:
        """Whether it has a result or an exception."""
        return self._result is not _Unset.UNSET or self._exception is not None

    @property
    def value(self) -> T:
        """The result, once it is set."""
        assert not isinstance(self._result, _Unset)
        return self._result

    @property
    def result(self) -> T | None:
        """The result, if it is set; None also where there is an exception."""
        return None if isinstance(self._result, _Unset) else self._result

    @property
    def exception(self) -> Exception | None:
        """The exception that it is done with; None: there is none."""
        return self._exception

    def set_result(self, result: T) -> None:
        """Complete it; ignored if it is done."""
        if not self.done:
            self._result = result
            self._wake()

    def set_exception(self, exception: Exception) -> None:
        """Have callers raise `exception`; ignored if it is done."""
        if not self.done:
            self._exception = exception
            self._wake()

    def __await__(self) -> Generator[Any, None, T]:
        return self.wait().__await__()

    async def wait(self) -> T:
        """The result, as soon as there is one; raises the exception that was set."""
        self.waiters += 1
        try:
            while not self.done:
                await self._change()
        finally:
            self.waiters -= 1
        if self._exception is not None:
            raise self._exception
        return self.value
