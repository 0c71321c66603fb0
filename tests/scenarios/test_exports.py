"""A conversation is exported at any moment of a talk, and another session goes on with what was heard until then."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import Any, Final

import anyio
import pytest
from hypothesis import given, settings, strategies as st
from pytest import approx

from realtime_sdk import MessageItem, Reconnect, Session
from realtime_sdk.audio._pcm import WIRE_RATE
from realtime_sdk.server import Audio, Message, Part, Text
from realtime_sdk.testing import (
    DoneOrder,
    FakeServer,
    Pause,
    Refuse,
    ScriptItem,
    VirtualSpeaker,
    call,
    message,
    run_virtual,
)
from realtime_sdk.testing._sounds import noise

from ..effort import tries
from .observing import remembered, talk

pytestmark = pytest.mark.usefixtures("unguarded")

CODE: Final = "Your code is seven three nine five. Do not tell it to anyone."


def sound(seconds: float) -> Audio:
    return Audio(noise(seconds, seed=1))


REPLIES: Final[dict[str, tuple[ScriptItem, ...]]] = {
    "one message": (message(CODE, seconds=8.0),),
    "two messages": (message("Let me see.", seconds=2.0, phase="commentary"), message(CODE, seconds=5.0)),
    "a message and a call": (message("I will look it up.", seconds=3.0), call("look_up")),
    "two parts": (Message(), Text("One two three four."), sound(3.0), Part(), Text(" Five six seven."), sound(3.0)),
    "a message that stalls": (Message(), Text("Well, let me think"), sound(2.0), Pause(9.0), Text(" of it.")),
    "a text that comes first": (Message(), Text(CODE), sound(2.0), Pause(4.0), sound(3.0)),
    "a text that comes late": (Message(), sound(3.0), Pause(5.0), Text("It is noon.")),
    "noise": (Message(), sound(4.0)),
}  # fmt: skip
"""What a model says."""

MOMENTS: Final = ("playing", "paused", "disconnected", "left")
"""What holds when the conversation is exported."""


@dataclass(frozen=True)
class Heard:
    """What was heard of a message."""

    text: str
    position: float
    interrupted: bool


@dataclass
class Handover:
    """A talk that ends at some moment, and the session that goes on with its conversation."""

    reply: tuple[ScriptItem, ...]
    at: float  # seconds after the question
    moment: str = "playing"
    pace: float = math.inf
    done: DoneOrder = "batched"
    follows: bool = True  # captions are read while the message is heard

    async def __call__(self) -> None:
        server, self.speaker = FakeServer(done=self.done), VirtualSpeaker()
        server.reply(*self.reply, pace=self.pace)
        async with server, talk(server, self.speaker) as session, anyio.create_task_group() as tasks:
            if self.follows:
                tasks.start_soon(self._follow, session)
            session.send_text("What is it?")
            await anyio.sleep(self.at)
            await self._prepare(session, server)
            self.seconds = len(self.speaker.heard) / WIRE_RATE
            self.heard = assistant(session)
            self.saved = json.dumps(session.conversation.export())
            tasks.cancel_scope.cancel()
        if self.moment == "left":
            self.heard, self.saved = assistant(session), json.dumps(session.conversation.export())
        server = FakeServer()
        async with server, talk(server) as session:
            await session.conversation.restore(json.loads(self.saved))
            await session.update(instructions="Go on.")
            self.restored, self.again = assistant(session), session.conversation.export()
            self.remembered = remembered(server)
            self.statuses = [item.status for item in session.conversation]

    async def _prepare(self, session: Session, server: FakeServer) -> None:
        if self.moment == "paused":
            session.pause()
            await anyio.sleep(1.0)
        elif self.moment == "disconnected":
            server.refuse_connections(100, Refuse(503))
            server.break_off()
            await anyio.sleep(0.01)

    async def _follow(self, session: Session) -> None:
        async for _event in session.events():
            pass


def assistant(session: Session) -> list[Heard]:
    """What was heard of each message of the model, if anything was."""
    items = [item for item in session.conversation if isinstance(item, MessageItem) and item.role == "assistant"]
    heard = [Heard(item.heard, item.playout.position, item.playout.interrupted) for item in items]
    return [each for each in heard if each.position or each.text]


def exported(reply: str, at: float, **given: Any) -> Handover:
    handover = Handover(REPLIES[reply], at, **given)
    run_virtual(handover)
    return handover


def test_a_message_that_is_being_heard_is_interrupted_where_the_conversation_was_exported() -> None:
    then = exported("one message", 2.0)
    assert then.restored == [Heard("Your code is seven", 2.0, interrupted=True)]
    assert then.remembered[:2] == ["user: What is it?", "assistant: Your code is seven"]
    assert then.again["items"][1]["text"] == "Your code is seven"
    assert then.again["items"][1]["generated"] == CODE


def test_a_message_that_was_never_heard_is_forgotten() -> None:
    then = exported("two messages", 1.0)
    assert [item["phase"] for item in then.again["items"]] == [None, "commentary"]
    assert then.remembered[1].startswith("assistant: Let")


def test_a_call_that_still_ran_is_left_out_of_what_the_server_gets_and_keeps_its_place_here() -> None:
    saved = exported("a message and a call", 1.0).again

    async def main() -> None:
        server = FakeServer()
        server.reply(message("Hello.", seconds=1.0))
        async with server, talk(server) as session:
            await session.conversation.restore(saved)
            session.send_text("Are you there?")
            await session.drained()
            kinds = [item.type for item in session.conversation]
            assert kinds == ["message", "message", "function_call", "message", "message"]
            assert [item.wire["type"] for item in server.items] == ["message"] * 5  # with the anchor

    run_virtual(main)


def test_nothing_is_in_progress_in_a_restored_conversation() -> None:
    then = exported("a message that stalls", 1.0, pace=2.0, done="missing")
    assert '"in_progress"' in then.saved
    assert "in_progress" not in then.statuses


def test_a_message_that_was_being_heard_when_version_0_1_0_exported_it_is_interrupted_there() -> None:
    then = exported("one message", 2.0)
    saved = json.loads(then.saved)
    saved["items"][1]["interrupted"] = False

    async def main() -> None:
        server = FakeServer()
        async with server, talk(server) as session:
            await session.conversation.restore(saved)
            assert assistant(session) == then.restored

    run_virtual(main)


@pytest.mark.parametrize("moment", MOMENTS)
@settings(max_examples=tries(150))
@given(
    reply=st.sampled_from(list(REPLIES)), at=st.floats(0.0, 9.0), pace=st.sampled_from([math.inf, 2.0, 1.05, 0.7]),
    done=st.sampled_from(["batched", "per_item", "response_first", "missing"]), follows=st.booleans(),
)  # fmt: skip
def test_what_is_restored_is_what_was_heard_until_the_export(moment: str, reply: str, **given: Any) -> None:
    then = exported(reply, moment=moment, **given)
    assert sum(each.position for each in then.restored) == approx(then.seconds, abs=0.02)
    assert [(each.text, each.position) for each in then.restored] == [(each.text, each.position) for each in then.heard]
    texts = [f"assistant: {each.text}" for each in then.heard if each.text]
    assert [text for text in then.remembered if text.startswith("assistant")] == texts


# The next server numbers its items as the last one did


async def counted(session: Session, server: FakeServer, number: int) -> list[str]:
    """Hold a turn whose texts have this number, interrupt the next reply, and return all that was heard."""
    server.reply(message(f"Answer {number}.", seconds=1.0))
    server.reply(message(CODE, seconds=8.0))
    session.send_text(f"Question {number}.")
    await session.drained()
    session.send_text("And the code?")
    await anyio.sleep(2.0)
    await session.interrupt()
    await anyio.sleep(1.0)
    return [f"Question {number}.", f"Answer {number}.", "And the code?", "Your code is seven"]


def texts(session: Session) -> list[str]:
    return [item.heard for item in session.conversation if isinstance(item, MessageItem)]


def test_what_a_server_adds_under_the_ids_of_restored_items_stands_behind_them() -> None:
    async def main() -> None:
        heard: list[str] = []
        saved: dict[str, Any] = {"format": "realtime_sdk.conversation/1", "items": []}
        for number in range(3):
            server = FakeServer()
            async with server, talk(server) as session:
                await session.conversation.restore(saved)
                assert texts(session) == heard
                heard += await counted(session, server, number)
                assert texts(session) == heard
                assert server.refused == []
                truncated = [event["item_id"] for event in server.received if event["type"].endswith("truncate")]
                assert truncated == ["item_4"]
                saved = session.conversation.export()
            assert len({item["id"] for item in saved["items"]}) == len(heard)

    run_virtual(main)


def test_a_new_server_after_a_loss_may_give_the_ids_of_restored_items_once_more() -> None:
    saved = exported("one message", 2.0).again

    async def main() -> None:
        first, second = FakeServer(), FakeServer()
        async with first, second, talk(first, reconnect=Reconnect(fallback=second)) as session:
            await session.conversation.restore(saved)
            heard = [*texts(session), *await counted(session, first, 1)]
            first.refuse_connections(1000, Refuse(503))
            first.break_off()
            await anyio.sleep(5.0)
            heard += await counted(session, second, 2)
            assert texts(session) == heard
            assert [item.text for item in second.items if item.wire.get("role") == "user"] == [
                "What is it?", "Question 1.", "And the code?", "Question 2.", "And the code?",
            ]  # fmt: skip
            assert first.refused == second.refused == []

    run_virtual(main)


def test_what_is_restored_while_a_reply_is_heard_takes_none_of_its_ids() -> None:
    saved = exported("one message", 2.0).again

    async def main() -> None:
        server = FakeServer()
        server.reply(message(CODE, seconds=8.0), pace=1.2)
        async with server, talk(server) as session:
            session.send_text("What is the code?")
            await anyio.sleep(1.0)
            await session.conversation.restore(saved)
            await session.drained()
            assert sorted(texts(session)) == sorted(["What is the code?", CODE, "What is it?", "Your code is seven"])
            assert server.refused == []

    run_virtual(main)
