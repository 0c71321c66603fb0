"""What `transcribe` and a `Transcription` take, and what they refuse."""

from __future__ import annotations

from typing import Any

import anyio
import anyio.lowlevel
import pytest

from realtime_sdk import (
    AzureEndpoint,
    OpenAIEndpoint,
    Reconnect,
    ServerRefused,
    Transcription,
    Turns,
    UrlEndpoint,
    UsageError,
    XaiEndpoint,
    connect,
    transcribe,
)
from realtime_sdk.testing import FakeServer

from .transcribed import hold


def test_the_speech_to_come_may_be_transcribed_in_another_way() -> None:
    async def act(server: FakeServer, transcription: Transcription) -> None:
        await transcription.update(keywords=["Quito"])
        transcribed = transcription.settings["audio"]["input"]["transcription"]
        assert (transcribed["languages"], transcribed["keywords"]) == (["es"], ["Quito"])
        with pytest.raises(UsageError, match=r"update\(\) has no field 'voice'"):
            transcription.update(voice="alloy")  # type: ignore[call-arg]

    hold(act, languages=["es"])


def test_a_refused_change_leaves_no_trace_in_the_next_one() -> None:
    async def act(server: FakeServer, transcription: Transcription) -> None:
        refused = transcription.update(delay="soon")  # type: ignore[arg-type]
        transcription.update(prompt="A talk about travel.")  # sent before the refusal is known, and refused like it
        with pytest.raises(ServerRefused):
            await refused
        await anyio.sleep(0.1)
        await transcription.update(keywords=["Quito"])
        transcribed = transcription.settings["audio"]["input"]["transcription"]
        assert (transcribed["languages"], transcribed["keywords"]) == (["es"], ["Quito"])

    hold(act, languages=["es"])


def test_a_configuration_that_the_server_refuses_is_raised() -> None:
    with pytest.raises(ServerRefused):
        hold(lambda server, transcription: anyio.lowlevel.checkpoint(), delay="soon")


@pytest.mark.parametrize("name", ["respond", "interrupt", "send_text", "send_image", "pause", "responses"])
def test_what_a_transcription_can_not_do_is_said(name: str) -> None:
    async def act(server: FakeServer, transcription: Transcription) -> None:
        with pytest.raises(UsageError, match=f"a transcription has no '{name}', because no model answers in it"):
            getattr(transcription, name)
        with pytest.raises(AttributeError, match="no attribute 'speak'"):
            getattr(transcription, "speak")  # noqa: B009

    hold(act)


@pytest.mark.parametrize(
    ("name", "instead"),
    [("drained", r"finish\(\) waits until all is transcribed"), ("conversation", "`utterances` has what was said")],
)
def test_what_a_transcription_has_instead_is_said(name: str, instead: str) -> None:
    async def act(server: FakeServer, transcription: Transcription) -> None:
        with pytest.raises(UsageError, match=f"a transcription has no '{name}'.*; {instead}"):
            getattr(transcription, name)

    hold(act)


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"languages": "en"}, r"languages is a list of strings, not 'en': languages=\[…\]"),
        ({"keywords": [1]}, "keywords is a list of strings"),
        ({"keywords": 7}, r"keywords is a list of strings, not 7: keywords=\[…\]"),
        ({"languages": None}, "languages is a list of strings, not None"),
        ({"model": ""}, "model names what transcribes, such as 'gpt-transcribe': leave it out, or give a name"),
        ({"prompt": 7}, "prompt is a string, not 7"),
        ({"timeout": 0}, "timeout is a positive number"),
        ({"microphone": "default"}, "microphone is an InputDevice"),
        ({"endpoint": OpenAIEndpoint(call_id="rtc_1")}, "joins that call"),
        ({"turns": Turns.push_to_talk(), "turn_detection": {"type": "server_vad"}}, "leave one of them out"),
    ],
)
def test_wrong_arguments_are_refused(given: dict[str, Any], problem: str) -> None:
    with pytest.raises(UsageError, match=problem):
        transcribe(**{"microphone": None, **given})


def test_a_dialect_without_transcription_is_refused() -> None:
    without = UrlEndpoint("wss://a.example", dialect="vllm-omni")
    for given in ({"endpoint": without}, {"endpoint": FakeServer(), "reconnect": Reconnect(fallback=without)}):
        with pytest.raises(UsageError, match="vllm-omni, has no transcription"):
            transcribe(**given, microphone=None)


def test_a_fallback_is_asked_for_a_session_that_transcribes_too() -> None:
    class Fallback:
        name = "the fallback"
        connect = FakeServer(intent="transcription").connect

        def transcribing(self) -> Fallback:
            asked.append(self)
            return self

    asked: list[Fallback] = []
    fallback = Fallback()
    transcribe(endpoint=FakeServer(), reconnect=Reconnect(fallback=fallback), microphone=None)
    assert asked == [fallback]


def test_endpoints_are_asked_for_a_session_that_transcribes() -> None:
    assert OpenAIEndpoint(project="p").transcribing() == OpenAIEndpoint(project="p", intent="transcription")
    for query, expected in (("", "?intent=transcription"), ("?intent=transcription", "?intent=transcription")):
        assert UrlEndpoint(f"ws://127.0.0.1/v1/realtime{query}").transcribing().url.endswith(f"realtime{expected}")
    azure = AzureEndpoint("https://my-resource.openai.azure.com")
    assert azure.transcribing().intent == "transcription"
    with pytest.raises(UsageError, match="the preview has no sessions that only transcribe"):
        AzureEndpoint(azure.url, api_version="2025-04-01-preview").transcribing()
    with pytest.raises(UsageError, match="xAI has no sessions that only transcribe"):
        transcribe(endpoint=XaiEndpoint(), microphone=None)


def test_a_talk_is_not_opened_where_only_transcription_is_meant() -> None:
    for given in ({"endpoint": OpenAIEndpoint(intent="transcription")}, {"type": "transcription"}):
        with pytest.raises(UsageError, match=r"transcribe\(…\) opens a session that only transcribes"):
            connect(**given)


def test_it_is_entered_before_it_is_used() -> None:
    with pytest.raises(UsageError, match="use: async with transcribe"):
        getattr(transcribe(microphone=None), "finish")  # noqa: B009
    with pytest.raises(UsageError, match="opens a transcription"):
        Transcription()
