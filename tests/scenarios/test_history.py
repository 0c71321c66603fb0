"""A conversation is exported, restored in another session, and its items are deleted and retrieved."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterable
from typing import Any

import anyio
import pytest

from realtime_sdk import (
    ConnectionLost,
    Disconnected,
    McpCallItem,
    MessageItem,
    Reconnected,
    ServerRefused,
    Session,
    UsageError,
    connect,
)
from realtime_sdk.conversation.history._wire_ids import LIMIT
from realtime_sdk.server._connection import Frame
from realtime_sdk.server._items import Event
from realtime_sdk.testing import FakeServer, Refuse, Reset, VirtualSpeaker, call, message, run_virtual

from .observing import talk

PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(64)

MCP_CALL = {
    "id": "mcp_1", "type": "mcp_call", "server_label": "docs", "name": "search", "arguments": "{}", "output": "found",
}  # fmt: skip


def look_up() -> str:
    """Look it up."""
    return "42"


@pytest.fixture(scope="module")
def exported() -> dict[str, Any]:
    """A conversation with a bit of everything, exported."""

    async def main() -> dict[str, Any]:
        server = FakeServer()
        server.reply(message("I'll look it up.", phase="commentary", seconds=1.0), call("look_up"))
        server.reply(message("It is forty-two, or so they say.", phase="final_answer", seconds=4.0))
        async with server, talk(server, tools=[look_up]) as session:
            await server.user_speaks("What is it?")
            await anyio.sleep(3.0)
            await session.interrupt()
            session.send_image(PICTURE)
            added = {"type": "conversation.item.added", "previous_item_id": None, "item": MCP_CALL}
            server.inject(added)
            session.send_text("Thanks.", respond=False)
            await anyio.sleep(1.0)
            data: dict[str, Any] = json.loads(json.dumps(session.conversation.export()))
            return data

    return run_virtual(main)


def restored(exported: dict[str, Any], then: Callable[[Session], Any], **given: Any) -> FakeServer:
    """Restore a conversation in another session, and go on."""

    async def main() -> FakeServer:
        server = FakeServer()
        async with server, connect(endpoint=server, speaker=VirtualSpeaker(), microphone=None, **given) as session:
            session.conversation.restore(exported)
            await anyio.sleep(1.0)
            then(session)
        return server

    return run_virtual(main)


def test_what_is_restored_is_what_was_exported(exported: dict[str, Any]) -> None:
    kinds = [item["type"] for item in exported["items"]]
    assert kinds.count("message") == 5
    assert {"function_call", "function_call_output", "mcp_call"} <= set(kinds)

    def compare(session: Session) -> None:
        assert session.conversation.export() == exported
        messages = [item for item in session.conversation if isinstance(item, MessageItem)]
        assert [item.phase for item in messages] == [None, "commentary", "final_answer", None, None]
        assert [item.interrupted for item in messages] == [False, False, True, False, False]
        answer = messages[2]
        assert 0.0 < answer.playout.position < answer.playout.duration == 4.0
        assert answer.playout.started_at is not None
        [hosted] = [item for item in session.conversation if isinstance(item, McpCallItem)]
        assert hosted.wire.model_extra == {"server_label": "docs"}

    restored(exported, compare)


def test_the_server_gets_what_was_heard(exported: dict[str, Any]) -> None:
    answer = next(item for item in exported["items"] if item.get("phase") == "final_answer")
    server = restored(exported, lambda session: None)
    texts = [(item.wire.get("role"), item.text) for item in server.items if item.wire["type"] == "message"]
    assert ("assistant", answer["text"]) in texts
    assert ("user", "[speech that was not transcribed]") in texts
    assert texts[-1][0] == "system"
    assert [item.wire["type"] for item in server.items].count("function_call_output") == 1


def test_restored_twice_the_items_are_there_twice(exported: dict[str, Any]) -> None:
    def again(session: Session) -> None:
        before = len(session.conversation)
        session.conversation.restore(exported)
        assert len(session.conversation) == 2 * before

    server = restored(exported, again)
    refused = [error for error in server.refused if "mcp_call" not in error["message"]]
    assert [error["code"] for error in refused if error["code"] != "invalid_value"] == []


def changed(exported: dict[str, Any], place: int, **fields: Any) -> dict[str, Any]:
    damaged = copy.deepcopy(exported)
    damaged["items"][place].update(fields)
    return damaged


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (lambda e: {**e, "format": "other"}, "its `format` is 'other'"),
        (lambda e: {**e, "items": 5}, "items should be a list, and is 5"),
        (lambda e: {**e, "items": [None]}, r"items\[0\] should be an object, and is None"),
        (lambda e: {**e, "items": [{"id": "a"}]}, r"items\[0\].type should be a string, and is None"),
        (lambda e: changed(e, 0, text=5), r"items\[0\].text should be a string, and is 5"),
        (lambda e: changed(e, 0, role="robot"), r"items\[0\].role should be one of 'user', 'assistant', 'system'"),
        (lambda e: changed(e, 0, interrupted="yes"), r"items\[0\].interrupted should be true or false"),
        (lambda e: changed(e, 0, started_at="noon"), r"items\[0\].started_at should be a number, and is 'noon'"),
        (lambda e: changed(e, 0, text="half \ud83d"), r"items\[0\].text` holds half of a surrogate pair"),
        (lambda e: changed(e, -1, item={"arguments": 5}), r"item.arguments should be a string, and is 5"),
        (lambda e: changed(e, 0, images=[1]), r"items\[0\].images\[0\] should be an object, and is 1"),
    ],
)
def test_damaged_data_is_refused_with_the_value_that_is_wrong(
    exported: dict[str, Any], damage: Callable[[dict[str, Any]], Any], reason: str
) -> None:
    def refuse(session: Session) -> None:
        before = session.conversation.export()
        with pytest.raises(UsageError, match=reason):
            session.conversation.restore(damage(exported))
        assert session.conversation.export() == before

    restored({**exported, "items": []}, refuse)


# Ids


def test_ids_that_are_too_long_are_shortened_alike_wherever_they_are_named() -> None:
    long = "an_id_that_some_other_service_has_given_" * 2
    server_ids: list[list[str]] = []

    async def main() -> None:
        server = FakeServer()
        async with server, talk(server) as session:
            for item_id in (long, long + "2"):
                content = [{"type": "input_text", "text": item_id[-1]}]
                item = {"id": item_id, "type": "message", "role": "user", "content": content}
                session.send({"type": "conversation.item.create", "item": item})
            call_item = {"type": "function_call", "name": "look_up", "arguments": "{}", "call_id": long}
            session.send({"type": "conversation.item.create", "item": call_item})
            output = {"type": "function_call_output", "call_id": long, "output": "42"}
            session.send({"type": "conversation.item.create", "item": output})
            await anyio.sleep(1.0)
            assert [item.id for item in session.conversation][:2] == [long, long + "2"]
            server_ids.append([item.wire["id"] for item in server.items])
            session.send({"type": "conversation.item.delete", "item_id": long})
            await anyio.sleep(1.0)
            assert long not in session.conversation
        assert server.refused == []

    run_virtual(main)
    run_virtual(main)
    assert all(len(item_id) <= LIMIT for item_id in server_ids[0])
    assert len(set(server_ids[0])) == 4
    assert server_ids[0] == server_ids[1]


# Deleting and retrieving


def test_an_item_is_retrieved_and_deleted() -> None:
    async def main() -> None:
        server = FakeServer()
        server.reply(message("It is noon.", seconds=0.5))
        async with server, talk(server) as session:
            response = await session.respond()
            await response.played()
            [item] = response.items
            retrieved = await session.conversation.retrieve(item)
            assert (retrieved.id, retrieved.text) == (item.id, "It is noon.")
            server.break_off()
            await anyio.sleep(1.0)
            retrieved = await session.conversation.retrieve(item.id)
            assert (retrieved.id, retrieved.text) == (item.id, "It is noon.")
            await session.conversation.delete(item)
            assert [held.wire["role"] for held in server.items] == ["system"]
            assert item not in session.conversation.items
            with pytest.raises(UsageError, match="the conversation has no item"):
                session.conversation.delete(item)

    run_virtual(main)


def test_a_deletion_in_the_gap_leaves_the_item_out_of_the_history() -> None:
    async def main() -> None:
        server = FakeServer()
        async with server, talk(server) as session:
            session.send_text("one", respond=False)
            session.send_text("two", respond=False)
            await anyio.sleep(1.0)
            one, _ = session.conversation
            server.refuse_connections(2)
            server.break_off()
            await anyio.sleep(0.0)
            await session.conversation.delete(one)
            await anyio.sleep(5.0)
            assert [held.text for held in server.items] == ["two"]

    run_virtual(main)


def test_a_refusal_is_raised_by_the_awaitable() -> None:
    async def main() -> None:
        server = FakeServer()

        def refuse(_event: Event) -> Iterable[Frame]:
            error = {"message": "It stays.", "code": "no", "event_id": server.received[-1]["event_id"]}
            return ({"type": "error", "error": error},)

        server.tamper("conversation.item.deleted", refuse)
        async with server, talk(server) as session:
            await session.send_text("one", respond=False)
            await anyio.sleep(1.0)
            [item] = session.conversation
            with pytest.raises(ServerRefused, match="It stays"):
                await session.conversation.delete(item)
            assert session.conversation.items == [item]

    run_virtual(main)


def test_what_is_restored_while_the_connection_is_lost_is_given_to_the_next_server_once() -> None:
    async def main() -> None:
        server = FakeServer()
        server.reply(message("Hello."))
        exported = {"format": "realtime_sdk.conversation/1", "items": [
            {"id": "old_1", "type": "message", "role": "user", "text": "An old question."},
        ]}  # fmt: skip
        async with server, talk(server) as session:
            session.send_text("A new question.")
            await anyio.sleep(3.0)
            server.refuse_connections(1, Refuse(503))
            server._current().strike(Reset())
            await anext(session.events(Disconnected))
            session.conversation.restore(exported)
            assert session._engine.suspension.restoration({}).held_before == {"item_1", "item_2"}
            await anext(session.events(Reconnected))
            texts = [item.text for item in server.items if item.wire.get("role") == "user"]
            assert texts == ["A new question.", "An old question."]

    run_virtual(main)


def test_what_is_restored_after_the_connection_has_ended_for_good_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    exported = {"format": "realtime_sdk.conversation/1", "items": [
        {"id": f"old_{number}", "type": "message", "role": "user", "text": "An old question."} for number in range(2)
    ]}  # fmt: skip

    async def main() -> None:
        server = FakeServer()
        async with server, talk(server, reconnect=None) as session:
            server.hang_up()
            await anyio.sleep(1.0)
            session.conversation.restore(exported)

    run_virtual(main)
    assert caplog.messages == [
        "sess_1: not sent, because the connection has ended: conversation.item.create (2 events)"
    ]


def test_restoring_in_a_session_that_has_ended_raises_connection_lost() -> None:
    exported = {"format": "realtime_sdk.conversation/1", "items": [
        {"id": "old_1", "type": "message", "role": "user", "text": "An old question."},
    ]}  # fmt: skip

    async def main() -> None:
        server = FakeServer()
        async with server, talk(server) as session:
            pass
        with pytest.raises(ConnectionLost, match="the session has ended"):
            await session.conversation.restore(exported)
        assert len(session.conversation) == 0

    run_virtual(main)
