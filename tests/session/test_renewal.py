"""A session is renewed before its server ends it: inaudibly, at the end of a turn."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import anyio
import pytest

from realtime_sdk import Disconnected, MessageItem, Reconnect, Reconnected, Session, connect
from realtime_sdk.audio._pcm import WIRE_RATE
from realtime_sdk.testing import FakeServer, Phase, Reset, VirtualMicrophone, VirtualSpeaker, call, message, run_virtual
from realtime_sdk.testing._clock import EPOCH

from .talk import Talk, first_message, heard

SOON: dict[str, Any] = {"reconnect": Reconnect(renew_before=60.0)}


def test_in_the_silence_the_session_is_renewed_before_it_expires() -> None:
    talk = Talk(FakeServer(lifetime=600.0), **SOON, instructions="Be brief.")
    talk.server.reply(message("It is noon."))

    async def going_on(session: Session) -> None:
        session.send_text("What time is it?")
        await heard(session)
        await anyio.sleep(500.0)
        assert talk.connections == 1
        await anyio.sleep(60.0)
        assert talk.connections == 2
        assert session.state == "listening"

    talk.hold(going_on)
    assert talk.of(Disconnected) == []
    assert [event.renewed for event in talk.of(Reconnected)] == [True]
    assert talk.history == [("user", "What time is it?"), ("assistant", "It is noon.")]


def test_a_talk_of_hours_is_renewed_again_and_again() -> None:
    talk = Talk(FakeServer(lifetime=120.0), **SOON)

    async def going_on(session: Session) -> None:
        for number in range(10):
            talk.server.reply(message(f"{number}.", seconds=0.5))
            session.send_text("And?")
            await heard(session)
            await anyio.sleep(40.0)

    talk.hold(going_on)
    assert talk.of(Disconnected) == []
    assert len(talk.of(Reconnected)) >= 5
    assert [text for role, text in talk.history if role == "assistant"] == [f"{number}." for number in range(10)]


def test_a_reply_that_is_heard_is_not_disturbed() -> None:
    talk = Talk(FakeServer(lifetime=600.0), **SOON)
    talk.server.reply(message("A very long story.", seconds=20.0), pace=1.0)

    async def going_on(session: Session) -> None:
        await anyio.sleep(530.0)
        session.send_text("Tell me.")
        item = await first_message(await anext(session.responses()))
        playout = await item.played()
        assert (playout.interrupted, playout.position) == (False, 20.0)
        await anyio.sleep(1.0)
        assert talk.history == [("user", "Tell me."), ("assistant", "A very long story.")]

    talk.hold(going_on)
    assert talk.of(Disconnected) == []
    assert len(talk.speaker.heard) / WIRE_RATE == 20.0


def test_a_tool_that_runs_is_waited_for() -> None:
    async def look_up() -> str:
        """Look it up."""
        await anyio.sleep(30.0)
        return "42"

    talk = Talk(FakeServer(lifetime=600.0), **SOON, tools=[look_up])
    talk.server.reply(call("look_up"))
    talk.server.reply(message("It is 42."))

    async def going_on(session: Session) -> None:
        await anyio.sleep(530.0)
        session.send_text("What is it?")
        await anyio.sleep(60.0)

    talk.hold(going_on)
    assert talk.of(Disconnected) == []
    assert [role for role, _ in talk.history] == ["user", "call", "output", "assistant"]


def test_a_user_who_speaks_is_waited_for() -> None:
    talk = Talk(FakeServer(lifetime=40.0), **SOON, microphone=VirtualMicrophone())
    talk.server.reply(message("I see.", seconds=1.0))

    async def going_on(session: Session) -> None:
        await anyio.sleep(15.0)
        await talk.server.user_speaks("A long question", 10.0)
        assert talk.connections == 2  # the next one waits
        assert talk.of(Reconnected) == []
        await anyio.sleep(5.0)

    talk.hold(going_on)
    assert talk.of(Disconnected) == []
    assert [event.renewed for event in talk.of(Reconnected)] == [True]


def test_where_all_sessions_of_a_server_expire_at_one_time_renewals_do_not_follow_ever_sooner() -> None:
    talk = Talk()

    def expires_at_noon(event: dict[str, Any]) -> list[dict[str, Any]]:
        return [{**event, "session": {**event["session"], "expires_at": int(EPOCH) + 600}}]

    talk.server.tamper("session.created", expires_at_noon)
    talk.server.tamper("session.updated", expires_at_noon)

    async def going_on(session: Session) -> None:
        await anyio.sleep(599.9)

    talk.hold(going_on)
    assert talk.of(Disconnected) == []
    times = [event.at - EPOCH for event in talk.of(Reconnected)]
    assert times[0] == 300.0
    assert all(later - earlier >= 30.0 for earlier, later in pairwise(times))


def test_where_no_turn_ends_in_time_the_expiry_is_a_loss() -> None:
    talk = Talk(FakeServer(lifetime=600.0), **SOON)
    talk.server.reply(message("A very long story.", seconds=75.0), pace=1.0)

    async def going_on(session: Session) -> None:
        await anyio.sleep(530.0)
        session.send_text("Tell me.")
        await anyio.sleep(90.0)
        assert session.state == "listening"

    talk.hold(going_on)
    assert [event.code for event in talk.of(Disconnected)] == [1001]
    assert [event.renewed for event in talk.of(Reconnected)] == [False]


def test_a_successor_that_can_not_be_opened_leaves_the_talk_as_it_is() -> None:
    talk = Talk(FakeServer(lifetime=600.0), **SOON)

    async def going_on(session: Session) -> None:
        talk.server.refuse_connections(1)
        await anyio.sleep(545.0)
        session.send_text("Hello?", respond=False)
        await anyio.sleep(40.0)

    talk.hold(going_on)
    assert talk.of(Disconnected) == []
    assert [event.renewed for event in talk.of(Reconnected)] == [True]
    assert talk.history == [("user", "Hello?")]


def test_a_loss_while_the_successor_waits_is_a_loss() -> None:
    talk = Talk(FakeServer(lifetime=600.0), **SOON)
    talk.server.reply(message("A very long story.", seconds=8.0))

    async def going_on(session: Session) -> None:
        await anyio.sleep(539.0)
        session.send_text("Tell me.")
        item = await first_message(await anext(session.responses()))
        await anyio.sleep(5.0)
        talk.server.connections[0]._connection.strike(Reset())
        await item.played()
        await anyio.sleep(1.0)
        assert session.state == "listening"

    talk.hold(going_on)
    assert len(talk.of(Disconnected)) == 1
    assert talk.history == [("user", "Tell me."), ("assistant", "A very long story.")]


@pytest.mark.parametrize("phase", [Phase.CREATED, Phase.CONFIGURING, Phase.ADDING])
def test_a_successor_that_is_lost_is_opened_again(phase: Phase) -> None:
    talk = Talk(FakeServer(lifetime=600.0), **SOON, instructions="Be brief.")

    async def going_on(session: Session) -> None:
        session.send_text("Hello.", respond=False)
        await anyio.sleep(1.0)
        talk.server.fail(Reset(), at=phase)
        await anyio.sleep(590.0)

    talk.hold(going_on)
    assert talk.of(Disconnected) == []
    assert talk.history == [("user", "Hello.")]


def test_without_the_policy_or_the_margin_nothing_is_renewed() -> None:
    talk = Talk(FakeServer(lifetime=600.0), reconnect=Reconnect(renew_before=0))

    async def going_on(session: Session) -> None:
        await anyio.sleep(599.0)
        assert talk.connections == 1
        await anyio.sleep(5.0)

    talk.hold(going_on)
    assert [event.renewed for event in talk.of(Reconnected)] == [False]


class InTurn:
    """An endpoint that leads to one server after the other, each of which counts its items from one."""

    name = "the servers"

    def __init__(self, *servers: FakeServer) -> None:
        self._servers = iter(servers)

    async def connect(self, model: str | None, api_key: str | None) -> Any:
        return await next(self._servers).connect(model, api_key)


def test_an_item_that_comes_while_the_session_is_renewed_is_not_overwritten_by_one_of_the_new_server() -> None:
    first, second = FakeServer(lifetime=600.0), FakeServer()
    first.reply(message("A very long story.", seconds=20.0), pace=1.0)
    first.reply(message("Yes."))
    texts = ["Tell me.", "A very long story.", "Really?", "Yes."]

    async def main() -> None:
        connecting = connect(endpoint=InTurn(first, second), speaker=VirtualSpeaker(), microphone=None, **SOON)
        async with first, second, connecting as session:
            await anyio.sleep(530.0)
            session.send_text("Tell me.")
            await anyio.sleep(15.0)
            assert len(second.connections) == 1
            session.send_text("Really?")
            await anyio.sleep(20.0)
            for number in range(3):
                second.reply(message(f"Answer {number}."))
                session.send_text(f"Question {number}.")
                await session.drained()
                texts.extend([f"Question {number}.", f"Answer {number}."])
            assert [item.heard for item in session.conversation if isinstance(item, MessageItem)] == texts

    run_virtual(main)
