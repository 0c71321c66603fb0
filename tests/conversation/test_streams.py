"""What callers await: streams for many readers, queues for one, completions set once."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator
from typing import TypeVar

import anyio
import pytest

from realtime_sdk.conversation._completion import Completion
from realtime_sdk.conversation._streams import Queue, ReplayableStream
from realtime_sdk.errors import ConnectionLost
from realtime_sdk.testing import run_virtual

T = TypeVar("T")


def read(values: AsyncIterator[T]) -> list[T]:
    """All values of something that has ended."""

    async def collect() -> list[T]:
        return [value async for value in values]

    return run_virtual(collect)


async def gather(values: AsyncIterable[T], got: list[T]) -> None:
    """Add the values to a list, each as it comes."""
    async for value in values:
        got += [value]


def test_every_reader_gets_every_value_from_the_beginning() -> None:
    stream: ReplayableStream[int] = ReplayableStream(anyio.Event)
    stream.put(1)
    early = aiter(stream)
    stream.put(2)
    stream.end()
    assert read(early) == read(aiter(stream)) == [1, 2]


def test_a_reader_waits_for_what_comes() -> None:
    async def main() -> None:
        stream: ReplayableStream[int] = ReplayableStream(anyio.Event)
        got: list[int] = []

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(gather, stream, got)
            for value in (1, 2, 3):
                await anyio.sleep(1.0)
                assert len(got) == value - 1
                stream.put(value)
            await anyio.sleep(1.0)
            stream.end()
        assert got == [1, 2, 3]

    run_virtual(main)


def test_following_continues_after_the_last_value_read() -> None:
    async def main() -> None:
        stream: ReplayableStream[int] = ReplayableStream(anyio.Event)
        for value in (1, 2, 3):
            stream.put(value)
        assert await anext(stream.follow()) == 1
        assert await anext(stream.follow()) == 2

    run_virtual(main)


def test_a_slow_reader_does_not_make_a_new_one_repeat_values() -> None:
    async def main() -> None:
        stream: ReplayableStream[int] = ReplayableStream(anyio.Event)
        for value in (1, 2, 3):
            stream.put(value)
        ahead, behind = stream.follow(), stream.follow()
        assert [await anext(ahead), await anext(ahead)] == [1, 2]
        assert await anext(behind) == 1
        assert await anext(stream.follow()) == 3

    run_virtual(main)


def test_a_limit_keeps_the_last_values_for_a_late_reader() -> None:
    stream: ReplayableStream[int] = ReplayableStream(anyio.Event, limit=2)
    for value in (1, 2, 3):
        stream.put(value)
    stream.end()
    assert (read(aiter(stream)), len(stream)) == ([2, 3], 3)


def test_values_that_all_readers_have_received_are_dropped() -> None:
    async def main() -> None:
        stream: ReplayableStream[int] = ReplayableStream(anyio.Event, limit=10_000)
        for value in range(1000):
            stream.put(value)
        fast, slow, of_some = stream.follow(), stream.follow(), stream.follow("some")
        assert [await anext(fast) for _ in range(1000)] == list(range(1000))
        assert len(stream.values) == 1000
        assert [await anext(slow) for _ in range(600)] == list(range(600))
        assert [await anext(of_some) for _ in range(500)] == list(range(500))
        assert 500 < len(stream.values) <= 700
        del slow
        stream.put(1000)
        assert await anext(fast) == 1000
        assert [await anext(of_some) for _ in range(501)] == list(range(500, 1001))
        assert len(stream.values) <= 200
        assert len(stream) == 1001

    run_virtual(main)


def test_values_are_kept_for_a_reader_that_is_to_come() -> None:
    async def main() -> None:
        stream: ReplayableStream[int] = ReplayableStream(anyio.Event, limit=10_000)
        for value in range(1000):
            stream.put(value)
        of_some = stream.follow("some")
        assert [await anext(of_some) for _ in range(1000)] == list(range(1000))
        assert await anext(stream.follow()) == 0

    run_virtual(main)


def test_a_failure_is_raised_after_the_last_value() -> None:
    async def main() -> None:
        stream: ReplayableStream[int] = ReplayableStream(anyio.Event)
        stream.put(1)
        stream.end(ConnectionLost("gone"))
        values = aiter(stream)
        assert await anext(values) == 1
        with pytest.raises(ConnectionLost, match="gone"):
            await anext(values)

    run_virtual(main)


def test_each_value_of_a_queue_goes_to_one_reader() -> None:
    async def main() -> None:
        queue: Queue[int] = Queue(anyio.Event)
        queue.put(1)
        queue.put(2)
        assert [await anext(aiter(queue)), await anext(aiter(queue))] == [1, 2]
        queue.end()
        queue.put(3)
        assert [value async for value in queue] == []

    run_virtual(main)


def test_a_completion_is_set_once_and_may_be_none() -> None:
    async def main() -> None:
        completion: Completion[int | None] = Completion(anyio.Event)
        completion.set_result(None)
        completion.set_result(5)
        completion.set_exception(ConnectionLost("too late"))
        assert await completion is None

    run_virtual(main)


def test_a_completion_raises_its_exception_for_every_waiter() -> None:
    async def main() -> None:
        completion: Completion[int] = Completion(anyio.Event)
        completion.set_exception(ConnectionLost("gone"))
        for _ in range(2):
            with pytest.raises(ConnectionLost):
                await completion.wait()

    run_virtual(main)


def test_a_queue_reader_has_no_public_methods() -> None:
    public = {name for name in dir(aiter(Queue[int](anyio.Event))) if not name.startswith("_")}
    assert public == set()


def test_a_reader_that_misses_values_is_reported_once(caplog: pytest.LogCaptureFixture) -> None:
    stream: ReplayableStream[int] = ReplayableStream(anyio.Event, limit=3)
    slow = stream.follow()
    for value in range(10):
        stream.put(value)
    stream.end()
    assert read(slow) == read(aiter(stream)) == [7, 8, 9]
    assert [record.getMessage() for record in caplog.records] == [
        "a reader begins late or is too slow, and misses 7 of the events or responses: the last 3 are kept"
    ]
