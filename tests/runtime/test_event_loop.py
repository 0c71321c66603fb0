"""What belongs to an event loop is called on it alone."""

from __future__ import annotations

import asyncio

import pytest

from realtime_sdk.errors import UsageError
from realtime_sdk.runtime.event_loop import assert_own_loop


def test_a_call_on_the_own_loop_passes() -> None:
    async def main() -> None:
        assert_own_loop(asyncio.get_running_loop(), "send_text")

    asyncio.run(main())


def test_a_call_from_another_thread_is_refused_with_what_to_do() -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        with pytest.raises(UsageError) as refusal:
            await asyncio.to_thread(assert_own_loop, loop, "send_text")
        assert str(refusal.value) == (
            "call send_text() from the session's own event loop; from another thread use "
            "loop.call_soon_threadsafe(...) or asyncio.run_coroutine_threadsafe(...)"
        )

    asyncio.run(main())


def test_what_it_advises_passes() -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()

        async def call() -> str:
            assert_own_loop(loop, "respond")
            return "done"

        assert await asyncio.to_thread(lambda: asyncio.run_coroutine_threadsafe(call(), loop).result()) == "done"

    asyncio.run(main())


def test_a_call_from_another_loop_is_refused() -> None:
    async def own_loop() -> asyncio.AbstractEventLoop:
        return asyncio.get_running_loop()

    async def call(loop: asyncio.AbstractEventLoop) -> None:
        with pytest.raises(UsageError, match="from the session's own event loop"):
            assert_own_loop(loop, "respond")

    asyncio.run(call(asyncio.run(own_loop())))


def test_a_call_while_the_loop_stands_still_is_refused() -> None:
    loop = asyncio.new_event_loop()
    with pytest.raises(UsageError, match="from the session's own event loop"):
        assert_own_loop(loop, "mute")
    loop.close()
