"""A server whose sessions only transcribe, or join a running call."""

from __future__ import annotations

import json
from typing import Any

import anyio
import pytest
from websockets.asyncio.client import connect

from realtime_sdk.errors import UsageError
from realtime_sdk.testing import FakeServer, SpokenSegment, message

from .helpers import CREATE, Client, talk

TRANSCRIPTION = "conversation.item.input_audio_transcription."
TRANSCRIBE: dict[str, Any] = {
    "type": "session.update",
    "session": {"type": "transcription", "audio": {"input": {"transcription": {"model": "gpt-transcribe"}}}},
}


def test_a_transcription_session_has_speakers_and_languages() -> None:
    segments = [SpokenSegment("A", "Hello.", 0.0, 0.5), SpokenSegment("B", "Hi.", 0.6, 1.0)]
    server = FakeServer(intent="transcription")

    async def script(client: Client) -> None:
        await client.say(TRANSCRIBE)
        await anyio.sleep(0.1)
        await server.user_speaks("Hello. Hi.", seconds=1.0, segments=segments, languages=["en"])
        await anyio.sleep(1.0)

    events = [event for event in talk(server, script).heard if event["type"].startswith(TRANSCRIPTION)]
    assert [event["type"].removeprefix(TRANSCRIPTION) for event in events] == [
        "delta", "delta", "segment", "segment", "completed",
    ]  # fmt: skip
    assert [(event["speaker"], event["end"]) for event in events[2:4]] == [("A", 0.5), ("B", 1.0)]
    assert (events[4]["transcript"], events[4]["languages"]) == ("Hello. Hi.", [{"code": "en"}])


def test_a_transcription_session_has_no_model() -> None:
    async def main() -> None:
        server = FakeServer(intent="transcription")
        async with server:
            client = Client(await server.connect("gpt-realtime-2.1", None))
            await client.listen()
        assert client.frames == []
        assert client.lost is not None
        assert (client.lost.code, client.lost.reason) == (4000, "invalid_request_error.invalid_model")

    anyio.run(main)


async def answered(client: Client) -> None:
    await client.say({"type": "session.update", "session": {"type": "realtime"}}, CREATE)
    await anyio.sleep(10.0)


def test_a_side_band_is_not_announced_and_carries_no_audio() -> None:
    server = FakeServer(call_id="rtc_1")
    server.reply(message("Hello there.", seconds=2.0))
    client = talk(server, answered)
    assert client.kinds[0] == "session.updated"
    assert "response.output_audio_transcript.delta" in client.kinds
    assert "response.output_audio.delta" not in client.kinds
    assert client.times("output_audio_buffer.started") == [0.0]
    assert client.times("output_audio_buffer.stopped") == [2.0]


@pytest.mark.parametrize("event", [{"type": "output_audio_buffer.clear"}, {"type": "response.cancel"}])
def test_what_the_caller_does_not_hear_is_reported_cleared(event: dict[str, Any]) -> None:
    async def script(client: Client) -> None:
        await client.say(CREATE)
        await anyio.sleep(1.0)
        await client.say(event)
        await anyio.sleep(10.0)

    server = FakeServer(call_id="rtc_1")
    server.reply(message("Hello there.", seconds=5.0), pace=1.0)
    client = talk(server, script)
    assert client.times("output_audio_buffer.cleared") == [1.0]
    assert server.refused == []


def test_a_client_of_the_socket_asks_in_its_address() -> None:
    async def main() -> None:
        async with FakeServer().listen() as url:
            async with connect(f"{url}?intent=transcription") as client:
                assert json.loads(await client.recv())["session"]["type"] == "transcription"
            async with connect(f"{url}?call_id=rtc_1") as client:
                await client.send(json.dumps({"type": "session.update", "session": {"type": "realtime"}}))
                assert json.loads(await client.recv())["type"] == "session.updated"

    anyio.run(main)


def test_an_unknown_intent_is_refused() -> None:
    with pytest.raises(UsageError, match="intent"):
        FakeServer(intent="translation")  # type: ignore[arg-type]
