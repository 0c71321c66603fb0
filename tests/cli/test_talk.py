"""`realtime-sdk talk`, on the fakes and the virtual clock: the bundled script from start to end."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import pytest
import soundfile
from rich.console import Console

from realtime_sdk.audio._pcm import to_frames
from realtime_sdk.cli._stop import Stop
from realtime_sdk.cli.commands._talk import Options, _recording_folder, run_talk
from realtime_sdk.cli.display._display import Display
from realtime_sdk.cli.session._device_choice import choose_devices
from realtime_sdk.cli.session._endpoint_choice import _how_to_hear
from realtime_sdk.errors import ConnectionFailed, PortAudioMissing, UsageError
from realtime_sdk.testing import FakeServer, call, message, noise, run_virtual

from .scripted_speech_input import ScriptedSpeechInput

SAID = ("What is 17 times 23?", "Tell me a story.", "Stop. What time is it?")
STORY = "Part one. " + "On a rock far out at sea stood a lighthouse. " * 5


@pytest.fixture(autouse=True)
def no_audio_devices(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hides the devices of the machine that runs the tests."""
    monkeypatch.setattr("realtime_sdk.cli.session._device_choice.list_devices", list)


def server_that_hears(*texts: str) -> FakeServer:
    return FakeServer(ears=partial(ScriptedSpeechInput, iter(texts)))


def talk(server: FakeServer, options: Options) -> Sequence[str]:
    """Run a conversation and return the lines it prints to a pipe."""
    file = io.StringIO()

    async def main() -> None:
        async with server:
            await run_talk(options, Display(Console(file=file, width=80)), Stop())

    run_virtual(main)
    return file.getvalue().splitlines()


def test_without_a_device_the_bundled_script_is_spoken(tmp_path: Path) -> None:
    folder, server = tmp_path / "talk", server_that_hears(*SAID)
    server.reply(message("Let me work that out.", phase="commentary"), message("It is 391.", phase="final_answer"))
    server.reply(message("Let me think.", phase="commentary"), message(STORY, seconds=30.0, phase="final_answer"))
    server.reply(message("It is ten past four.", phase="final_answer"))

    lines = talk(server, Options(endpoint=server, output=folder))

    assert lines[0] == (
        "No audio device: a bundled script is spoken for you, and the reply is written to heard.wav. "
        "Each utterance is printed once it is over."
    )
    assert [line.split(" (")[0] for line in lines[1:5]] == [
        "you: What is 17 times 23?",
        "voice",
        "voice: It is 391.",
        "you: Tell me a story.",
    ]
    assert lines[2].startswith("voice (preamble): Let me work that out. (")
    assert lines[5].startswith("voice (preamble): Let me think. (")
    assert lines[6].startswith("voice: Part one. On a rock ")
    assert "[" in lines[6] and "] — cut at " in lines[6]
    assert lines[7] == "you: Stop. What time is it?"
    assert lines[8].startswith("voice: It is ten past four. (")
    assert lines[9].startswith("3 turns · 5 messages heard · 1 interruption (cut at ")
    assert lines[10] == f"{folder}: captions.vtt, conversation.wav, events.jsonl, heard.wav, sdk_events.jsonl"
    assert lines[11] == f"To look at it: realtime-sdk report {folder}"
    assert len(lines) == 12


def test_without_a_speaker_the_reply_is_in_a_file(tmp_path: Path) -> None:
    audio, server = noise(3.0, seed=5), server_that_hears("Hello.")
    question = tmp_path / "hello.flac"
    soundfile.write(question, noise(1.0, seed=7), 24_000)
    server.reply(message("Hello yourself.", pcm=audio))

    talk(server, Options(endpoint=server, input=question, output=tmp_path / "talk"))

    modes = {oct(path.stat().st_mode & 0o777) for path in (tmp_path / "talk").iterdir()}
    assert modes == {"0o600"} or os.name == "nt", "what was said is for the user alone to read"
    heard, _ = soundfile.read(tmp_path / "talk" / "heard.wav", dtype="int16")
    assert heard[heard != 0].tolist() == audio[audio != 0].tolist()
    assert to_frames(1.0) <= len(server.heard)
    assert sys.platform == "win32" or (tmp_path / "talk").stat().st_mode & 0o777 == 0o700  # it holds what was said


