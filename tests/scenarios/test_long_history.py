"""A long conversation is restored in many turns of the event loop; it is seen whole or not at all, whatever happens."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from itertools import pairwise
from typing import Any

import anyio
import anyio.lowlevel
import pytest

from realtime_sdk import ConnectionLost, Reconnected, Session, UsageError
from realtime_sdk.conversation.history._restoring import BURST
from realtime_sdk.testing import FakeServer, Reset, run_virtual

from .observing import talk

COUNT = 4 * BURST + 7

TEXTS = [f"Message {number}." for number in range(COUNT)]


def exported(**changes: Any) -> dict[str, Any]:
    """A long conversation; `changes` are those of its last item."""
    items = [{"id": f"old_{number}", "type": "message", "role": "user", "text": text}
             for number, text in enumerate(TEXTS)]  # fmt: skip
    items[-1].update(changes)
    return {"format": "realtime_sdk.conversation/1", "items": items}


def texts(server: FakeServer) -> list[str]:
    return [item.text for item in server.items]


def run(scenario: Callable[[Session, FakeServer], Awaitable[None]]) -> FakeServer:
    """Run a scenario in a session; return its server."""

    async def main() -> FakeServer:
        server = FakeServer()
        async with server, talk(server) as session:
            await scenario(session, server)
        return server

    return run_virtual(main)


def test_a_long_conversation_is_restored_a_step_a_turn_and_seen_whole_or_not_at_all() -> None:
    async def scenario(session: Session, server: FakeServer) -> None:
        conversation = session.conversation
        restoring, seen = conversation.restore(exported()), []
        async with anyio.create_task_group() as group:
            group.start_soon(lambda: restoring)
            while len(server.items) < COUNT:
                seen.append((len(conversation), len(server.items)))
                await anyio.lowlevel.checkpoint()
        assert {here for here, _ in seen} == {0, COUNT}
        assert sum(here == 0 for here, _ in seen) >= COUNT // BURST - 1
        given = [there for _, there in seen]
        assert max(later - earlier for earlier, later in pairwise(given)) <= BURST
        assert texts(server) == TEXTS

    run(scenario)


def test_what_reads_the_conversation_sees_all_of_it_even_if_restoring_is_not_awaited() -> None:
    async def scenario(session: Session, _: FakeServer) -> None:
        session.conversation.restore(exported())
        assert [getattr(item, "transcript", "") for item in session.conversation] == TEXTS

    run(scenario)


def test_what_is_sent_meanwhile_stands_behind_it() -> None:
    async def scenario(session: Session, server: FakeServer) -> None:
        session.conversation.restore(exported())
        await anyio.lowlevel.checkpoint()
        session.send_text("Now.", respond=False)
        await anyio.sleep(1.0)
        assert texts(server) == [*TEXTS, "Now."]
        assert [item.id for item in session.conversation][-1] == "item_1"

    run(scenario)


def test_an_item_that_is_deleted_meanwhile_is_deleted() -> None:
    async def scenario(session: Session, server: FakeServer) -> None:
        conversation = session.conversation
        restoring = conversation.restore(exported())
        while "old_0" not in conversation:
            await anyio.lowlevel.checkpoint()
        await conversation.delete(f"old_{COUNT - 1}")
        await restoring
        assert texts(server) == TEXTS[:-1]
        assert len(conversation) == COUNT - 1

    run(scenario)


def test_two_conversations_are_restored_one_after_the_other() -> None:
    async def scenario(session: Session, server: FakeServer) -> None:
        session.conversation.restore(exported())
        await anyio.lowlevel.checkpoint()
        await session.conversation.restore(exported())
        await anyio.sleep(1.0)
        assert texts(server) == TEXTS * 2

    run(scenario)


def test_in_a_session_that_is_left_meanwhile_all_of_it_is_there() -> None:
    async def main() -> None:
        server = FakeServer()
        async with server:
            async with talk(server) as session:
                conversation = session.conversation
                restoring = conversation.restore(exported())
            await restoring
            assert len(conversation) == COUNT

    run_virtual(main)


@pytest.mark.parametrize("turns", range(0, 12, 2))
def test_where_the_connection_is_lost_meanwhile_the_next_server_is_given_all_of_it_once(turns: int) -> None:
    async def scenario(session: Session, server: FakeServer) -> None:
        conversation = session.conversation
        restoring = conversation.restore(exported())
        for _ in range(turns):
            await anyio.lowlevel.checkpoint()
        server._current().strike(Reset())
        await anext(session.events(Reconnected))
        await restoring
        await anyio.sleep(1.0)
        assert texts(server) == TEXTS
        assert len(conversation) == COUNT

    run(scenario)


@pytest.mark.parametrize("turns", [0, 1, 3])
def test_where_the_session_ends_meanwhile_awaiting_it_raises_that(turns: int) -> None:
    async def main() -> None:
        server = FakeServer()
        async with server, talk(server, reconnect=None) as session:
            restoring = session.conversation.restore(exported())
            for _ in range(turns):
                await anyio.lowlevel.checkpoint()
            server._current().strike(Reset())
            with pytest.raises(ConnectionLost):
                await restoring

    run_virtual(main)


def test_an_item_of_the_same_id_that_comes_meanwhile_keeps_it() -> None:
    async def scenario(session: Session, server: FakeServer) -> None:
        conversation = session.conversation
        restoring = conversation.restore(exported())
        item = {"id": "old_3", "type": "message", "role": "user", "content": [{"type": "input_text", "text": "New."}]}
        server.inject({"type": "conversation.item.added", "previous_item_id": None, "item": item})
        while "old_3" not in conversation:
            await anyio.lowlevel.checkpoint()
        await restoring
        assert [getattr(item, "transcript", "") for item in conversation] == ["New.", *TEXTS]
        assert "old_3.2" in conversation

    run(scenario)


def test_damage_far_behind_is_raised_by_the_awaitable_and_nothing_is_restored(caplog: pytest.LogCaptureFixture) -> None:
    async def scenario(session: Session, server: FakeServer) -> None:
        damaged = exported(text=5)
        with pytest.raises(UsageError, match=rf"items\[{COUNT - 1}\].text should be a string, and is 5"):
            await session.conversation.restore(damaged)
        assert (len(session.conversation), server.items, caplog.messages) == (0, [], [])
        session.conversation.restore(damaged)
        assert len(session.conversation) == 0
        [warning] = caplog.messages
        assert "a conversation was not restored: a damaged conversation: items[" in warning

    run(scenario)
