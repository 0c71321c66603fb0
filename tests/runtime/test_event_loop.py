"""What belongs to an event loop is called on it alone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from realtime_sdk import MessageItem, NullSpeaker, Response, Session, connect
from realtime_sdk._runtime.event_loop import assert_own_loop, own_event
from realtime_sdk.conversation._completion import Completion
from realtime_sdk.errors import UsageError
from realtime_sdk.testing import FakeServer, message


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
            "loop.call_soon_threadsafe(...), or asyncio.run_coroutine_threadsafe(...) with a coroutine that calls it"
        )

    asyncio.run(main())


def test_the_advice_of_the_error_works() -> None:
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


async def read(values: AsyncIterator[object]) -> None:
    async for _ in values:
        pass


WAITS: dict[str, Callable[[Session, Response, MessageItem], Awaitable[object]]] = {
    "played": lambda session, response, item: item.played(),
    "captions": lambda session, response, item: read(item.captions()),
    "deltas": lambda session, response, item: read(item.deltas()),
    "audio": lambda session, response, item: read(item.audio()),
    "done": lambda session, response, item: response.done(),
    "responses": lambda session, response, item: read(session.responses()),
    "events": lambda session, response, item: read(session.events()),
    "raw events": lambda session, response, item: read(session.raw_events()),
}


@pytest.mark.parametrize("wait", WAITS.values(), ids=WAITS)
def test_awaiting_a_sessions_results_on_another_loop_is_refused(
    wait: Callable[[Session, Response, MessageItem], Awaitable[object]],
) -> None:
    async def elsewhere(session: Session, response: Response, item: MessageItem) -> None:
        with pytest.raises(UsageError, match="on the session's own event loop; from another thread use asyncio"):
            await asyncio.wait_for(wait(session, response, item), 50.0)

    async def main() -> None:
        server = FakeServer()
        server.reply(message("A long story.", seconds=60.0), pace=1.0)
        async with server, connect(endpoint=server, speaker=NullSpeaker(), microphone=None) as session:
            response = await session.respond()
            item = await anext(aiter(response))
            assert isinstance(item, MessageItem)
            await asyncio.to_thread(asyncio.run, elsewhere(session, response, item))

    asyncio.run(main())


def test_a_completed_result_can_be_awaited_on_any_loop() -> None:
    async def main() -> None:
        completion: Completion[int] = Completion(own_event())
        completion.set_result(7)
        assert await asyncio.to_thread(asyncio.run, completion.wait()) == 7

    asyncio.run(main())
