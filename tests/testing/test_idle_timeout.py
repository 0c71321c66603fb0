"""The idle timeout of the server: the user says nothing after a reply, and the model speaks by itself."""

from __future__ import annotations

from typing import Any

import anyio

from realtime_sdk.testing import FakeServer, message

from .helpers import CREATE, Client, talk

TRIGGERED = "input_audio_buffer.timeout_triggered"


def configure(**detection: Any) -> dict[str, Any]:
    turn_detection = {"type": "server_vad", "idle_timeout_ms": 5000, **detection}
    audio = {"input": {"turn_detection": turn_detection}}
    return {"type": "session.update", "session": {"type": "realtime", "audio": audio}}


def server() -> FakeServer:
    server = FakeServer()
    server.reply(message("Hello.", seconds=2.0))
    server.reply(message("Are you still there?", seconds=1.0))
    return server


def test_silence_after_a_reply_makes_the_model_speak() -> None:
    async def script(client: Client) -> None:
        await client.say(configure(), CREATE)
        await anyio.sleep(10.0)

    client = talk(server(), script)
    assert client.times(TRIGGERED) == [7.0]  # two seconds of the reply, and five of silence
    kinds = client.kinds[client.kinds.index(TRIGGERED) :]
    assert kinds[:7] == [
        TRIGGERED, "conversation.item.added", "conversation.item.done", "input_audio_buffer.committed",
        "conversation.item.added", "conversation.item.done", "response.created",
    ]  # fmt: skip
    items = [event["item"] for event in client.heard if event["type"] == "conversation.item.added"]
    assert [item["role"] for item in items] == ["assistant", "system", "user", "assistant"]


def test_it_counts_again_after_each_reply() -> None:
    async def script(client: Client) -> None:
        await client.say(configure(), CREATE)
        await anyio.sleep(14.0)

    assert talk(server(), script).times(TRIGGERED) == [7.0, 13.0]


def test_a_user_who_speaks_is_not_idle() -> None:
    talked = server()

    async def script(client: Client) -> None:
        await client.say(configure(), CREATE)
        await anyio.sleep(6.0)
        await talked.user_speaks("Wait.", seconds=2.0)
        await anyio.sleep(5.9)

    client = talk(talked, script)
    assert client.times("response.done") == [0.0, 8.0]
    assert client.times(TRIGGERED) == []


def test_a_response_that_the_client_asks_for_begins_the_count_again() -> None:
    async def script(client: Client) -> None:
        await client.say(configure(), CREATE)
        await anyio.sleep(6.5)
        await client.say(CREATE)
        await anyio.sleep(5.9)

    assert talk(server(), script).times(TRIGGERED) == []


def test_without_the_setting_nothing_happens() -> None:
    async def script(client: Client) -> None:
        await client.say(configure(idle_timeout_ms=None), CREATE)
        await anyio.sleep(60.0)

    assert talk(server(), script).times(TRIGGERED) == []
