"""The wire's own switch: with `interrupt_response: false` the user's speech does not end a reply."""

from __future__ import annotations

import math
from typing import Any

import anyio
import pytest
from pytest import approx

from realtime_sdk import BargeIn, Interrupted, Session, Turns, UsageError, connect
from realtime_sdk.testing import FakeServer, VirtualSpeaker, message, run_virtual

from ..capture.sounds import Loudness
from .observing import after, count, detection, errors, is_answered, remembered, seconds, talk

pytestmark = pytest.mark.usefixtures("unguarded")

OFF: dict[str, Any] = {"type": "server_vad", "interrupt_response": False}
ON: dict[str, Any] = {"type": "server_vad", "interrupt_response": True}

paces = pytest.mark.parametrize("pace", [math.inf, 1.5])


def telling(pace: float) -> FakeServer:
    server = FakeServer()
    server.reply(message("A story.", seconds=5.0), pace=pace)
    server.reply(message("Yes?", seconds=1.0))
    return server


async def spoken_into(server: FakeServer, session: Session) -> float:
    """Have the user speak into a story; return how many seconds of that were heard."""
    story = await session.respond()
    await anyio.sleep(1.0)
    await server.user_speaks("Hm.", seconds=0.5)
    (playout,) = await story.played()
    await anyio.sleep(5.0)
    return playout.position


GIVEN: dict[str, dict[str, Any]] = {
    "by its name": {"turn_detection": OFF}, "where the wire has it": {"audio": {"input": {"turn_detection": OFF}}},
}  # fmt: skip


@paces
@pytest.mark.parametrize("fields", GIVEN.values(), ids=GIVEN)
def test_with_interrupt_response_false_a_reply_is_heard_in_full(pace: float, fields: dict[str, Any]) -> None:
    async def main() -> None:
        server, speaker = telling(pace), VirtualSpeaker()
        async with server, talk(server, speaker, **fields) as session:
            assert await spoken_into(server, session) == 5.0
            assert remembered(server) == ["assistant: A story.", "user: Hm.", "assistant: Yes?"]
            assert seconds(speaker) == 6.0
            assert await is_answered(server, session)
        assert await after(session, Interrupted) == []
        assert await errors(session) == []

    run_virtual(main)


@paces
def test_interrupt_response_can_be_changed_during_a_session(pace: float) -> None:
    async def main() -> None:
        server = telling(pace)
        server.reply(message("Another story.", seconds=5.0), pace=pace)
        server.reply(message("Yes, yes?", seconds=1.0))
        async with server, talk(server) as session:
            await session.update(turn_detection={"type": "server_vad", "interrupt_response": False})
            assert await spoken_into(server, session) == 5.0
            await session.update(turn_detection={"type": "server_vad", "interrupt_response": True})
            assert await spoken_into(server, session) == approx(1.0, abs=0.1)
            assert remembered(server)[-1] == "assistant: Yes, yes?"
        assert len(await after(session, Interrupted)) == 1
        assert await errors(session) == []

    run_virtual(main)


@paces
def test_the_immediate_policy_cancels_the_reply_although_interrupt_response_is_false(pace: float) -> None:
    async def main() -> None:
        server, speaker = telling(pace), VirtualSpeaker()
        async with server, talk(server, speaker, turn_detection=OFF, barge_in=BargeIn.immediate()) as session:
            assert await spoken_into(server, session) == approx(1.0, abs=0.1)
            assert count(server, "response.cancel") == (pace < math.inf)
            assert count(server, "conversation.item.truncate") == 1
            assert remembered(server)[-1] == "assistant: Yes?"
            assert seconds(speaker) == approx(2.0, abs=0.1)
        assert await errors(session) == []

    run_virtual(main)


@paces
def test_without_an_answer_by_the_server_the_user_is_not_answered(pace: float) -> None:
    async def main() -> None:
        server = telling(pace)
        async with server, talk(server, turn_detection={**OFF, "create_response": False}) as session:
            assert await spoken_into(server, session) == 5.0
            assert [text.split(":")[0] for text in remembered(server)] == ["assistant", "user"]
        assert await errors(session) == []

    run_virtual(main)


# Policies that contradict it

DECIDING: dict[str, BargeIn] = {
    "duck": BargeIn.duck_then_decide(), "pause": BargeIn.pause_then_decide(), "wait": BargeIn.delay(),
    "never": BargeIn.never(),
}  # fmt: skip


@pytest.mark.parametrize("field", ["interrupt_response", "create_response"])
@pytest.mark.parametrize("policy", DECIDING.values(), ids=DECIDING)
def test_a_policy_that_decides_here_contradicts_a_server_that_acts_by_itself(policy: BargeIn, field: str) -> None:
    given: Any = {"type": "server_vad", field: True}
    with pytest.raises(UsageError, match=f"{field}: true"):
        connect(endpoint=FakeServer(), microphone=None, speaker=None, barge_in=policy, turn_detection=given)


def test_locally_detected_turns_contradict_the_servers_turn_detection() -> None:
    for turns in (Turns.by_voice(Loudness()), Turns.push_to_talk()):
        with pytest.raises(UsageError, match="turn_detection is given"):
            connect(
                endpoint=FakeServer(), microphone=None, speaker=None, turns=turns,
                turn_detection={"type": "server_vad", "interrupt_response": False},
            )  # fmt: skip


def test_with_push_to_talk_only_the_key_interrupts() -> None:
    with pytest.raises(UsageError, match="only the key interrupts"):
        connect(
            endpoint=FakeServer(), microphone=None, speaker=None, turns=Turns.push_to_talk(), barge_in=BargeIn.delay()
        )


@pytest.mark.parametrize("policy", DECIDING.values(), ids=DECIDING)
def test_an_update_that_contradicts_the_policy_is_refused_before_anything_is_sent(policy: BargeIn) -> None:
    async def main() -> None:
        server = FakeServer()
        async with server, talk(server, barge_in=policy) as session:
            before = count(server, "session.update")
            with pytest.raises(UsageError, match="interrupt_response: true"):
                await session.update(turn_detection={"type": "server_vad", "interrupt_response": True})
            assert count(server, "session.update") == before
            assert await is_answered(server, session)

    run_virtual(main)


def test_an_update_of_turn_detection_leaves_the_decision_with_the_policy() -> None:
    async def main() -> None:
        server = telling(1.5)
        async with server, talk(server, barge_in=BargeIn.delay(3.0)) as session:
            await session.update(turn_detection={"type": "semantic_vad", "eagerness": "low"})
            assert [detection(server)[field] for field in ("interrupt_response", "create_response")] == [False, False]
            assert await spoken_into(server, session) == 5.0
            assert [text.split(":")[0] for text in remembered(server)] == ["assistant", "user"]

    run_virtual(main)


def test_an_update_cannot_enable_server_turn_detection_beside_local_turn_detection() -> None:
    async def main() -> None:
        server = FakeServer()
        async with server, talk(server, turns=Turns.push_to_talk()) as session:
            with pytest.raises(UsageError, match="turn_detection is given"):
                await session.update(turn_detection={"type": "server_vad"})
            assert await is_answered(server, session)

    run_virtual(main)
