"""An idle user is reported once, timed from the end of the audio."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

import anyio
from pytest import approx

from realtime_sdk import Idle, IdlePolicy, ResponseFinished, Session, SessionReady, Turns, connect
from realtime_sdk._runtime import clock
from realtime_sdk.testing import FakeServer, VirtualMicrophone, VirtualSpeaker, call, message, run_virtual


@dataclass
class Talk:
    """A session in which this goes on; the time is counted from its beginning."""

    going_on: Callable[[Talk, Session], Coroutine[Any, Any, object]]
    idle: IdlePolicy | None = field(default_factory=lambda: IdlePolicy.notify(5.0))
    options: dict[str, Any] = field(default_factory=dict)
    server: FakeServer = field(default_factory=FakeServer)
    events: list[Any] = field(default_factory=list)
    began_at: float = 0.0

    async def __call__(self) -> Talk:
        async with (
            self.server,
            connect(
                endpoint=self.server, speaker=VirtualSpeaker(), microphone=None, idle=self.idle, **self.options
            ) as session,
        ):
            self.began_at = clock.wall()
            await self.going_on(self, session)
        self.events = [event async for event in session.events()]
        return self

    @property
    def reported_at(self) -> list[float]:
        """When the user was reported idle."""
        return [event.at - self.began_at for event in self.events if isinstance(event, Idle)]


def run(going_on: Callable[[Talk, Session], Coroutine[Any, Any, object]], **fields: Any) -> Talk:
    return run_virtual(Talk(going_on, **fields))


async def nothing(_: Talk, session: Session) -> None:
    await anyio.sleep(20.0)


def test_a_session_without_any_speech_is_idle_once() -> None:
    assert run(nothing).reported_at == approx([5.0])


def test_the_idle_time_runs_from_the_end_of_playback_not_of_the_response() -> None:
    async def long_reply(talk: Talk, session: Session) -> None:
        talk.server.reply(message("A story of ten seconds.", seconds=10.0))
        await session.respond()
        await anyio.sleep(20.0)

    talk = run(long_reply)
    (finished,) = [event.at - talk.began_at for event in talk.events if isinstance(event, ResponseFinished)]
    assert finished < 1.0
    assert talk.reported_at == approx([15.0], abs=0.02)
    (idle,) = [event for event in talk.events if isinstance(event, Idle)]
    assert idle.since - talk.began_at == approx(10.0, abs=0.02)


def test_the_idle_time_runs_from_the_end_of_the_users_turn() -> None:
    async def unanswered(talk: Talk, session: Session) -> None:
        await anyio.sleep(2.0)
        await talk.server.user_speaks("Hm.", 8.0)
        await anyio.sleep(15.0)

    options = {"turn_detection": {"type": "server_vad", "create_response": False}}
    assert run(unanswered, options=options).reported_at == approx([15.0])


def test_the_idle_time_stops_during_a_paused_reply() -> None:
    async def paused(talk: Talk, session: Session) -> None:
        talk.server.reply(message("One.", seconds=2.0))
        await session.respond()
        await anyio.sleep(1.0)
        session.pause()
        await anyio.sleep(30.0)
        session.resume()
        await anyio.sleep(7.0)

    assert run(paused).reported_at == approx([37.0], abs=0.05)


def test_the_idle_time_stops_during_a_tool_call_and_an_active_response() -> None:
    async def think() -> str:
        """Think."""
        await anyio.sleep(30.0)
        return "42"

    async def thinking(talk: Talk, session: Session) -> None:
        talk.server.reply(call("think"))
        talk.server.reply(message("42.", seconds=1.0), thinking=10.0)
        await session.respond()
        await anyio.sleep(60.0)

    assert run(thinking, options={"tools": [think]}).reported_at == approx([46.0], abs=0.1)


def test_the_idle_time_stops_while_the_push_to_talk_key_is_down() -> None:
    async def main() -> list[Any]:
        server = FakeServer()
        async with (
            server,
            connect(
                endpoint=server, speaker=None, microphone=VirtualMicrophone(), idle=IdlePolicy.notify(5.0),
                turns=Turns.push_to_talk(),
            ) as session,
        ):
            session.press()
            await anyio.sleep(20.0)
        return [event async for event in session.events()]

    assert not [event for event in run_virtual(main) if isinstance(event, Idle)]


def test_idle_is_reported_again_after_speech() -> None:
    async def twice(talk: Talk, session: Session) -> None:
        talk.server.reply(message("One.", seconds=2.0))
        await anyio.sleep(10.0)
        await session.respond()
        await anyio.sleep(20.0)

    assert run(twice).reported_at == approx([5.0, 17.0], abs=0.02)


def test_a_prompt_policy_requests_a_response_when_the_user_is_idle() -> None:
    async def silent(talk: Talk, session: Session) -> None:
        talk.server.reply(message("Are you still there?", seconds=1.0))
        talk.server.reply(message("Well, goodbye.", seconds=1.0))
        await anyio.sleep(11.5)

    talk = run(silent, idle=IdlePolicy.prompt(5.0, instructions="Ask whether they are still there."))
    asked = [event["response"]["instructions"] for event in talk.server.received if event["type"] == "response.create"]
    assert asked == ["Ask whether they are still there."] * 2
    assert talk.reported_at == approx([5.0, 11.0], abs=0.02)


def test_a_session_without_a_connection_is_not_idle() -> None:
    async def lost(talk: Talk, session: Session) -> None:
        await anyio.sleep(1.0)
        talk.server.hang_up()
        await anyio.sleep(20.0)

    assert run(lost, options={"reconnect": None}).reported_at == []


def test_idle_is_not_reported_without_a_policy() -> None:
    talk = run(nothing, idle=None)
    assert talk.reported_at == []
    assert isinstance(talk.events[0], SessionReady)
