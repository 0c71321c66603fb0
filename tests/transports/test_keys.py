"""Asking for a key."""

from __future__ import annotations

import asyncio
import math
import threading
from collections.abc import Callable
from typing import Any

import pytest

from realtime_sdk.errors import ConnectionFailed, ConnectionLost, UsageError
from realtime_sdk.testing import run_virtual
from realtime_sdk.transports._keys import resolve_key

SECRET = "ek-very-secret"


async def later() -> str:
    await asyncio.sleep(0)
    return SECRET


@pytest.mark.parametrize(("source", "key"), [(None, None), (SECRET, SECRET), (lambda: SECRET, SECRET), (later, SECRET)])
def test_a_key_is_a_string_or_comes_from_a_function(source: Any, key: str | None) -> None:
    assert asyncio.run(resolve_key(source)) == key


def test_a_function_is_called_every_time() -> None:
    keys = iter(["one", "two"])
    assert [asyncio.run(resolve_key(lambda: next(keys))) for _ in range(2)] == ["one", "two"]


def raising(error: BaseException) -> Callable[[], str]:
    def function() -> str:
        raise error

    return function


async def raising_later() -> str:
    raise OSError(SECRET)


@pytest.mark.parametrize("source", [raising(OSError(SECRET)), raising(StopIteration(SECRET)), raising_later])
def test_a_function_that_raises_fails_the_connection(source: Any) -> None:
    with pytest.raises(ConnectionFailed, match="the function that gives the API key raised ") as failure:
        asyncio.run(resolve_key(source))
    assert SECRET not in str(failure.value)
    assert failure.value.__cause__ is not None


async def never() -> str:
    await asyncio.sleep(math.inf)
    return SECRET


async def out_of_a_task_that_was_cancelled() -> str:
    fetching = asyncio.create_task(never())
    fetching.cancel()
    return await fetching


def test_a_function_that_never_returns_is_given_up() -> None:
    with pytest.raises(ConnectionFailed, match="the function that gives the API key did not return in 30 s"):
        run_virtual(lambda: resolve_key(never))


def test_a_function_that_is_not_async_runs_in_a_thread_of_its_own() -> None:
    async def main() -> None:
        released = threading.Event()

        def blocking() -> str:
            released.wait()
            return threading.current_thread().name

        asking = asyncio.create_task(resolve_key(blocking))
        await asyncio.sleep(0)  # the loop goes on
        released.set()
        assert await asking == "the function that gives the API key"

    asyncio.run(main())


def test_a_function_that_blocks_is_given_up(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("realtime_sdk.transports._keys.KEY_TIMEOUT", 0.01)
    released = threading.Event()

    def blocking() -> str:
        released.wait()
        return SECRET

    with pytest.raises(ConnectionFailed, match=r"the function that gives the API key did not return in 0\.01 s"):
        asyncio.run(resolve_key(blocking))
    released.set()
    assert "the function that gives the API key was left running in its thread; its result is dropped" in caplog.text


def test_a_function_may_return_what_is_to_be_awaited() -> None:
    assert asyncio.run(resolve_key(lambda: later())) == SECRET


def test_a_function_that_awaits_what_was_cancelled_fails_the_connection() -> None:
    with pytest.raises(ConnectionFailed, match="the function that gives the API key was cancelled"):
        asyncio.run(resolve_key(out_of_a_task_that_was_cancelled))


def test_to_cancel_the_caller_cancels_it() -> None:
    async def main() -> None:
        asking = asyncio.create_task(resolve_key(never))
        await asyncio.sleep(1.0)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking

    run_virtual(main)


def test_an_error_of_the_package_passes_through() -> None:
    with pytest.raises(ConnectionLost, match="mine"):
        asyncio.run(resolve_key(raising(ConnectionLost("mine"))))


async def nothing() -> None: ...


@pytest.mark.parametrize(
    ("source", "kind"), [(lambda: None, "None"), (SECRET.encode, "of type bytes"), (nothing, "None"), (dict, "dict")]
)
def test_a_function_has_to_return_a_string(source: Any, kind: str) -> None:
    with pytest.raises(UsageError, match=f"returned .*{kind}, not a string") as refusal:
        asyncio.run(resolve_key(source))
    assert SECRET not in str(refusal.value)
