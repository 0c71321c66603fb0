"""Sequences of values that the pure core fills and coroutines read; applications hold only their readers."""

from __future__ import annotations

import logging
import math
from collections import deque
from collections.abc import AsyncIterator, Hashable, Iterable
from typing import Final, Generic, TypeVar
from weakref import WeakSet

from ._completion import Condition, EventFactory

T = TypeVar("T")

_log = logging.getLogger("realtime_sdk.session")

READ_KEPT: Final = 16
"""Values that are kept though all readers have received them: beyond twice this number, the older half is dropped."""


class ReplayableStream(Condition, Generic[T]):
    """A growing sequence that any number of readers follow, each at its own pace, until it ends.

    `async for` reads from the beginning, `follow()` continues behind the last value that earlier readers received. With
    a `limit`, at most that many values are kept for a late or slow reader, and few that all readers have received.
    """

    def __init__(self, event_factory: EventFactory, *, limit: int | None = None) -> None:
        super().__init__(event_factory)
        self.ended: bool = False
        # A list where it can be one: every message has some of these, and an empty deque takes 760 bytes.
        self._values: deque[T] | list[T] = [] if limit is None else deque(maxlen=limit)
        self._limit = limit  # of the values that are kept; None: all are
        self._dropped = 0  # values that the limit has pushed out
        self._read: dict[Hashable, int] | None = None  # values that readers have received, by their key
        self._following: WeakSet[StreamReader[T]] | None = None  # readers that follow it
        self.followed: bool = False  # it has, or had, a reader that follows it
        self.failure: Exception | None = None  # why it ended, if readers are to raise that
        self._missed_reported = False  # a reader has missed values, and the log says so

    def __len__(self) -> int:
        return self._dropped + len(self._values)

    @property
    def values(self) -> list[T]:
        """The values that are kept."""
        return list(self._values)

    def put(self, value: T) -> None:
        """Add a value; adding one after the end is a bug of the caller."""
        if self.ended:
            raise RuntimeError("no value can be added to a stream that has ended")
        if len(self._values) == self._limit:
            self._dropped += 1
        self._values.append(value)
        self._wake()

    def end(self, failure: Exception | None = None) -> None:
        """No more values come; readers then raise `failure`, if one is given. Harmless if repeated."""
        if not self.ended:
            self.ended = True
            self.failure = failure
            self._wake()

    def __aiter__(self) -> AsyncIterator[T]:
        return StreamReader(self, 0)

    def follow(self, key: Hashable = None) -> AsyncIterator[T]:
        """Read from the first value that no reader with this key has received; a new key begins where `None` is."""
        self.followed = True
        read = self._read or {}
        reader = StreamReader(self, read.get(key, read.get(None, 0)), key)
        if self._following is None:
            self._following = WeakSet()
        self._following.add(reader)
        return reader

    async def _get(self, index: int, key: Hashable) -> tuple[int, T]:
        """The value at `index`, or the oldest kept one behind it, with its index."""
        while index >= len(self):
            if self.ended:
                raise self.failure or StopAsyncIteration
            await self._change()
        if index < self._dropped:
            self._report_missed(self._dropped - index)
            index = self._dropped
        if self._read is None:
            self._read = {}
        self._read[key] = max(self._read.get(key, 0), index + 1)
        value = self._values[index - self._dropped]
        if self._limit is not None and index - self._dropped >= 2 * READ_KEPT:
            self._drop_read(self._read)
        return index, value

    def _drop_read(self, read: dict[Hashable, int]) -> None:
        """Drop what no reader can receive any more: a new one begins where those of all values are, or at the first."""
        following = (reader._next for reader in self._following or ())
        received = min(*read.values(), *following, math.inf) if None in read else 0
        while self._dropped < received - READ_KEPT and isinstance(self._values, deque):
            self._values.popleft()
            self._dropped += 1

    def _report_missed(self, count: int) -> None:
        if not self._missed_reported:
            self._missed_reported = True
            _log.warning(
                "a reader begins late or is too slow, and misses %d of the events or responses: the last %d are kept",
                count, self._limit,
            )  # fmt: skip


class StreamReader(AsyncIterator[T]):
    """One reader's place in a stream."""

    def __init__(self, stream: ReplayableStream[T], start: int, key: Hashable = None) -> None:
        self._stream = stream
        self._next = start  # the index of the value to read
        self._key = key  # of the place that readers share

    async def __anext__(self) -> T:
        index, value = await self._stream._get(self._next, self._key)
        self._next = index + 1
        return value


class Replay(AsyncIterator[T]):
    """Reads values that are all there."""

    def __init__(self, values: Iterable[T]) -> None:
        self._values = iter(values)

    async def __anext__(self) -> T:
        for value in self._values:
            return value
        raise StopAsyncIteration


class FilteredReader(AsyncIterator[T]):
    """The values of a reader, filtered by their classes."""

    def __init__(self, values: AsyncIterator[object], kinds: tuple[type[T], ...]) -> None:
        self._values = values
        self._kinds = kinds

    async def __anext__(self) -> T:
        while True:
            value = await anext(self._values)
            if isinstance(value, self._kinds):
                return value


class Queue(Condition, Generic[T]):
    """Values that go to one reader each, and are not kept."""

    def __init__(self, event_factory: EventFactory) -> None:
        super().__init__(event_factory)
        self.ended = False
        self._values: list[T] = []  # no deque, which is larger: they are few, or read as fast as they come

    @property
    def empty(self) -> bool:
        """Whether all values were read."""
        return not self._values

    def put(self, value: T) -> None:
        """Add a value; after the end it is dropped."""
        if not self.ended:
            self._values.append(value)
            if self._changed is not None:  # asked here, too: one call less for each delta
                self._wake()

    def take(self) -> T | None:
        """Remove the next value, without waiting; None: there is none now."""
        return self._values.pop(0) if self._values else None

    def clear(self) -> None:
        """Drop the values that were not read."""
        self._values.clear()

    def end(self) -> None:
        """No more values come; harmless if repeated."""
        self.ended = True
        self._wake()

    def __aiter__(self) -> AsyncIterator[T]:
        return QueueReader(self)

    async def get(self) -> T:
        """Remove the next value, waiting for it; raises `StopAsyncIteration` at the end."""
        while not self._values:
            if self.ended:
                raise StopAsyncIteration
            await self._change()
        return self._values.pop(0)


class QueueReader(AsyncIterator[T]):
    """Reads the values of a queue, each once."""

    def __init__(self, queue: Queue[T]) -> None:
        self._queue = queue

    async def __anext__(self) -> T:
        return await self._queue.get()
