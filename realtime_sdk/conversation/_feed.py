"""What a caller can wait for, without an event loop in sight.

The pure core fills `Feed`s and `Outcome`s; a coroutine that waits for them does so on an event of the host's own kind,
which the shell hands in as `new_event` (`OwnEvent` in a session, which refuses another event loop).
"""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator, Callable, Generator, Hashable
from typing import Any, Generic, Protocol, TypeAlias, TypeVar

T = TypeVar("T")


class Event(Protocol):
    """A one-shot event: set once, wakes all who wait."""

    def set(self) -> object:
        """Wake all who wait."""
        ...

    async def wait(self) -> object:
        """Wait until it is set."""
        ...


NewEvent: TypeAlias = Callable[[], Event]


class _Changing:
    """Something whose changes can be awaited."""

    def __init__(self, new_event: NewEvent) -> None:
        self._new_event = new_event
        self._changed: Event | None = None  # what those who wait wait for; None: nobody does

    def _wake(self) -> None:
        if self._changed is not None:
            self._changed.set()
            self._changed = None

    async def _change(self) -> None:
        if self._changed is None:
            self._changed = self._new_event()
        await self._changed.wait()


class Feed(_Changing, Generic[T]):
    """A growing sequence that any number of readers follow, each at its own pace, until it ends.

    `async for` reads from the beginning. With a `limit` only the last so many values are kept for a late or slow
    reader, and `follow()` goes on where earlier readers have got to.
    """

    def __init__(self, new_event: NewEvent, *, limit: int | None = None) -> None:
        super().__init__(new_event)
        self.ended = False
        self._values: deque[T] = deque(maxlen=limit)
        self._dropped = 0  # values that the limit has pushed out
        self._read: dict[Hashable, int] = {None: 0}  # values that readers have got, by their key
        self.followed = False  # somebody reads it, or has
        self._failure: Exception | None = None  # why it ended, where that is the readers' business

    def __len__(self) -> int:
        return self._dropped + len(self._values)

    @property
    def values(self) -> list[T]:
        """The values that are kept."""
        return list(self._values)

    def put(self, value: T) -> None:
        """Add a value; one added after the end is a mistake of the caller's."""
        if self.ended:
            raise RuntimeError("a feed that has ended takes no more")
        if len(self._values) == self._values.maxlen:
            self._dropped += 1
        self._values.append(value)
        self._wake()

    def end(self, failure: Exception | None = None) -> None:
        """Nothing more will come; readers then raise `failure`, if one is given. Harmless if repeated."""
        if not self.ended:
            self.ended = True
            self._failure = failure
            self._wake()

    def __aiter__(self) -> AsyncIterator[T]:
        return Reader(self, 0)

    def follow(self, key: Hashable = None) -> AsyncIterator[T]:
        """Read from the first value that no reader with this key has got yet; a new key begins where `None` is."""
        self.followed = True
        return Reader(self, self._read.get(key, self._read[None]), key)

    async def _get(self, index: int, key: Hashable) -> tuple[int, T]:
        """The value at `index`, or the oldest kept one behind it, with its index."""
        while index >= len(self):
            if self.ended:
                raise self._failure or StopAsyncIteration
            await self._change()
        index = max(index, self._dropped)
        self._read[key] = max(self._read.get(key, 0), index + 1)
        return index, self._values[index - self._dropped]


class Reader(AsyncIterator[T]):
    """One reader's place in a feed."""

    def __init__(self, feed: Feed[T], start: int, key: Hashable = None) -> None:
        self._feed = feed
        self._next = start
        self._key = key  # of the place that readers share

    async def __anext__(self) -> T:
        index, value = await self._feed._get(self._next, self._key)
        self._next = index + 1
        return value


class Filtered(AsyncIterator[T]):
    """The values of a reader that are of some classes."""

    def __init__(self, values: AsyncIterator[object], kinds: tuple[type[T], ...]) -> None:
        self._values = values
        self._kinds = kinds

    async def __anext__(self) -> T:
        while True:
            value = await anext(self._values)
            if isinstance(value, self._kinds):
                return value


class Queue(_Changing, Generic[T]):
    """Values that go to one reader each and are then forgotten."""

    def __init__(self, new_event: NewEvent) -> None:
        super().__init__(new_event)
        self.ended = False
        self._values: deque[T] = deque()

    def put(self, value: T) -> None:
        """Add a value; after the end it is dropped: nobody will come for it."""
        if not self.ended:
            self._values.append(value)
            self._wake()

    def clear(self) -> None:
        """Forget what nobody has read."""
        self._values.clear()

    def end(self) -> None:
        """Nothing more will come; harmless if repeated."""
        self.ended = True
        self._wake()

    def __aiter__(self) -> Queue[T]:
        return self

    async def __anext__(self) -> T:
        while not self._values:
            if self.ended:
                raise StopAsyncIteration
            await self._change()
        return self._values.popleft()


class Outcome(_Changing, Generic[T]):
    """A value that is set once and waited for by any number."""

    def __init__(self, new_event: NewEvent) -> None:
        super().__init__(new_event)
        self.waiters: int = 0  # callers that wait for it now
        self._value: list[T] = []  # empty until set: None may be a value
        self._failure: Exception | None = None

    @property
    def settled(self) -> bool:
        """Whether it was set or failed."""
        return bool(self._value) or self._failure is not None

    @property
    def value(self) -> T:
        """The value, once it is set."""
        return self._value[0]

    @property
    def result(self) -> T | None:
        """The value, if it was set; None also where it failed."""
        return self._value[0] if self._value else None

    def set(self, value: T) -> None:
        """Give the value; what comes after the first is ignored."""
        if not self.settled:
            self._value.append(value)
            self._wake()

    def fail(self, failure: Exception) -> None:
        """Let those who wait raise `failure`; ignored if it is settled."""
        if not self.settled:
            self._failure = failure
            self._wake()

    def __await__(self) -> Generator[Any, None, T]:
        return self.wait().__await__()

    async def wait(self) -> T:
        """The value, as soon as there is one; raises what `fail` was given."""
        self.waiters += 1
        try:
            while not self.settled:
                await self._change()
        finally:
            self.waiters -= 1
        if self._failure is not None:
            raise self._failure
        return self._value[0]
