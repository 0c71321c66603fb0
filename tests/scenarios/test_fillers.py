"""Fillers: a tool that takes long does not leave the user in silence, and what is said never collides with the talk."""

from __future__ import annotations

import itertools
from typing import Any

import anyio
import pytest

from realtime_sdk import MessageItem, Session, Tool
from realtime_sdk.testing import FakeServer, VirtualSpeaker, call, message, run_virtual

from .observing import Wire, after, errors, is_answered, scripted, seconds, sent, talk
from .test_tools import outputs

pytestmark = pytest.mark.usefixtures("unguarded")


def searching(duration: float, **options: Any) -> Tool:
    async def search() -> str:
        """Search."""
        await anyio.sleep(duration)
        return "found"

    return Tool(search, **{"filler": "still looking", **options})


def begun(session: Session) -> list[tuple[float | None, str]]:
    """When each message of the model began to be heard, and its text."""
    messages = [item for item in session.conversation if isinstance(item, MessageItem) and item.role == "assistant"]
    return [(item.playout.started_at, item.heard) for item in messages]


def fillers(server: FakeServer) -> list[Wire]:
    """The requests for fillers that the server received."""
    creates = [event["response"] for event in sent(server, "response.create")]
    return [response for response in creates if "still looking" in response.get("instructions", "")]


FOUND = [message("I have found it.", seconds=1.0)]
LOOKING = [message("Still looking.", seconds=1.0)]


def slow_to_fill() -> FakeServer:
    """A server that begins its filler 3 s after it was asked to."""
    server = scripted([call("search")])
    server.reply(*LOOKING, thinking=3.0)
    server.reply(*FOUND)
    return server


def test_a_long_silence_is_broken_and_each_further_one_may_be_twice_as_long() -> None:
    async def main() -> None:
        server, speaker = scripted([call("search")], LOOKING, LOOKING, FOUND), VirtualSpeaker()
        async with server, talk(server, speaker, tools=[searching(20.0)], instructions="Be brief.") as session:
            await session.respond()
            await anyio.sleep(30.0)
            heard = [text for _, text in begun(session)]
            assert heard == ["Still looking.", "Still looking.", "I have found it."]
            times = [at for at, _ in begun(session) if at is not None]
            assert times[1] - times[0] == pytest.approx(1.0 + 8.0, abs=0.3)
            assert all(request["instructions"].startswith("Be brief.\n") for request in fillers(server))
            assert all(request["tool_choice"] == "none" for request in fillers(server))
            assert seconds(speaker) == 3.0
        assert await errors(session) == []

    run_virtual(main)


def test_a_result_in_time_needs_no_filler() -> None:
    async def main() -> None:
        server = scripted([call("search")], FOUND)
        async with server, talk(server, tools=[searching(3.9)]) as session:
            await session.respond()
            await anyio.sleep(20.0)
            assert fillers(server) == []
            assert [text for _, text in begun(session)] == ["I have found it."]

    run_virtual(main)


def test_silence_begins_when_the_announcement_was_heard() -> None:
    async def main() -> None:
        server = scripted([message("Let me look.", seconds=3.0, phase="commentary"), call("search")], LOOKING, FOUND)
        async with server, talk(server, tools=[searching(10.0)]) as session:
            await session.respond()
            await anyio.sleep(20.0)
            times = [at for at, _ in begun(session) if at is not None]
            assert len(times) == 3
            assert times[1] - times[0] == pytest.approx(3.0 + 4.0, abs=0.3)

    run_virtual(main)


def test_a_filler_that_is_not_heard_yet_gives_way_to_the_result() -> None:
    async def main() -> None:
        server = slow_to_fill()
        async with server, talk(server, tools=[searching(5.0)]) as session:
            await session.respond()
            await anyio.sleep(20.0)
            assert len(fillers(server)) == 1
            assert [text for at, text in begun(session) if at is not None] == ["I have found it."]
            assert outputs(server) == ["found"]
        assert await errors(session) == []

    run_virtual(main)


def test_a_filler_that_is_heard_is_heard_to_its_end_and_the_result_follows_at_once() -> None:
    async def main() -> None:
        server = scripted([call("search")], [message("I am still looking for it.", seconds=3.0)], FOUND)
        async with server, talk(server, tools=[searching(5.0)]) as session:
            await session.respond()
            await anyio.sleep(20.0)
            messages = [item for item in session.conversation if isinstance(item, MessageItem)]
            first, second = (item.playout for item in messages)
            assert not first.interrupted
            assert first.finished_at is not None and second.started_at is not None
            assert second.started_at - first.finished_at == pytest.approx(0.0, abs=0.1)

    run_virtual(main)


