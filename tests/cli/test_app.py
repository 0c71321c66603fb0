"""The command line: options, output and exit codes."""

from __future__ import annotations

import io
import os
import re
import signal
import sys
from pathlib import Path

import anyio
import pytest
from anyio.streams.text import TextReceiveStream
from typer.testing import CliRunner

import realtime_sdk.cli
from realtime_sdk.cli._app import app
from realtime_sdk.cli.session._device_choice import ASSETS
from realtime_sdk.devices import DeviceInfo
from realtime_sdk.doctor._machine import NO_DEVICES_ADVICE
from realtime_sdk.testing import FakeServer, message

from .scripted_speech_input import ScriptedSpeechInput
from .test_talk import no_portaudio

RUNNER = CliRunner()


def test_devices_are_listed_and_the_defaults_marked(monkeypatch: pytest.MonkeyPatch) -> None:
    listed = [
        DeviceInfo("Built-in [mic]", 0, 2, 0, 48_000, True, False),
        DeviceInfo("Headset", 1, 1, 2, 44_100, False, True),
    ]
    monkeypatch.setattr("realtime_sdk.devices.list_devices", lambda: listed)
    result = RUNNER.invoke(app, ["devices"])
    assert result.exit_code == 0
    lines = [" ".join(line.split()) for line in result.stdout.splitlines()]
    assert lines[1:] == ["0 Built-in [mic] default input 2 48000 Hz", "1 Headset default output 1 2 44100 Hz"]


def test_a_machine_without_devices_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("realtime_sdk.devices.list_devices", list)
    result = RUNNER.invoke(app, ["devices"])
    assert (result.exit_code, result.stdout) == (0, f"No audio devices found: {NO_DEVICES_ADVICE}.\n")


def test_a_missing_library_is_an_error_with_the_command_that_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("realtime_sdk.devices.list_devices", no_portaudio)
    result = RUNNER.invoke(app, ["devices"])
    assert result.exit_code == 1
    assert result.stderr == "PortAudio is missing: apt install it\n"


def test_an_invalid_endpoint_is_an_error_in_one_line(tmp_path: Path) -> None:
    result = RUNNER.invoke(app, ["talk", "--endpoint", "http://here", "--output", str(tmp_path)])
    assert result.exit_code == 1
    assert result.stderr.count("\n") == 1
    assert "ws://" in result.stderr


def test_a_folder_for_a_recording_that_is_not_made_is_refused(tmp_path: Path) -> None:
    result = RUNNER.invoke(app, ["talk", "--no-record", "--output", str(tmp_path)])
    assert (result.exit_code, "leave --no-record out" in result.stderr) == (1, True)


def test_an_image_that_cannot_be_saved_is_refused_before_the_talk(tmp_path: Path) -> None:
    result = RUNNER.invoke(app, ["talk", "--endpoint", "http://here", "--svg", str(tmp_path / "none" / "talk.svg")])
    assert (result.exit_code, "there is no folder" in result.stderr) == (1, True)


def test_a_missing_input_file_is_an_error() -> None:
    assert RUNNER.invoke(app, ["talk", "--input", "nowhere.wav"]).exit_code == 2


def test_without_its_libraries_the_command_names_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "typer", None)
    with pytest.raises(SystemExit, match=r"pip install 'realtime-voice-sdk\[cli\]'"):
        realtime_sdk.cli.main()


def test_a_character_that_the_terminal_lacks_is_shown_as_a_question_mark(monkeypatch: pytest.MonkeyPatch) -> None:
    written = io.BytesIO()
    listed = [DeviceInfo("Hörer", 0, 0, 2, 48_000, False, True)]
    monkeypatch.setattr("realtime_sdk.devices.list_devices", lambda: listed)
    monkeypatch.setattr(sys, "argv", ["realtime-sdk", "devices"])
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written, "ascii"))
    with pytest.raises(SystemExit):
        realtime_sdk.cli.main()
    sys.stdout.flush()
    assert b"H?rer" in written.getvalue()


TALKING = """
import re
import signal
import realtime_sdk.cli.session._device_choice as sound
from realtime_sdk.cli import main

signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background process ignores it
sound.devices = list
main()
"""


@pytest.mark.real
@pytest.mark.skipif(os.name == "nt", reason="Windows cannot send SIGINT to one process")
def test_ctrl_c_ends_a_conversation_with_its_figures(tmp_path: Path) -> None:
    reply = "On and on. " * 50
    output: list[str] = []

    async def main() -> int | None:
        server = FakeServer(ears=lambda: ScriptedSpeechInput(iter(["What is 17 times 23?"])))
        server.reply(message(reply, seconds=60.0))
        async with server, server.listen() as url:
            options = ["--endpoint", url, "--input", str(ASSETS / "question.flac"), "--output", str(tmp_path / "talk")]
            command = [sys.executable, "-c", TALKING, "talk", *options]
            async with await anyio.open_process(command, stderr=None) as process:
                assert process.stdout is not None
                signals = [signal.SIGINT]
                async for chunk in TextReceiveStream(process.stdout):
                    output.append(chunk)
                    # A line may arrive in two chunks.
                    if signals and "you: What is 17 times 23?" in "".join(output):
                        process.send_signal(signals.pop())
            return process.returncode

    assert anyio.run(main) == 0
    lines = "".join(output).splitlines()
    assert "Traceback" not in "".join(output)
    assert any(line.startswith("1 turn · ") for line in lines)
    files = sorted(path.name for path in (tmp_path / "talk").iterdir())  # heard.wav, if the reply had begun to sound
    assert {"captions.vtt", "conversation.wav", "events.jsonl", "sdk_events.jsonl"} <= {*files}
    assert lines[-2] == f"{tmp_path / 'talk'}: {', '.join(files)}"
    assert (tmp_path / "talk" / "captions.vtt").read_text().count("On") < reply.count("On")


LOADING = """
import signal, sys, threading
import realtime_sdk.local._server as local
from realtime_sdk.cli import main

signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background process ignores it

def load_for_ever(*_):
    print("it is loading", flush=True)
    threading.Event().wait()

local.open_recogniser = load_for_ever
main()
"""


@pytest.mark.real
@pytest.mark.skipif(os.name == "nt", reason="Windows cannot send SIGINT to one process")
def test_ctrl_c_does_not_wait_for_models_that_are_being_loaded() -> None:
    output: list[str] = []

    async def main() -> int | None:
        async with await anyio.open_process([sys.executable, "-c", LOADING, "serve", "--port", "0"]) as process:
            assert process.stdout is not None
            async for chunk in TextReceiveStream(process.stdout):
                if "it is loading" in chunk:
                    process.send_signal(signal.SIGINT)
                output.append(chunk)
        return process.returncode

    assert anyio.run(main) == 0, "".join(output)


def test_the_command_exports_its_entry_point_alone() -> None:
    names = vars(realtime_sdk.cli)["__all__"]
    assert names == [name for name in dir(realtime_sdk.cli) if name[0].isalpha()] == ["main"]


@pytest.mark.parametrize("command", ["", "talk", "serve", "align", "report", "replay", "devices", "doctor"])
def test_help_names_what_an_option_takes_and_no_type_of_python(command: str) -> None:
    page = RUNNER.invoke(app, [*command.split(), "--help"], env={"COLUMNS": "140"}).output
    options = page.partition("─ Options ─")[2]
    assert "--help" in options
    assert not re.findall(r"<[a-z ]+>|bool|BOOLEAN|INTEGER|range", options)
