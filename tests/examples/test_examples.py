"""The examples, on the fakes and the virtual clock."""

from __future__ import annotations

import re
from pathlib import Path

import anyio
import numpy as np
import pytest
import soundfile

from realtime_sdk import Utterance, WavMicrophone, pytest_plugin, to_srt
from realtime_sdk.testing import (
    FakeLiveServer,
    FakeServer,
    Refuse,
    SpokenSegment,
    VirtualMicrophone,
    VirtualSpeaker,
    call,
    message,
    noise,
    run_virtual,
)

from ..loading import load_everything
from .running import EXAMPLES, example

pytest_plugins = ["pytester"]


@pytest.fixture(scope="module", autouse=True)
def everything_is_loaded() -> None:
    load_everything()


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.py")), ids=lambda path: path.name)
def test_examples_are_short(path: Path) -> None:
    assert len(path.read_text().splitlines()) < 80


def test_the_table_has_every_example_once_and_how_to_run_it() -> None:
    rows = re.findall(r"^\| \[(.+?)\]\((.+?)\).*\| `(.+)` \|$", (EXAMPLES / "README.md").read_text(), re.MULTILINE)
    assert sorted(name for name, _, _ in rows) == sorted(path.name for path in EXAMPLES.glob("*.py"))
    for name, link, command in rows:
        assert link == name
        assert Path(name).stem in command


def test_the_tests_of_an_application_pass(pytester: pytest.Pytester) -> None:
    application = EXAMPLES / "test_my_application.py"
    result = pytester.runpytest_inprocess("-p", "no:cacheprovider", application, plugins=[pytest_plugin])
    result.assert_outcomes(passed=3)


def test_a_chat_is_written_as_the_model_writes(capsys: pytest.CaptureFixture[str]) -> None:
    lines = iter(["What is a fathom?", "And a league?", ""])

    async def main() -> None:
        server = FakeServer()
        server.reply(message("Six feet."))
        server.reply(message("Three miles."))
        async with server:
            await example("chat")["chat"](lambda: next(lines), endpoint=server)

    run_virtual(main)
    assert capsys.readouterr().out == "Six feet.\nThree miles.\n"


def test_a_chat_ends_with_the_reason_why_no_line_is_read() -> None:
    def read() -> str:
        raise UnicodeError("no text")

    async def main() -> None:
        async with FakeServer() as server:
            with pytest.raises(UnicodeError, match="no text"):
                await example("chat")["chat"](read, endpoint=server)

    run_virtual(main)


def test_karaoke_shows_the_line_and_lights_its_words(capsys: pytest.CaptureFixture[str]) -> None:
    async def main() -> None:
        server = FakeServer()
        server.reply(message("One two. Three four.", seconds=4.0))
        async with server:
            await example("karaoke")["sing"]("Count.", endpoint=server, speaker=VirtualSpeaker())

    run_virtual(main)
    rows = re.sub(r"\033\[(?:90|0)m", "", capsys.readouterr().out).split("\n")
    shown = [[drawn.replace("\033[1;97m", "*") for drawn in row.split("\r\033[K") if drawn] for row in rows]
    assert shown == [["*One two.", "One* two."], ["*Three four.", "Three* four."], []]


def test_many_sessions_run_at_once_and_one_that_fails_ends_no_other(capsys: pytest.CaptureFixture[str]) -> None:
    async def main() -> None:
        server = FakeServer()
        server.reply(message("Blue.", seconds=1.0))
        server.reply(message("Green.", seconds=1.0))
        server.refuse_connections(1, Refuse(403))
        async with server:
            await example("many_sessions")["ask_all"]("The sea?", ["marin", "alloy", "cedar"], endpoint=server)

    run_virtual(main)
    answers = capsys.readouterr().out.splitlines()
    assert {answer.partition(", ")[2] for answer in answers} >= {"1.0 s: Blue.", "1.0 s: Green."}
    assert sum("403" in answer for answer in answers) == 1
    assert len(answers) == 3


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
    listening, *lines = capsys.readouterr().out.splitlines()
    assert listening.startswith("Listening; ")
    assert lines == ["   1.00  A: Ready?", "   1.80  B: Yes."]
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


def test_answer_file_writes_the_answer_and_its_subtitles(tmp_path: Path) -> None:
    answer, question, audio = example("answer_file")["answer"], noise(1.5, seed=4), noise(2.0, seed=3)
    soundfile.write(tmp_path / "question.wav", question, 24_000)

    async def main() -> None:
        server = FakeServer()
        server.reply(message("Let me see.", seconds=1.0, phase="commentary"), message("It is 391.", pcm=audio))
        async with server:
            await answer(str(tmp_path / "question.wav"), tmp_path, endpoint=server)
        assert np.array_equal(server.heard, question)

    run_virtual(main)
    written, _ = soundfile.read(tmp_path / "answer.wav", dtype="int16")
    assert np.array_equal(written[24_000:], audio)
    subtitles = (tmp_path / "answer.srt").read_text()
    assert "--> 00:00:01,000\nLet me see.\n" in subtitles
    assert "--> 00:00:03,000\nIt is 391.\n" in subtitles


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
    assert capsys.readouterr().out.splitlines()[1:] == ["Hola, buenas."]
    assert "Assistant: Hola, buenas." in to_srt(said)