def test_the_model_may_call_the_tool(tmp_path: Path) -> None:
    question = tmp_path / "disk.wav"
    soundfile.write(question, noise(1.0, seed=7), 24_000)
    server = server_that_hears("How much disk is free?")
    server.reply(message("I'll look.", phase="commentary"), call("how_much_disk_is_free", {}))
    server.reply(message("Enough.", phase="final_answer"))

    lines = talk(server, Options(endpoint=server, input=question, output=tmp_path / "talk"))

    [tool] = [line for line in lines if line.startswith("tool:")]
    assert tool.startswith("tool: → how_much_disk_is_free() ✓ ")
    assert "gigabytes are free" in tool
    assert any(line.startswith("voice: Enough.") for line in lines)


def test_the_conversation_ends_after_the_given_time(tmp_path: Path) -> None:
    server = server_that_hears(*SAID)
    server.reply(message(STORY, seconds=60.0))
    lines = talk(server, Options(endpoint=server, output=tmp_path / "talk", seconds=10.0))
    assert lines[-3].startswith("1 turn · 1 message heard")


def test_talks_that_begin_in_the_same_second_are_recorded_into_folders_of_their_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("realtime_sdk.cli.commands._talk.clock.wall", lambda: 1_800_000_000.0)
    with _recording_folder(None) as first, _recording_folder(None) as second:
        (first / "events.jsonl").touch()
        assert second == first.with_name(f"{first.name}_2")
    assert list(Path("talks").iterdir()) == [first]


def test_a_server_that_refuses_the_conversation_ends_it(tmp_path: Path) -> None:
    server = server_that_hears(*SAID)
    file = io.StringIO()

    async def main() -> None:
        async with server:
            options = Options(endpoint=server, output=tmp_path / "talk")
            server.reply(message("It is 391."))
            server.tamper("response.done", hang_up)
            await run_talk(options, Display(Console(file=file, width=80)), Stop())

    def hang_up(event: dict[str, object]) -> list[dict[str, object]]:
        server.hang_up(1008, "not allowed")
        return [event]

    run_virtual(main)
    told = " ".join(file.getvalue().split())
    assert "note: disconnected: the server closed the connection because of its policy: not allowed" in told


def test_a_refused_connection_is_an_error(tmp_path: Path) -> None:
    server, file = server_that_hears(), io.StringIO()
    server.refuse_connections()

    async def main() -> None:
        async with server:
            options = Options(endpoint=server, output=tmp_path / "talk")
            with pytest.raises(ConnectionFailed):
                await run_talk(options, Display(Console(file=file, width=80)), Stop())

    run_virtual(main)
    assert file.getvalue() == ""
    assert list(tmp_path.iterdir()) == []  # no folder is left of a conversation that has not begun


def test_without_a_recording_nothing_is_left_on_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    server = server_that_hears(*SAID)
    for _ in SAID:
        server.reply(message("Yes."))
    lines = talk(server, Options(endpoint=server, record=False, output=tmp_path / "talk"))
    assert lines[0].startswith("No audio device: a bundled script is spoken for you, and the reply is not heard. ")
    assert lines[-1].startswith("3 turns · 3 messages heard")
    assert list(tmp_path.iterdir()) == []


def test_a_missing_library_is_named_and_the_script_is_spoken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("realtime_sdk.cli.session._device_choice.list_devices", no_portaudio)
    server = server_that_hears(*SAID)
    for _ in SAID:
        server.reply(message("Yes."))
    lines = talk(server, Options(endpoint=server, output=tmp_path / "talk"))
    assert lines[0].startswith("No audio device (PortAudio is missing: apt install it): a bundled script is spoken")


def no_portaudio() -> list[object]:
    raise PortAudioMissing("PortAudio is missing: apt install it")


def test_an_input_that_is_no_audio_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("la la la")
    with pytest.raises(UsageError, match=r"notes\.txt can't be read as audio: Format not recognised"):
        choose_devices(tmp_path, spoken=tmp_path / "notes.txt")
    (tmp_path / "sound.raw").write_bytes(bytes(960))
    with pytest.raises(UsageError, match=r"sound\.raw does not say its sample rate: make it a WAV file"):
        choose_devices(tmp_path, spoken=tmp_path / "sound.raw")


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({}, ""), ({"language": "en-GB"}, ""), ({"language": "de", "recogniser": "small"}, ""),
        ({"language": "de"}, ", and speaks 'de': --recogniser takes a model that hears it"),
    ],
)  # fmt: skip
def test_a_language_that_is_spoken_and_not_heard_is_told(settings: dict[str, str], told: str) -> None:
    assert _how_to_hear(settings) == told