def test_a_filler_is_not_said_over_the_user_nor_over_the_answer_to_the_user() -> None:
    async def main() -> None:
        server = scripted([call("search")], [message("At noon.", seconds=2.0)], LOOKING, FOUND)
        async with server, talk(server, tools=[searching(20.0)]) as session:
            await session.respond()
            await anyio.sleep(3.0)
            await server.user_speaks("When do they open?", 3.0)
            await anyio.sleep(30.0)
            assert [text for _, text in begun(session)] == ["At noon.", "Still looking.", "I have found it."]
            times = [at for at, _ in begun(session) if at is not None]
            assert times[1] - times[0] == pytest.approx(2.0 + 4.0, abs=0.3)

    run_virtual(main)


def test_the_user_may_interrupt_a_filler() -> None:
    async def main() -> None:
        server = scripted(
            [call("search")], [message("I am still looking for it.", seconds=5.0)],
            [message("At noon.", seconds=1.0)], FOUND,
        )  # fmt: skip
        async with server, talk(server, tools=[searching(12.0)]) as session:
            await session.respond()
            await anyio.sleep(5.0)
            await server.user_speaks("When do they open?", 1.0)
            await anyio.sleep(20.0)
            assert [text for _, text in begun(session)][1:] == ["At noon.", "I have found it."]
            assert await is_answered(server, session)

    run_virtual(main)


def test_of_two_tools_that_run_one_breaks_the_silence() -> None:
    async def main() -> None:
        server = scripted([call("search"), call("search")], LOOKING, FOUND)
        async with server, talk(server, tools=[searching(9.0)]) as session:
            await session.respond()
            await anyio.sleep(20.0)
            assert len(fillers(server)) == 1
            assert outputs(server) == ["found", "found"]

    run_virtual(main)


def test_a_function_chooses_the_words_or_breaks_the_silence_itself() -> None:
    counted = itertools.count(1)

    async def words() -> str | None:
        number = next(counted)
        return None if number == 1 else f"still looking, attempt {number}"

    async def main() -> None:
        server = scripted([call("search")], LOOKING, FOUND)
        async with server, talk(server, tools=[searching(20.0, filler=words)]) as session:
            await session.respond()
            await anyio.sleep(30.0)
            [request] = fillers(server)
            assert request["instructions"].endswith("still looking, attempt 2")

    run_virtual(main)


@pytest.mark.parametrize("error", [OSError(), SystemExit(3), KeyboardInterrupt()])
def test_a_filler_that_fails_costs_the_call_nothing(error: BaseException, caplog: pytest.LogCaptureFixture) -> None:
    def fails() -> str:
        raise error

    async def main() -> None:
        server = scripted([call("search")], FOUND)
        async with server, talk(server, tools=[searching(9.0, filler=fails)]) as session:
            await session.respond()
            await anyio.sleep(20.0)
            assert outputs(server) == ["found"]
            assert await is_answered(server, session)
        assert await after(session) != []

    run_virtual(main)
    assert "the filler of tool search failed" in caplog.text


def test_fillers_survive_a_lost_connection() -> None:
    async def main() -> None:
        server = scripted([call("search")], LOOKING, FOUND)
        async with server, talk(server, tools=[searching(20.0)]) as session:
            await session.respond()
            await anyio.sleep(2.0)
            server.break_off()
            await anyio.sleep(30.0)
            assert [text for _, text in begun(session)][-1] == "I have found it."
            assert outputs(server)[-1] == "found"
            assert await is_answered(server, session)

    run_virtual(main)


def test_a_filler_that_is_lost_with_the_connection_is_not_made_again() -> None:
    async def main() -> None:
        server = slow_to_fill()
        async with server, talk(server, tools=[searching(10.0)]) as session:
            await session.respond()
            await anyio.sleep(5.0)
            assert len(fillers(server)) == 1
            server.break_off()
            await anyio.sleep(20.0)
            assert len(fillers(server)) == 1
            assert [text for _, text in begun(session)] == ["I have found it."]

    run_virtual(main)


def test_a_session_is_left_while_a_filler_is_said() -> None:
    async def main() -> None:
        server = scripted([call("search")], [message("Still looking.", seconds=5.0)])
        async with server, talk(server, tools=[searching(60.0)]) as session:
            await session.respond()
            await anyio.sleep(6.0)
        assert await errors(session) == []

    run_virtual(main)
