"""`Session.drained()`: all that was asked for has been heard; it ends in every way a session may go."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any

import anyio
import pytest
from pytest import approx

from realtime_sdk import (
    BargeIn,
    ConnectionLost,
    PlayoutFinished,
    Reconnect,
    ServerRefused,
    Session,
    ToolFinished,
    Turns,
    UsageError,
    connect,
)
from realtime_sdk.testing import FakeServer, VirtualMicrophone, VirtualSpeaker, call, drop, message, run_virtual

from .observing import PATIENCE, scripted, seconds, talk

pytestmark = pytest.mark.usefixtures("unguarded")


async def drained(session: Session) -> float:
    """Wait for it; return how many seconds that took."""
    loop = asyncio.get_running_loop()
    begun = loop.time()
    with anyio.fail_after(PATIENCE):
        await session.drained()
    return loop.time() - begun


async def search(word: str) -> str:
    """Look up a word."""
    await asyncio.sleep(3.0)
    return "found"


def hold(*replies: list[Any], tools: Any = ()) -> tuple[float, float]:
    """Ask once; return how long the session took to drain, and the seconds that were heard by then."""

    async def main() -> tuple[float, float]:
        server, speaker = scripted(*replies), VirtualSpeaker()
        async with server, talk(server, speaker, tools=tools) as session:
            session.send_text("Hello.")
            return await drained(session), seconds(speaker)

    return run_virtual(main)


def test_a_session_of_which_nothing_was_asked_is_drained() -> None:
    async def main() -> None:
        server = FakeServer()
        async with server, talk(server) as session:
            assert await drained(session) == 0.0
            await session.send_text("Only for the record.", respond=False)
            assert await drained(session) == 0.0

    run_virtual(main)


def test_it_waits_until_the_reply_was_heard() -> None:
    took, heard = hold([message("One.", seconds=1.0), message("Two.", seconds=2.0)])
    assert took == approx(3.0, abs=0.02)  # what was heard is reported every 10 ms
    assert heard == approx(3.0)


def test_it_waits_for_tools_and_for_what_the_model_says_of_them() -> None:
    took, heard = hold([call("search", {"word": "sea"})], [message("Found.", seconds=1.0)], tools=[search])
    assert heard == approx(1.0)
    assert took >= 4.0


def test_a_tool_that_would_wait_for_itself_is_told_so_and_a_task_of_its_own_may_wait() -> None:
    async def main() -> tuple[ToolFinished, ToolFinished]:
        farewells: list[asyncio.Task[None]] = []

        async def hang_up() -> None:
            """End the call."""
            await session.drained()

        async def hang_up_later() -> None:
            """End the call, once all was said."""
            farewells.append(asyncio.create_task(session.drained()))

        server = scripted([call("hang_up", {})], [call("hang_up_later", {})], [message("Bye.", seconds=1.0)])
        async with server, talk(server, VirtualSpeaker(), tools=[hang_up, hang_up_later]) as session:
            session.send_text("Bye.")
            await drained(session)
            await asyncio.gather(*farewells)
        waited, returned = [event async for event in session.events(ToolFinished)]
        return waited, returned

    waited, returned = run_virtual(main)
    assert isinstance(waited.exception, UsageError)
    assert "in 'hang_up', it would wait for itself" in str(waited.exception)
    assert returned.error is None


def test_it_waits_for_requests_that_wait_for_their_turn() -> None:
    async def main() -> None:
        server, speaker = FakeServer(), VirtualSpeaker()
        for _ in range(3):
            server.reply(message("Yes.", seconds=1.0))
        async with server, talk(server, speaker) as session:
            asking = [asyncio.ensure_future(session.respond()) for _ in range(3)]
            await asyncio.sleep(0)
            await drained(session)
            assert seconds(speaker) == approx(3.0)
            assert all(asked.done() for asked in asking)

    run_virtual(main)


def test_it_waits_for_the_answer_to_a_turn_that_the_user_has_begun() -> None:
    async def main() -> None:
        server, speaker = FakeServer(), VirtualSpeaker()
        server.reply(message("Hello.", seconds=1.0))
        async with server, talk(server, speaker) as session:
            await server.user_speaks("Hello?")
            await drained(session)
            assert seconds(speaker) == approx(1.0)

    run_virtual(main)


def test_it_waits_for_the_answer_to_a_turn_of_push_to_talk() -> None:
    async def main() -> None:
        server, speaker = FakeServer(), VirtualSpeaker()
        server.reply(message("Hello.", seconds=1.0))
        options: dict[str, Any] = {"microphone": VirtualMicrophone(), "turns": Turns.push_to_talk()}
        async with server, talk(server, speaker, **options) as session:
            session.press()
            await asyncio.sleep(1.0)
            session.release()
            await drained(session)
            assert seconds(speaker) == approx(1.0)

    run_virtual(main)


def test_it_waits_for_the_user_who_speaks_over_the_end_of_a_reply() -> None:
    async def main() -> None:
        server, speaker = FakeServer(), VirtualSpeaker()
        for text in ("One, two.", "Yes?"):
            server.reply(message(text, seconds=2.0))
        policy = BargeIn.delay(1.5)
        async with server, talk(server, speaker, barge_in=policy) as session, anyio.create_task_group() as tasks:
            session.send_text("Count.")
            await asyncio.sleep(1.0)
            tasks.start_soon(partial(server.user_speaks, "And now?", seconds=4.0))
            await asyncio.sleep(0.1)
            await drained(session)
            assert seconds(speaker) == approx(4.0)

    run_virtual(main)


def test_a_turn_that_the_server_leaves_unanswered_is_waited_for_as_long_as_for_a_request() -> None:
    async def main() -> None:
        server = FakeServer()
        server.tamper("response.*", drop)
        async with server, talk(server, timeout=5.0) as session:
            await server.user_speaks("Hello?")
            assert await drained(session) == approx(5.0)

    run_virtual(main)


def test_a_refused_request_is_not_waited_for() -> None:
    async def main() -> None:
        server = FakeServer()
        async with server, talk(server) as session:
            asking = session.respond(conversation="nowhere")  # type: ignore[arg-type]
            await drained(session)
            with pytest.raises(ServerRefused, match="nowhere"):
                await asking

    run_virtual(main)


def test_an_interruption_ends_the_wait() -> None:
    async def main() -> None:
        server, speaker = FakeServer(), VirtualSpeaker()
        server.reply(message("A long story.", seconds=6.0))
        async with server, talk(server, speaker) as session, anyio.create_task_group() as tasks:
            session.send_text("Tell me a story.")
            tasks.start_soon(session.drained)
            await asyncio.sleep(2.0)
            await session.interrupt()
        assert seconds(speaker) < 3.0

    run_virtual(main)


def test_a_pause_is_waited_for() -> None:
    async def main() -> None:
        server, speaker = FakeServer(), VirtualSpeaker()
        server.reply(message("Hello.", seconds=2.0))
        async with server, talk(server, speaker) as session:
            session.send_text("Hello.")
            await asyncio.sleep(1.0)
            session.pause()
            with anyio.move_on_after(60.0) as waiting:
                await session.drained()
            assert waiting.cancelled_caught
            session.resume()
            await drained(session)
            assert seconds(speaker) == approx(2.0)

    run_virtual(main)


def test_a_connection_that_is_replaced_is_waited_for() -> None:
    async def main() -> None:
        server, speaker = FakeServer(), VirtualSpeaker()
        for _ in range(2):
            server.reply(message("Hello.", seconds=1.0))
        async with server, talk(server, speaker) as session:
            session.send_text("Hello.")
            await drained(session)
            server.break_off()
            await asyncio.sleep(0.0)
            session.send_text("Are you there?")
            await drained(session)
            assert seconds(speaker) == approx(2.0)

    run_virtual(main)


def test_a_session_that_has_lost_its_connection_plays_what_came_and_then_says_that_no_more_will_come() -> None:
    async def main() -> None:
        server, speaker = FakeServer(), VirtualSpeaker()
        server.reply(message("Hello.", seconds=2.0), call("search", {"word": "sea"}))
        options: dict[str, Any] = {"tools": [search], "reconnect": None}
        async with server, talk(server, speaker, **options) as session:
            session.send_text("Hello.")
            await asyncio.sleep(0.5)
            server.hang_up(1011, "a fault")
            for _ in range(2):
                with pytest.raises(ConnectionLost, match="a fault"):
                    await drained(session)
                assert seconds(speaker) == approx(2.0)

    run_virtual(main)


def test_where_the_session_gives_up_a_program_that_only_asks_and_waits_is_told() -> None:
    async def main() -> None:
        server = FakeServer()
        async with server, talk(server, reconnect=Reconnect(give_up_after=5.0)) as session:
            server.refuse_connections(100)
            server.break_off()
            session.send_text("Hello?")
            with pytest.raises(ConnectionLost, match="no lasting connection for 5 s"):
                await session.drained()

    run_virtual(main)


def test_where_the_server_closes_the_connection_regularly_nothing_has_failed() -> None:
    async def main() -> None:
        server, speaker = FakeServer(), VirtualSpeaker()
        server.reply(message("Goodbye.", seconds=2.0))
        async with server, talk(server, speaker, reconnect=None) as session:
            session.send_text("Goodbye.")
            await asyncio.sleep(0.5)
            server.hang_up(1000)
            await session.drained()
            assert seconds(speaker) == approx(2.0)

    run_virtual(main)


def test_a_session_that_is_left_is_drained() -> None:
    async def main() -> None:
        server = FakeServer()
        server.reply(message("A long story.", seconds=6.0))
        async with server:
            async with talk(server) as session:
                session.send_text("Tell me a story.")
                waiting = asyncio.create_task(session.drained())
                await asyncio.sleep(1.0)
            with anyio.fail_after(1.0):
                await waiting
            assert await drained(session) == 0.0

    run_virtual(main)


def test_without_a_speaker_it_waits_until_the_application_has_taken_the_audio() -> None:
    async def main() -> None:
        server = FakeServer()
        server.reply(message("Hello.", seconds=1.0))
        async with server, connect(endpoint=server, microphone=None, speaker=None) as session:
            session.send_text("Hello.")
            waiting = asyncio.create_task(session.drained())
            item = await anext(aiter(await anext(session.responses())))
            await asyncio.sleep(5.0)
            assert not waiting.done()
            assert item.type == "message"
            async for _ in item.audio():
                pass
            with anyio.fail_after(PATIENCE):
                await waiting
            assert item.playout.position == approx(1.0)

    run_virtual(main)


def test_any_number_of_callers_may_wait_and_each_may_give_up() -> None:
    async def main() -> None:
        server = FakeServer()
        server.reply(message("Hello.", seconds=3.0))
        async with server, talk(server) as session:
            session.send_text("Hello.")
            waiting = [asyncio.create_task(session.drained()) for _ in range(3)]
            await asyncio.sleep(1.0)
            waiting[0].cancel()
            finished = await anext(session.events(PlayoutFinished))
            assert not finished.playout.interrupted
            await asyncio.gather(*waiting[1:])

    run_virtual(main)


def test_it_belongs_to_the_loop_of_the_session() -> None:
    async def main() -> None:
        server = FakeServer()
        async with server, talk(server) as session:
            with pytest.raises(UsageError, match="drained"):
                await asyncio.to_thread(lambda: asyncio.run(session.drained()))

    run_virtual(main)
