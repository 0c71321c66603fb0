"""The examples, on the fakes and the virtual clock."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

import anyio
import numpy as np
import pytest
import soundfile

from realtime_sdk import Utterance, WavMicrophone, to_srt
from realtime_sdk.testing import (
    FakeLiveServer,
    FakeServer,
    SpokenSegment,
    VirtualMicrophone,
    VirtualSpeaker,
    call,
    message,
    noise,
    run_virtual,
)

EXAMPLES = Path(__file__).parents[2] / "examples"


def example(name: str) -> dict[str, Any]:
    return runpy.run_path(str(EXAMPLES / f"{name}.py"))


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.py")), ids=lambda path: path.name)
def test_examples_are_short(path: Path) -> None:
    assert len(path.read_text().splitlines()) < 80


def test_talk_prints_each_word_when_it_is_heard(capsys: pytest.CaptureFixture[str]) -> None:
    talk = example("talk")["talk"]

    async def main() -> None:
        server = FakeServer()
        server.reply(message("One moment.", phase="commentary"), call("what_day_is_it", {}))
        server.reply(message("It is a fine day for a walk by the sea.", seconds=6.0, phase="final_answer"))
        server.reply(message("All right.", phase="final_answer"))
        async with server, anyio.create_task_group() as tasks:
            tasks.start_soon(lambda: talk(endpoint=server, microphone=VirtualMicrophone(), speaker=VirtualSpeaker()))
            await server.wait_for("session.update")
            await server.user_speaks("What day is it?")
            await server.wait_for("response.create")
            await anyio.sleep(4.0)
            await server.user_speaks("Stop.")
            await anyio.sleep(4.0)
            tasks.cancel_scope.cancel()

    run_virtual(main)
    printed = capsys.readouterr().out
    lines = printed.splitlines()
    assert "\033[90mvoice: One moment.\033[0m" in lines
    assert "  you: What day is it?" in lines
    assert any(line.startswith(" tool: what_day_is_it → ") for line in lines)
    [cut] = [line for line in lines if "cut at" in line]
    assert cut.startswith("\033[0mvoice: It is a fine day")
    assert "by the sea" not in cut
    assert lines[-2:] == ["\033[0mvoice: All right.\033[0m", "  you: Stop."]


def test_subtitles_are_shown_as_they_come_and_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    subtitle = example("subtitles")["subtitle"]
    soundfile.write(tmp_path / "talk.wav", noise(6.0, seed=3), 24_000)

    async def main() -> None:
        async with FakeServer(intent="transcription") as server, anyio.create_task_group() as tasks:
            microphone = WavMicrophone(tmp_path / "talk.wav", ends=True)
            tasks.start_soon(lambda: subtitle(str(tmp_path / "talk.srt"), endpoint=server, microphone=microphone))
            await server.wait_for("session.update")
            await anyio.sleep(1.01)
            segments = [SpokenSegment("A", "Ready?", 0.3, 0.9), SpokenSegment("B", "Yes.", 1.1, 1.5)]
            await server.user_speaks("Ready? Yes.", seconds=2.0, segments=segments)

    run_virtual(main)
    assert capsys.readouterr().out == "   1.00  A: Ready?\n   1.80  B: Yes.\n"
    assert (tmp_path / "talk.srt").read_text().startswith("1\n00:00:01,000 --> 00:00:01,600\nA: Ready?\n")


def test_say_writes_the_answer_to_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    say, audio = example("say")["say"], noise(2.0, seed=3)

    async def main() -> None:
        server = FakeServer()
        server.reply(message("It is 391.", pcm=audio))
        async with server:
            await say("What is 17 times 23?", str(tmp_path / "answer.wav"), endpoint=server)

    run_virtual(main)
    assert capsys.readouterr().out == "It is 391.\n"
    written, _ = soundfile.read(tmp_path / "answer.wav", dtype="int16")
    assert np.array_equal(written, audio)


def test_translate_prints_what_is_heard_and_keeps_it(capsys: pytest.CaptureFixture[str]) -> None:
    translate, said = example("translate")["translate"], list[Utterance]()

    async def main() -> None:
        server = FakeLiveServer(protocol="translation")
        server.say("Hola, buenas.", at=1.0)
        options = {"endpoint": server, "microphone": VirtualMicrophone(), "speaker": VirtualSpeaker()}
        async with server:
            with anyio.move_on_after(4.0):
                await translate("es", said, **options)

    run_virtual(main)
    assert capsys.readouterr().out == "Hola, buenas."
    assert "Assistant: Hola, buenas." in to_srt(said)
