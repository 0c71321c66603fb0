"""What callers wait for: feeds for many readers, queues for one, outcomes set once."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator
from typing import TypeVar

import anyio
import pytest

from realtime_sdk.conversation._feed import Feed, Outcome, Queue
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
    feed: Feed[int] = Feed(anyio.Event)
    feed.put(1)
    early = aiter(feed)
    feed.put(2)
    feed.end()
    assert read(early) == read(aiter(feed)) == [1, 2]


def test_a_reader_waits_for_what_comes() -> None:
    async def main() -> None:
        feed: Feed[int] = Feed(anyio.Event)
        got: list[int] = []

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(gather, feed, got)
            for value in (1, 2, 3):
                await anyio.sleep(1.0)
                assert len(got) == value - 1
                feed.put(value)
            await anyio.sleep(1.0)
            feed.end()
        assert got == [1, 2, 3]

    run_virtual(main)


def test_following_goes_on_where_earlier_readers_have_got_to() -> None:
    async def main() -> None:
        feed: Feed[int] = Feed(anyio.Event)
        for value in (1, 2, 3):
            feed.put(value)
        assert await anext(feed.follow()) == 1
        assert await anext(feed.follow()) == 2

    run_virtual(main)


def test_a_reader_that_lags_behind_gives_nothing_again_to_those_that_follow() -> None:
    async def main() -> None:
        feed: Feed[int] = Feed(anyio.Event)
        for value in (1, 2, 3):
            feed.put(value)
        ahead, behind = feed.follow(), feed.follow()
        assert [await anext(ahead), await anext(ahead)] == [1, 2]
        assert await anext(behind) == 1
        assert await anext(feed.follow()) == 3

    run_virtual(main)


def test_a_limit_keeps_the_last_values_for_a_late_reader() -> None:
    feed: Feed[int] = Feed(anyio.Event, limit=2)
    for value in (1, 2, 3):
        feed.put(value)
    feed.end()
    assert (read(aiter(feed)), len(feed)) == ([2, 3], 3)


def test_a_failure_is_raised_after_the_last_value() -> None:
    async def main() -> None:
        feed: Feed[int] = Feed(anyio.Event)
        feed.put(1)
        feed.end(ConnectionLost("gone"))
        values = aiter(feed)
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


def test_an_outcome_is_set_once_and_may_be_none() -> None:
    async def main() -> None:
        outcome: Outcome[int | None] = Outcome(anyio.Event)
        outcome.set(None)
        outcome.set(5)
        outcome.fail(ConnectionLost("too late"))
        assert await outcome is None

    run_virtual(main)


def test_a_failed_outcome_raises_for_everybody_who_waits() -> None:
    async def main() -> None:
        outcome: Outcome[int] = Outcome(anyio.Event)
        outcome.fail(ConnectionLost("gone"))
        for _ in range(2):
            with pytest.raises(ConnectionLost):
                await outcome.wait()

    run_virtual(main)
