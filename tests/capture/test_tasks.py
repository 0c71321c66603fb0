"""Several iterators read as one."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing

import anyio
import pytest

from realtime_sdk.capture._tasks import merge
from realtime_sdk.testing import run_virtual


async def ticks(name: str, interval: float, count: int, left: list[str] | None = None) -> AsyncGenerator[str, None]:
    """Yield `name1`, `name2`, …; `left` is a list to which it adds its name when it ends."""
    try:
        for number in range(count):
            await anyio.sleep(interval)
            yield f"{name}{number + 1}"
    finally:
        if left is not None:
            left.append(name)


async def failing(after: float) -> AsyncGenerator[str, None]:
    yield "f"
    await anyio.sleep(after)
    raise OSError("gone")


def test_values_come_in_the_order_of_their_times_until_all_have_ended() -> None:
    async def main() -> list[str]:
        return [value async for value in merge(ticks("a", 1.0, 2), ticks("b", 0.7, 3))]

    assert run_virtual(main) == ["b1", "a1", "b2", "a2", "b3"]


def test_an_exception_of_one_iterator_is_raised_and_ends_the_others() -> None:
    left: list[str] = []

    async def main() -> list[str]:
        values: list[str] = []
        with pytest.raises(OSError, match="gone"):
            async for value in merge(ticks("a", 1.0, 9, left), failing(2.5)):
                values.append(value)  # noqa: PERF401  # those before the exception
        return values

    assert run_virtual(main) == ["f", "a1", "a2"]
    assert left == ["a"]


def test_closing_the_merge_ends_all_iterators() -> None:
    left: list[str] = []

    async def main() -> None:
        async with aclosing(merge(ticks("a", 1.0, 9, left), ticks("b", 1.5, 9, left))) as values:
            assert await anext(values) == "a1"
        assert sorted(left) == ["a", "b"]

    run_virtual(main)


def test_a_cancelled_reader_ends_them_all() -> None:
    left: list[str] = []

    async def read() -> None:
        async with aclosing(merge(ticks("a", 1.0, 9, left), ticks("b", 1.5, 9, left))) as values:
            async for _ in values:
                pass

    async def main() -> None:
        with anyio.move_on_after(2.2) as scope:
            await read()
        assert scope.cancelled_caught
        assert sorted(left) == ["a", "b"]

    run_virtual(main)


def test_a_slow_reader_holds_up_none_of_them() -> None:
    async def main() -> list[str]:
        values: list[str] = []
        async for value in merge(ticks("a", 1.0, 3), ticks("b", 1.1, 3)):
            await anyio.sleep(10.0)
            values.append(value)
        assert anyio.current_time() == pytest.approx(61.0)
        return values

    assert run_virtual(main) == ["a1", "b1", "a2", "b2", "a3", "b3"]
