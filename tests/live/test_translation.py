"""A live translation, end to end, against a server made from its published schema."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import anyio
import pytest

from realtime_sdk import (
    ConnectionLost,
    Disconnected,
    LiveCaption,
    ServerRefused,
    TranslationSession,
    UsageError,
    connect_translation,
)
from realtime_sdk._runtime import clock
from realtime_sdk.testing import FakeLiveServer, VirtualMicrophone, VirtualSpeaker, noise, run_virtual

WHISPER = {"transcription": "gpt-realtime-whisper"}


def interpret(
    server: FakeLiveServer, script: Callable[[TranslationSession], Awaitable[None]], **arguments: Any
) -> VirtualSpeaker:
    """Run a script in a translation into Spanish; return the speaker."""
    speaker = VirtualSpeaker()

    async def main() -> None:
        given = {"speaker": speaker, "microphone": None, **arguments}
        async with server, connect_translation("es", endpoint=server, **given) as translation:
            await script(translation)

    run_virtual(main)
    return speaker


def translator() -> FakeLiveServer:
    return FakeLiveServer(protocol="translation")


def test_it_is_configured_once_the_server_is_there_and_before_any_audio() -> None:
    server, microphone = translator(), VirtualMicrophone()
    microphone.say(noise(0.5, seed=1), at=0.0)

    async def script(translation: TranslationSession) -> None:
        assert translation.state == "open"
        await anyio.sleep(1.0)

    interpret(server, script, microphone=microphone, noise_reduction="near_field", **WHISPER)
    assert server.received[0]["session"] == {
        "audio": {
            "output": {"language": "es"},
            "input": {"transcription": {"model": "gpt-realtime-whisper"}, "noise_reduction": {"type": "near_field"}},
        }
    }
    kinds = list(dict.fromkeys(event["type"] for event in server.received))
    assert kinds == ["session.update", "session.input_audio_buffer.append", "session.close"]
    assert server.refused == []


@pytest.mark.parametrize("text_after", [-0.4, 0.0, 0.6], ids=["text first", "together", "text last"])
def test_words_are_shown_with_the_audio_of_their_frame(text_after: float) -> None:
    server = translator()
    server.say("Hola, buenas.", at=1.0, text_after=text_after)
    server.say("Adiós.", at=4.0, text_after=text_after)
    came: list[tuple[float, LiveCaption]] = []

    async def script(translation: TranslationSession) -> None:
        captions = translation.captions("assistant")
        for _ in range(3):
            caption = await anext(captions)
            came.append((clock.wall(), caption))

    speaker = interpret(server, script)
    assert [caption.text for _, caption in came] == ["Hola,", " buenas.", "Adiós."]
    assert [caption.start for _, caption in came] == [1.0, 1.2, 4.0]
    first, second = speaker.timeline
    late = max(0.0, text_after - 0.2) + 0.22  # text that comes last is shown when it comes
    for (at, _), sounded_at in zip(came, [first.at, first.at + 0.2, second.at], strict=True):
        assert 0.0 <= at - sounded_at <= late


def test_the_users_words_come_only_where_they_are_asked_for() -> None:
    for arguments, expected in (({}, []), (WHISPER, ["Hello", " there."])):
        server = translator()

        async def script(translation: TranslationSession, server: FakeLiveServer = server) -> None:
            await anyio.sleep(1.0)
            server.user_says("Hello there.")
            await anyio.sleep(0.1)
            await translation.close()

        words: list[str] = []

        async def collect(translation: TranslationSession, words: list[str] = words) -> None:
            await script(translation)
            words += [caption.text async for caption in translation.captions("user")]

        interpret(server, collect, **arguments)
        assert words == expected


def test_closing_it_lets_the_interpreter_finish() -> None:
    server = translator()
    server.say("uno dos tres cuatro", at=2.0)

    async def script(translation: TranslationSession) -> None:
        await anyio.sleep(1.0)
        await translation.close()
        assert [caption.text async for caption in translation.captions()] == ["uno", " dos", " tres", " cuatro"]
        assert [event async for event in translation.events(Disconnected)] == []

    interpret(server, script)


def test_the_language_can_be_changed() -> None:
    server = translator()

    async def script(translation: TranslationSession) -> None:
        await translation.update(language="fr")
        assert server.session["audio"]["output"] == {"language": "fr"}
        server.inject({"type": "session.closed", "event_id": "e"})
        with pytest.raises(ConnectionLost, match="the server closed the session"):
            await anext(translation.captions())

    interpret(server, script)


def test_what_it_refuses_is_raised() -> None:
    async def never(translation: TranslationSession) -> None:
        raise AssertionError("it is open")

    with pytest.raises(ServerRefused, match="near"):
        interpret(translator(), never, noise_reduction="close")
    with pytest.raises(UsageError, match="language"):
        connect_translation(7, endpoint=translator())  # type: ignore[arg-type]


@pytest.mark.real
def test_its_model_is_in_the_address() -> None:
    server = translator()

    async def main() -> None:
        async with (
            server, server.listen() as url, connect_translation("es", endpoint=url, speaker=None, microphone=None)
        ):  # fmt: skip
            pass

    asyncio.run(main())
    assert server.models == ["gpt-realtime-translate"]
