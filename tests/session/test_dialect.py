"""A session speaks its endpoint's dialect, and the application sees none of it."""

from __future__ import annotations

import json
from typing import Any

import anyio
import pytest

from realtime_sdk import (
    Dialect,
    MessageItem,
    Reconnected,
    SettingsDiffer,
    Transport,
    Turns,
    UrlEndpoint,
    UsageError,
    connect,
)
from realtime_sdk.testing import FakeServer, Only, Tamper, VirtualMicrophone, VirtualSpeaker, drop, message, run_virtual

ENVELOPED = Dialect(
    "enveloped", lambda event: {"body": event}, lambda event: {"type": "none", **event.get("body", {})}
)


class EnvelopedTransport:
    """The wire of a server that puts every event into an envelope."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def send(self, text: str) -> None:
        await self._transport.send(json.dumps(json.loads(text)["body"]))

    async def receive(self) -> str:
        return json.dumps({"type": "envelope", "body": json.loads(await self._transport.receive())})

    async def close(self) -> None:
        await self._transport.close()


class EnvelopedEndpoint:
    name = "an enveloped server"
    dialect = ENVELOPED

    def __init__(self, server: FakeServer) -> None:
        self._server = server

    async def connect(self, model: str | None, api_key: str | None) -> Transport:
        return EnvelopedTransport(await self._server.connect(model, api_key))


def test_a_session_runs_in_the_dialect_of_its_endpoint() -> None:
    async def main() -> None:
        server = FakeServer()
        server.reply(message("It is noon."))
        endpoint = EnvelopedEndpoint(server)
        async with server, connect(endpoint=endpoint, speaker=VirtualSpeaker(), microphone=None) as session:
            await session.send_text("What time is it?")
            async for response in session.responses():
                await response.played()
                (item,) = response.items
                assert isinstance(item, MessageItem)
                assert item.heard == "It is noon."
                break

    run_virtual(main)


@pytest.mark.parametrize("field", ["input_format", "output_format"])
def test_a_rate_that_the_dialect_does_not_have_is_refused(field: str) -> None:
    fields: dict[str, Any] = {field: {"type": "audio/pcm", "rate": 16_000}}
    endpoint = UrlEndpoint("wss://a.example", dialect="beta")
    with pytest.raises(UsageError, match="beta, has PCM at 24000 Hz only, not audio/pcm at 16000 Hz"):
        connect(endpoint=endpoint, speaker=None, microphone=None, **fields)


def test_what_the_server_has_otherwise_than_it_was_asked_for_is_told_once(caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> list[SettingsDiffer]:
        server = FakeServer()
        server.tamper("session.updated", _with_another_voice)
        async with server, connect(endpoint=server, speaker=None, microphone=None, voice="marin") as session:
            await session.update(instructions="Be brief.")
        return [event async for event in session.events(SettingsDiffer)]

    [event] = run_virtual(main)
    [difference] = event.differences
    assert (difference.path, difference.asked, difference.given) == ("audio.output.voice", "marin", "alloy")
    logged = [record.getMessage().partition(": ")[2] for record in caplog.records if record.levelname == "WARNING"]
    assert logged == ["the server has other settings: audio.output.voice is 'alloy', not 'marin'"]


def reported_over_a_loss(fault: Tamper) -> list[type]:
    """The events of a session whose connection is lost, and whose confirmations have a fault."""

    async def main() -> list[type]:
        server = FakeServer()
        server.tamper("session.updated", fault)
        async with server, connect(endpoint=server, speaker=None, microphone=None, voice="marin") as session:
            server.break_off()
            await anyio.sleep(10.0)
        return [type(event) async for event in session.events(Reconnected, SettingsDiffer)]

    return run_virtual(main)


def test_other_settings_of_the_next_server_are_reported() -> None:
    assert reported_over_a_loss(Only(2, _with_another_voice)) == [Reconnected, SettingsDiffer]


def test_a_server_that_confirms_nothing_is_not_said_to_differ() -> None:
    assert reported_over_a_loss(drop) == [Reconnected]


def test_the_rates_of_speech_to_speech_are_those_of_the_session() -> None:
    async def main() -> list[int]:
        server = FakeServer(dialect="speech-to-speech")
        async with server, connect(endpoint=server, speaker=None, microphone=None) as session:
            audio = server.connections[0].session.settings["audio"]
            rates = [session.formats.input.rate, session.formats.output.rate]
        return [*rates, audio["input"]["format"]["rate"], audio["output"]["format"]["rate"]]

    assert set(run_virtual(main)) == {24_000}


def _with_another_voice(event: dict[str, Any]) -> list[dict[str, Any]]:
    session = event["session"]
    audio = {**session["audio"], "output": {**session["audio"]["output"], "voice": "alloy"}}
    return [{**event, "session": {**session, "audio": audio}}]


@pytest.mark.parametrize(
    ("dialect", "options", "words"),
    [
        ("vllm-omni", {}, "vllm-omni, finds no turns of the user's: pass turns="),
        ("speech-to-speech", {"turns": Turns.push_to_talk()}, "finds the user's turns itself"),
    ],
)
def test_turns_that_neither_side_would_end_are_refused(dialect: str, options: dict[str, Any], words: str) -> None:
    endpoint = UrlEndpoint("wss://a.example", dialect=dialect)
    with pytest.raises(UsageError, match=words):
        connect(endpoint=endpoint, speaker=None, microphone=VirtualMicrophone(), **options)


@pytest.mark.parametrize("options", [{"turns": Turns.push_to_talk()}, {"turn_detection": None}])
def test_turns_that_this_side_ends_are_taken_by_a_server_that_finds_none(options: dict[str, Any]) -> None:
    async def main() -> None:
        server = FakeServer(dialect="vllm-omni")
        async with server, connect(endpoint=server, speaker=None, microphone=VirtualMicrophone(), **options):
            pass
        assert server.refused == []

    run_virtual(main)


def test_fields_that_only_the_server_knows_are_sent_as_they_are() -> None:
    echo = {"type": "server_echo_cancellation"}

    async def main() -> list[dict[str, Any]]:
        server = FakeServer(dialect="voice-live")
        fields: dict[str, Any] = {
            "turn_detection": {"type": "azure_semantic_vad", "remove_filler_words": True},
            "voice": {"name": "en-US-Ava:DragonHDLatestNeural", "type": "azure-standard"},
            "input_format": {"type": "audio/pcm", "rate": 24_000},
            "extra_fields": {"input_audio_echo_cancellation": echo},
        }
        async with server, connect(endpoint=server, speaker=None, microphone=None, **fields) as session:
            await session.update(extra_fields={"avatar": None})
        assert server.refused == []
        return [event["session"] for event in server.received if event["type"] == "session.update"]

    assert run_virtual(main) == [
        {
            "input_audio_format": "pcm16", "input_audio_sampling_rate": 24_000, "input_audio_echo_cancellation": echo,
            "turn_detection": {"type": "azure_semantic_vad", "remove_filler_words": True},
            "voice": {"name": "en-US-Ava:DragonHDLatestNeural", "type": "azure-standard"},
        },
        {"avatar": None},
    ]


def test_a_server_without_images_is_sent_none() -> None:
    async def main() -> None:
        server = FakeServer(dialect="beta")
        async with server, connect(endpoint=server, speaker=None, microphone=None) as session:
            with pytest.raises(UsageError, match="takes no images: its dialect, beta"):
                session.send_image(b"")
        assert "conversation.item.create" not in [event["type"] for event in server.received]

    run_virtual(main)


def test_a_server_that_calls_no_tools_itself_is_given_functions_only() -> None:
    tool = {"type": "mcp", "server_label": "shop", "server_url": "https://tools.example"}
    with pytest.raises(UsageError, match="dialect, qwen, has functions only, no tool of type 'mcp'"):
        connect(endpoint=UrlEndpoint("wss://a.example", dialect="qwen"), tools=[tool], speaker=None, microphone=None)
