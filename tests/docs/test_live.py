"""The examples of the page about GPT-Live run."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

import anyio
import pytest

from realtime_sdk import DelegationStarted, UrlEndpoint, connect_live, connect_translation
from realtime_sdk.testing import FakeLiveServer, VirtualSpeaker, call, run_virtual

from .pages import blocks, run

CONVERSATION, CLIENT_WORK, TOOLS, AGAIN, TRANSLATION, ADDRESS = blocks("live.md", "python")


def watch(
    snippet: str, server: FakeLiveServer, meanwhile: Callable[[], Coroutine[Any, Any, None]] | None = None, **names: Any
) -> None:
    """Run a snippet for six seconds, and something beside it."""
    given: dict[str, Any] = {"endpoint": server, "microphone": None, "speaker": VirtualSpeaker()}
    openers = {
        "connect_live": partial(connect_live, **given), "connect_translation": partial(connect_translation, **given)
    }  # fmt: skip

    async def main() -> None:
        async with server, anyio.create_task_group() as tasks:
            if meanwhile is not None:
                tasks.start_soon(meanwhile)
            with anyio.move_on_after(6.0):
                await run(snippet, **openers, **names)

    run_virtual(main)


def test_the_example_of_a_conversation_prints_each_caption_with_its_time(capsys: pytest.CaptureFixture[str]) -> None:
    server = FakeLiveServer()
    server.say("Hello there.", at=0.4)
    watch(CONVERSATION, server)
    assert capsys.readouterr().out == "  0.4 s  assistant: Hello\n  0.6 s  assistant:  there.\n"
    assert server.session["audio"]["output"] == {"voice": "marin"}


def test_work_of_the_application() -> None:
    server, questions = FakeLiveServer(), list[str]()

    async def look_up(words: str) -> str:
        questions.append(words)
        return "It is on its way."

    async def main() -> None:
        async with server, connect_live(endpoint=server, microphone=None, speaker=VirtualSpeaker()) as live:
            server.user_says("Where is my order?")
            names = await run(CLIENT_WORK, look_up=look_up, DelegationStarted=DelegationStarted)
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(names["work"], live)
                await anyio.sleep(0.1)
                work_id = server.delegate()
                spoken = await server.wait_for("session.commentary.append")
                assert (spoken["content"], spoken["delegation_id"]) == ("It is on its way.", work_id)
                tasks.cancel_scope.cancel()

    run_virtual(main)
    assert questions == ["Where is my order?"]
    assert server.refused == []


def test_work_of_a_backend_model(capsys: pytest.CaptureFixture[str]) -> None:
    server = FakeLiveServer()

    async def meanwhile() -> None:
        await server.wait_for("session.input_audio.append")
        server.delegate(call("free_tables", {"day": "Monday"}), answer="At seven.")

    watch(TOOLS, server, meanwhile)
    assert capsys.readouterr().out == "At seven."
    assert list(server.outputs.values()) == ['["19:00","20:30"]']


def test_a_next_session_begins_with_the_words_of_the_last(capsys: pytest.CaptureFixture[str]) -> None:
    server = FakeLiveServer()
    server.say("Hello there.", at=0.4)

    async def meanwhile() -> None:
        await server.wait_for("session.start")
        await anyio.sleep(2.0)
        server.say("Where were we?", at=0.4)  # it goes on in the next session
        server.expire()

    watch(AGAIN, server, meanwhile)
    starts = [event["session"] for event in server.received if event["type"] == "session.start"]
    assert [start.get("input") for start in starts] == [
        None, [{"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Hello there."}]}],
    ]  # fmt: skip
    assert capsys.readouterr().out.startswith("Hello there.")


def test_the_example_of_a_translation_prints_both_sides(capsys: pytest.CaptureFixture[str]) -> None:
    server = FakeLiveServer(protocol="translation")
    server.say("Hola.", at=1.0)

    async def meanwhile() -> None:
        await server.wait_for("session.input_audio_buffer.append", 5)
        server.user_says("Hello.")

    watch(TRANSLATION, server, meanwhile)
    assert capsys.readouterr().out == "user: Hello.\nassistant: Hola.\n"


def test_the_example_of_another_address_connects_there() -> None:
    async def main() -> None:
        names = await run(ADDRESS, key="secret")
        assert isinstance(names["endpoint"], UrlEndpoint)
        assert names["endpoint"].name == "wss://my-resource.openai.azure.com/openai/v1/live/sessions"

    run_virtual(main)
