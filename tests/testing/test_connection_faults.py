"""Faults of a connection strike in the phase that a test chose, and in no other."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import anyio
import pytest

from realtime_sdk._runtime import clock
from realtime_sdk.errors import ConnectionFailed, ConnectionLost
from realtime_sdk.testing import (
    Close,
    ConnectionFault,
    Expire,
    FakeServer,
    Phase,
    Refuse,
    Reset,
    Silence,
    call,
    message,
    run_virtual,
)
from realtime_sdk.transports._websocket import PING_INTERVAL, PING_TIMEOUT

from .helpers import AUDIO_DELTA, CREATE, Client, end_of

KEEPALIVE = PING_INTERVAL + PING_TIMEOUT
"""Seconds after which a client gives up a server that answers no ping."""

UPDATE: dict[str, Any] = {"type": "session.update", "session": {"type": "realtime"}}
TEXT: dict[str, Any] = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Hello."}]}
ITEM: dict[str, Any] = {"type": "conversation.item.create", "item": TEXT}


def until_it_ends(server: FakeServer) -> Client:
    """A client that configures, says and asks for what it can, until its connection ends."""
    server.reply(message("Hello.", seconds=1.0), call("look"), pace=1.0)
    server.reply(message("It is noon.", seconds=1.0), pace=1.0)

    async def speak(client: Client) -> None:
        await client.say(UPDATE, ITEM, CREATE)
        await anyio.sleep(5.0)
        await server.user_speaks("What time is it?")

    async def main() -> Client:
        async with server:
            client = Client(await server.connect(None, None))
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(_unless_lost, speak, client)
                await client.listen()
                tasks.cancel_scope.cancel()
        return client

    return run_virtual(main)


async def _unless_lost(speak: Callable[[Client], Any], client: Client) -> None:
    with suppress(ConnectionLost):
        await speak(client)


@pytest.mark.parametrize(
    ("phase", "last"),
    [
        (Phase.OPENED, None),
        (Phase.CREATED, "session.created"),
        (Phase.CONFIGURING, "session.created"),
        (Phase.CONFIGURED, "session.updated"),
        (Phase.ADDING, "session.updated"),
        (Phase.ASKED, "conversation.item.done"),
        (Phase.THINKING, "response.created"),
        (Phase.STREAMING, AUDIO_DELTA),
        (Phase.IN_TOOL, "response.done"),
        (Phase.USER_SPEAKING, "input_audio_buffer.speech_started"),
        (Phase.COMMITTED, "input_audio_buffer.committed"),
        (Phase.DONE, "response.done"),
    ],
)
def test_a_connection_is_closed_when_a_phase_begins(phase: Phase, last: str | None) -> None:
    server = FakeServer()
    server.fail(Close(1011, "internal error"), at=phase)
    client = until_it_ends(server)
    assert client.lost is not None and (client.lost.code, client.lost.reason) == (1011, "internal error")
    assert client.kinds[-1:] == ([] if last is None else [last])
    assert server.connections[-1].over


def test_the_phases_of_a_talk_are_all_tested() -> None:
    assert len(Phase) == 13, "CONNECTING is below"


@pytest.mark.parametrize("phase", [Phase.CONFIGURING, Phase.ADDING, Phase.ASKED])
def test_what_the_client_sent_last_is_not_processed(phase: Phase) -> None:
    server = FakeServer()
    server.fail(Reset(), at=phase)
    until_it_ends(server)
    sent = [event["type"] for event in server.received]
    assert sent == [UPDATE["type"], ITEM["type"], CREATE["type"]][: len(sent)]
    assert len(server.items) == max(0, len(sent) - 2)


def test_a_phase_is_counted_from_the_call_on_over_all_connections() -> None:
    server = FakeServer()
    server.fail(Close(1001), at=Phase.STREAMING, nth=7)
    assert until_it_ends(server).kinds.count(AUDIO_DELTA) == 7
    server.fail(Close(1001), at=Phase.CREATED, nth=2)

    async def main() -> list[int | None]:
        codes = []
        async with server:
            for _ in range(2):
                transport = await server.connect(None, None)
                with anyio.move_on_after(1.0):
                    codes.append((await end_of(transport)).code)
        return codes

    assert run_virtual(main) == [1001]


def test_a_fault_can_strike_some_seconds_after_a_phase_has_begun() -> None:
    server = FakeServer()
    server.fail(Close(1008, "policy"), at=Phase.THINKING, after=0.55)
    client = until_it_ends(server)
    assert client.kinds.count(AUDIO_DELTA) == 6
    assert client.lost is not None and client.lost.code == 1008


@pytest.mark.parametrize(
    ("fault", "code", "heard"),
    [(Close(1000), 1000, 10), (Close(1006), None, 10), (Reset(), None, 0), (Expire(), 1001, 10)],
)
def test_how_a_connection_ends(fault: ConnectionFault, code: int | None, heard: int) -> None:
    server = FakeServer(latency=0.2)
    server.reply(message("Hello.", seconds=1.0))
    server.fail(fault, at=Phase.STREAMING, nth=10)

    async def main() -> tuple[ConnectionLost, list[str]]:
        async with server:
            client = Client(await server.connect(None, None))
            await client.say(CREATE)
            await client.listen()
            assert client.lost is not None
            return client.lost, client.kinds

    lost, kinds = run_virtual(main)
    assert lost.code == code
    assert kinds.count(AUDIO_DELTA) == heard
    assert ("error" in kinds) == isinstance(fault, Expire)


def test_a_silent_server_answers_nothing_until_the_keepalive_gives_it_up() -> None:
    server = FakeServer()

    async def main() -> ConnectionLost:
        async with server:
            client = Client(await server.connect(None, None))
            await anyio.sleep(1.0)
            server.fall_silent()
            await client.say(CREATE)
            await client.listen()
            assert clock.now() == 1.0 + KEEPALIVE
            assert client.lost is not None
            return client.lost

    lost = run_virtual(main)
    assert lost.code == 1011
    assert lost.reason == "the fake server has answered no ping for 10 s: it hangs, or the network does"
    assert server.received == []


def test_a_session_expires_at_the_time_that_it_names() -> None:
    async def main() -> None:
        async with FakeServer() as server:
            client = Client(await server.connect(None, None))
            await client.listen()
            created, error = client.heard
            assert clock.wall() == created["session"]["expires_at"]
            assert (clock.now(), error["error"]["code"]) == (3600.0, "session_expired")
            assert client.lost is not None and client.lost.code == 1001

    run_virtual(main)


# Handshakes


def failure_of(server: FakeServer, api_key: str | None = None) -> tuple[float, ConnectionFailed]:
    """The error of a connection that does not come about, and when it comes."""

    async def main() -> tuple[float, ConnectionFailed]:
        async with server:
            with pytest.raises(ConnectionFailed) as failed:
                await server.connect(None, api_key)
            return clock.now(), failed.value

    return run_virtual(main)


@pytest.mark.parametrize(
    ("refusal", "words"),
    [
        (Refuse(401), r"refused the API key \(HTTP 401\)"),
        (Refuse(403), r"refused the API key \(HTTP 403\).* does not have access"),
        (Refuse(404), r"HTTP 404\).* The model does not exist"),
        (Refuse(429), r"HTTP 429\).* exceeded your current quota"),
        (Refuse(429, "rate_limit_exceeded"), r"HTTP 429\)"),
        (Refuse(500), r"HTTP 500\). It says: The server had an error"),
        (Refuse(503), r"HTTP 503\).* overloaded"),
        (Refuse(502, body="<html>Bad Gateway</html>"), r"HTTP 502\)$"),
    ],
    ids=repr,
)
def test_a_refused_handshake_is_explained_as_a_socket_explains_it(refusal: Refuse, words: str) -> None:
    server = FakeServer()
    server.refuse_connections(1, refusal)
    at, failed = failure_of(server, "a key")
    assert at == 0.0
    failed_on = f"the fake server {words}" if words.startswith("refused") else words
    with pytest.raises(ConnectionFailed, match=failed_on):
        raise failed
    if refusal.body is None:
        assert json.loads(refusal.text)["error"]["code"]


def test_refusals_come_one_after_the_other() -> None:
    server = FakeServer()
    server.refuse_connections(2, Refuse(500))
    server.refuse_connections(1, Refuse(429))
    statuses = [str(failure_of(server)[1])[:70] for _ in range(3)]
    assert [status[status.index("HTTP ") :][:8] for status in statuses] == ["HTTP 500", "HTTP 500", "HTTP 429"]


def test_a_handshake_that_is_not_answered_fails_after_ten_seconds() -> None:
    server = FakeServer()
    server.fail(Silence(), at=Phase.CONNECTING)
    at, failed = failure_of(server)
    assert (at, "did not answer within 10 s" in str(failed)) == (10.0, True)


def test_a_handshake_can_be_reset() -> None:
    server = FakeServer()
    server.fail(Reset(), at=Phase.CONNECTING)
    assert "broke the connection off" in str(failure_of(server)[1])


# A session that forgets


def test_the_next_connection_knows_nothing_of_the_last_and_takes_none_of_its_ids() -> None:
    server = FakeServer()
    server.reply(message("Hello.", seconds=1.0))

    async def main() -> None:
        async with server:
            first = Client(await server.connect(None, None))
            await first.say(ITEM, CREATE)
            await anyio.sleep(2.0)
            await first.transport.close()
            [_, old] = [item.id for item in server.items]
            second = Client(await server.connect(None, None))
            assert server.items == []
            await second.say(
                {"type": "conversation.item.truncate", "item_id": old, "content_index": 0, "audio_end_ms": 0},
                {"type": "conversation.item.delete", "item_id": old},
                {"type": "response.cancel", "response_id": "resp_1"},
                {**ITEM, "previous_item_id": old},
                {**ITEM, "item": {**TEXT, "id": old}},
                {**ITEM, "item": {"type": "function_call_output", "call_id": "call_1", "output": ""}},
                {**ITEM, "item": {**TEXT, "id": "x" * 33}},
                {**ITEM, "item": {**TEXT, "role": "assistant"}},
                {**ITEM, "item": {**TEXT, "id": "x" * 32}},
                {**ITEM, "item": {**TEXT, "id": "mine"}},
            )
            await anyio.sleep(1.0)

    run_virtual(main)
    assert [error["code"] for error in server.refused] == [
        "item_truncate_invalid_item_id", "item_delete_invalid_item_id", "response_cancel_not_active", "item_not_found",
        "invalid_value", "invalid_tool_call_id", "string_above_max_length", "invalid_value",
    ]  # fmt: skip
    assert [item.id for item in server.items] == ["x" * 32, "mine"]
    before, after = server.connections
    assert [item.text for item in before.items] == ["Hello.", "Hello."]
    assert [event["type"] for event in before.received] == [ITEM["type"], CREATE["type"]]
    assert len(after.received) == 10
