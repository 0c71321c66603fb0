"""The examples in which the user speaks, on the fakes and the virtual clock."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import anyio
import pytest

from realtime_sdk import AzureEndpoint, BargeIn, NullSpeaker
from realtime_sdk.testing import FakeServer, VirtualMicrophone, call, message, run_virtual

from .running import example, talking


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("talk", []), ("captions_file", [Path("talk.vtt")]), ("barge_in", [BargeIn.never()]), ("slow_tool", []),
        ("resume", [Path("talk.json")]), ("record_and_report", ["talk"]), ("talk_azure", []),
    ],
)  # fmt: skip
def test_a_program_that_listens_says_so_and_how_it_ends(
    name: str, arguments: list[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)

    async def main() -> None:
        async with FakeServer() as server, talking(server, example(name)["talk"], *arguments):
            await anyio.sleep(1.0)

    run_virtual(main)
    assert "Ctrl-C ends" in capsys.readouterr().out


def test_the_captions_of_both_sides_are_kept_as_they_are_heard(tmp_path: Path) -> None:
    path = tmp_path / "talk.vtt"

    async def main() -> None:
        server = FakeServer()
        server.reply(message("One two three four five.", seconds=5.0))
        async with server, talking(server, example("captions_file")["talk"], path):
            await anyio.sleep(1.0)
            await server.user_speaks("Count to five.", seconds=1.5)
            await anyio.sleep(2.5)
            await server.user_speaks("Stop.", seconds=0.5)

    run_virtual(main)
    captions = path.read_text()
    assert "00:00:01.000 --> 00:00:02.500\n<v You>Count to five.\n" in captions
    assert "<v Voice>One<" in captions
    assert "three" in captions
    assert "four" not in captions


def test_a_slow_tool_is_bridged_and_cancelled_by_the_user(capsys: pytest.CaptureFixture[str]) -> None:
    async def main() -> None:
        server = FakeServer()
        server.reply(message("Let me search.", seconds=1.0), call("search", {"topic": "sea"}))
        server.reply(message("Still searching.", seconds=1.0))
        server.reply(message("There are three letters.", seconds=2.0))
        server.reply(call("search", {"topic": "moon"}))
        server.reply(message("All right.", seconds=1.0))
        async with server, talking(server, example("slow_tool")["talk"]):
            await server.user_speaks("What is there about the sea?")
            await anyio.sleep(12.0)
            await server.user_speaks("And about the moon?")
            await anyio.sleep(1.0)
            await server.user_speaks("Never mind.")
            await anyio.sleep(4.0)

    run_virtual(main)
    _, *lines = capsys.readouterr().out.splitlines()
    assert lines[:5] == [
        '→ search({"topic": "sea"})', "Let me search.", "Still searching.",
        "← Three letters about the sea, the oldest from 1871.", "There are three letters.",
    ]
    assert lines[5] == '→ search({"topic": "moon"})'
    assert lines[6].startswith("← ")
    assert lines[-1] == "All right."


@pytest.mark.parametrize(("policy", "first"), [
    ("pause", "cut at 2.8 of 5.0 s: One two three —"), ("never", "heard to its end: One two three four five."),
])
def test_a_policy_decides_what_a_barge_in_does(policy: str, first: str, capsys: pytest.CaptureFixture[str]) -> None:
    program = example("barge_in")

    async def main() -> None:
        server = FakeServer()
        server.reply(message("One two three four five.", seconds=5.0))
        server.reply(message("Yes?", seconds=1.0))
        async with server, talking(server, program["talk"], program["POLICIES"][policy]):
            await server.user_speaks("Count to five.")
            await anyio.sleep(2.75)
            await server.user_speaks("I have a question.", seconds=1.5)
            await anyio.sleep(6.0)

    run_virtual(main)
    assert capsys.readouterr().out.splitlines()[1:] == [
        "you speak (listening)", "you speak (speaking)", first, "heard to its end: Yes?",
    ]


def test_yesterdays_talk_goes_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "talk.json"

    async def main() -> list[str]:
        server, talk = FakeServer(), example("resume")["talk"]
        async with server:
            for question, answer in [("My name is Ann.", "Hello, Ann."), ("What is my name?", "Ann.")]:
                server.reply(message(answer, seconds=1.0))
                async with talking(server, talk, path):
                    await server.user_speaks(question)
                    await anyio.sleep(2.0)
        return [item.text for item in server.items]

    known = run_virtual(main)
    assert known[:2] == ["My name is Ann.", "Hello, Ann."]
    assert capsys.readouterr().out.splitlines() == [
        "Speak; Ctrl-C ends, until the next time.",
        "user: My name is Ann.", "assistant: Hello, Ann.",
        "user, earlier: My name is Ann.", "assistant, earlier: Hello, Ann.",
        "Speak; Ctrl-C ends, until the next time.",
        "user: What is my name?", "assistant: Ann.",
    ]


def test_a_talk_is_recorded_and_reported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    program, folder = example("record_and_report"), tmp_path / "talk"

    async def main() -> None:
        server = FakeServer()
        server.reply(message("It is a fine day.", seconds=1.0))
        async with server, talking(server, program["talk"], folder):
            await server.user_speaks("What day is it?")
            await anyio.sleep(2.0)

    run_virtual(main)
    assert ">fine<" in program["write_report"](folder).read_text(encoding="utf-8")
    assert capsys.readouterr().out.splitlines()[1] == "It is a fine day."


def test_azure_is_reached_with_a_key_or_a_token(monkeypatch: pytest.MonkeyPatch) -> None:
    program = example("talk_azure")
    monkeypatch.setenv("AZURE_OPENAI_ENDPOINT", "https://mine.openai.azure.com")
    monkeypatch.setenv("AZURE_OPENAI_API_KEY", "secret")
    endpoint = program["azure"]("voice")
    assert isinstance(endpoint, AzureEndpoint)
    assert "secret" not in repr(endpoint)


def test_azure_is_talked_to_like_any_server(capsys: pytest.CaptureFixture[str]) -> None:
    async def main() -> None:
        server = FakeServer()
        server.reply(message("Good morning.", seconds=1.0))
        async with server, talking(server, example("talk_azure")["talk"]):
            await server.user_speaks("Good morning.")
            await anyio.sleep(2.0)

    run_virtual(main)
    assert capsys.readouterr().out == "Speak; Ctrl-C ends.\nGood morning.\n"


@pytest.mark.real
def test_a_key_begins_a_turn_and_ends_it() -> None:
    push_to_talk = example("push_to_talk")["PushToTalk"]

    async def main() -> None:
        server = FakeServer()
        server.reply(message("One two three.", seconds=0.2))
        async with server:
            app = push_to_talk(endpoint=server, microphone=VirtualMicrophone(), speaker=NullSpeaker())
            async with app.run_test() as pilot:
                await server.wait_for("session.update")
                await pilot.press("space")
                await server.wait_for("input_audio_buffer.append")
                await pilot.press("space")
                await server.wait_for("response.create")
                await pilot.press("escape", "q")

    asyncio.run(main())
