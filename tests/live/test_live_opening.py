"""What connect_live takes, refuses and records."""

from __future__ import annotations

import asyncio
import logging
import re
import traceback
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import anyio
import pytest

from realtime_sdk import (
    ConnectionFailed,
    LiveSession,
    OpenAIEndpoint,
    UrlEndpoint,
    UsageError,
    connect,
    connect_live,
    connect_translation,
    to_srt,
    transcribe,
)
from realtime_sdk.recording import read
from realtime_sdk.testing import (
    FakeLiveServer,
    FakeServer,
    VirtualSpeaker,
    noise,
    run_virtual,
)

from .talks import SECRET, shown, talk


def test_a_recording_has_the_wire_the_sound_and_the_words(tmp_path: Path) -> None:
    server = FakeLiveServer()
    server.say("Hello there.", at=0.4)
    server.say("Goodbye.", at=4.0)

    async def script(live: LiveSession) -> None:
        await shown(live, 2)
        await anyio.sleep(1.5)
        server.user_says("Bye.")
        await shown(live, 1)
        await anyio.sleep(0.3)

    talk(server, script, record=tmp_path / "talk")
    records = list(read(tmp_path / "talk"))
    assert [record.event for record in records if record.dir == "client"] == server.received
    assert [record.event for record in records if record.dir == "server"] == server.sent
    captions = (tmp_path / "talk" / "captions.vtt").read_text(encoding="utf-8")
    said = [line for line in captions.splitlines() if line.startswith("<v ")]
    assert [line.partition(">")[0] for line in said] == ["<v Assistant", "<v User", "<v Assistant"]
    assert "Goodbye." in said[2]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"instruction": "x"}, "did you mean 'instructions'"),
        ({"turn_detection": None}, r"connect_live\(\) has no field 'turn_detection'"),
        ({"tools": [to_srt]}, "tools are called by a backend model"),
        ({"tools": [to_srt], "delegation": {"type": "client"}}, "tools are called by a backend model"),
        ({"format": "audio/opus"}, "unknown audio format"),
        ({"speaker": "loud"}, "an OutputDevice"),
        ({"timeout": 0}, "timeout"),
    ],
)
def test_impossible_arguments_are_refused(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        connect_live(endpoint=FakeLiveServer(), **{"speaker": None, "microphone": None, **arguments})


def test_endpoints_of_the_realtime_api_do_not_fit_and_the_models_do_not_fit_connect() -> None:
    with pytest.raises(UsageError, match=r"has an address of its own.*wss://…/live/sessions"):
        connect_live(endpoint=OpenAIEndpoint())
    with pytest.raises(UsageError, match=r"use connect_live\(…\) in place of connect"):
        connect("gpt-live-1.1")
    with pytest.raises(UsageError, match=r"use connect_translation\(…\) in place of connect"):
        connect("gpt-realtime-translate")


@pytest.mark.parametrize(
    ("open_session", "endpoint", "name", "use"),
    [
        (connect, FakeLiveServer(), "the fake live server", "connect_live(…) in place of connect(…)"),
        (connect, FakeLiveServer(protocol="translation"), "the fake live server", "connect_translation(…)"),
        (connect, "ws://x/v1/realtime/translations", "ws://x/v1/realtime/translations", "connect_translation(…)"),
        (transcribe, FakeLiveServer(), "the fake live server", "connect_live(…)"),
        (connect_live, FakeServer(), "the fake server", "connect(…) in place of connect_live(…)"),
        (connect_live, "ws://x/v1/realtime?model=m", "ws://x/v1/realtime", "connect(…)"),
        (connect_live, FakeLiveServer(protocol="translation"), "the fake live server", "connect_translation(…)"),
        (partial(connect_translation, "es"), FakeLiveServer(), "the fake live server", "connect_live(…)"),
    ],
)  # fmt: skip
def test_an_endpoint_of_another_protocol_is_refused_at_once(
    open_session: Callable[..., object], endpoint: object, name: str, use: str
) -> None:
    with pytest.raises(UsageError, match=re.escape(f"{name} speaks another protocol: use {use}")):
        open_session(endpoint=endpoint, microphone=None)


def test_the_service_wants_a_key_and_no_error_shows_it(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    with pytest.raises(UsageError, match="wants an API key"):
        connect_live(speaker=None, microphone=None)
    server = FakeLiveServer()
    server.refuse_connections()

    async def main() -> None:
        async with server, connect_live(endpoint=server, api_key=SECRET, speaker=None, microphone=None):
            pass

    with caplog.at_level(logging.DEBUG, "realtime_sdk.session"), pytest.raises(ConnectionFailed) as failure:
        run_virtual(main)
    [(kind, error, frames)] = [record.exc_info for record in caplog.records if record.exc_info]
    assert kind is not None and error is not None
    trace = traceback.TracebackException(kind, error, frames, capture_locals=True)
    own = [frame for frame in trace.stack if "/realtime_sdk/live/" in frame.filename]
    assert {frame.name for frame in own} >= {"_open", "_connect"}
    assert SECRET not in str(failure.value) + str([frame.locals for frame in own])


def test_the_address_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, str | None, str | None]] = []

    async def note(self: UrlEndpoint, model: str | None, api_key: str | None) -> Any:
        asked.append((self.name, model, api_key))
        raise ConnectionFailed("enough")

    monkeypatch.setattr(UrlEndpoint, "connect", note)
    monkeypatch.setenv("OPENAI_API_KEY", "sk-1")
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)

    async def attempt(opening: Any) -> None:
        with pytest.raises(ConnectionFailed):
            async with opening:
                pass

    async def main() -> None:
        silent: dict[str, Any] = {"speaker": None, "microphone": None}
        await attempt(connect_live(**silent))
        await attempt(connect_translation("es", **silent))
        monkeypatch.setenv("OPENAI_BASE_URL", "https://proxy.example/v1/")
        await attempt(connect_live(**silent))

    run_virtual(main)
    assert asked == [
        ("wss://api.openai.com/v1/live/sessions", None, "sk-1"),
        ("wss://api.openai.com/v1/realtime/translations", "gpt-realtime-translate", "sk-1"),
        ("wss://proxy.example/v1/live/sessions", None, "sk-1"),
    ]


def test_a_session_is_opened_by_entering_it() -> None:
    with pytest.raises(UsageError, match=r"use: async with connect_live\(…\) as session"):
        connect_live(endpoint=FakeLiveServer(), speaker=None, microphone=None).captions()  # type: ignore[attr-defined]
    with pytest.raises(UsageError, match=r"connect_live\(…\) or connect_translation\(…\) opens a session"):
        LiveSession()


@pytest.mark.real
def test_it_runs_over_a_real_socket(monkeypatch: pytest.MonkeyPatch) -> None:
    server = FakeLiveServer()
    server.say("Hello.", at=0.0)

    async def main() -> None:
        async with server, server.listen() as url:
            assert url.endswith("/v1/live/sessions")
            async with connect_live(endpoint=UrlEndpoint(url), speaker=VirtualSpeaker(), microphone=None) as live:
                await live.send_audio(noise(0.6, seed=1))
                assert (await anext(live.captions())).text == "Hello."
                await live.close()
                assert live.usage.final

    asyncio.run(main())
    assert server.refused == []
