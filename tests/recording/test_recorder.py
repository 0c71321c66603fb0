"""A recording: the wire, the audio as it was heard, the captions at the times they were heard."""

from __future__ import annotations

import asyncio
import os
import sys
import wave
from collections.abc import Callable
from pathlib import Path

import anyio
import numpy as np
import pytest
import soundfile
import webvtt

from realtime_sdk import CaptionShown, PlayoutFinished, connect
from realtime_sdk._runtime import clock
from realtime_sdk.audio._pcm import Pcm, to_frames
from realtime_sdk.errors import ConnectionFailed, UsageError
from realtime_sdk.recording import Recorder, read
from realtime_sdk.recording._stereo import Channel
from realtime_sdk.testing import FakeServer, VirtualMicrophone, VirtualSpeaker, message, noise, run_virtual

ANSWER = "It is ten past four in the afternoon."


def recorded_audio(folder: Path) -> tuple[Pcm, Pcm]:
    """The audio of the user and of the assistant."""
    sound, rate = soundfile.read(folder / "conversation.wav", dtype="int16")
    assert rate == 24_000
    return sound[:, Channel.USER], sound[:, Channel.ASSISTANT]


def cues(folder: Path) -> list[webvtt.Caption]:
    return list(webvtt.read(str(folder / "captions.vtt")).captions)


def test_a_session_is_recorded_as_wire_audio_and_captions(tmp_path: Path) -> None:
    question, microphone, speaker, server = noise(1.0, seed=1), VirtualMicrophone(), VirtualSpeaker(), FakeServer()
    folder = tmp_path / "talk"

    async def main() -> None:
        server.reply(message(ANSWER, seconds=2.0, phase="final_answer"))
        async with (
            server,
            connect(
                endpoint=server, microphone=microphone, speaker=speaker, record=folder, transcription={"model": "any"}
            ) as session,
        ):
            microphone.say(question)
            await server.user_speaks("What time is it?", seconds=1.0)
            async for event in session.events():
                if isinstance(event, PlayoutFinished):
                    return

    run_virtual(main)

    records = list(read(folder))
    assert records[0].event is not None and records[0].event["type"] == "session.created"
    assert [r.event["type"] for r in records if r.dir == "server" and r.event] == [e["type"] for e in server.sent]
    assert [r.event["type"] for r in records if r.dir == "client" and r.event] == [e["type"] for e in server.received]

    user, assistant = recorded_audio(folder)
    assert user[user != 0].tolist() == question[question != 0].tolist()
    assert assistant[assistant != 0].tolist() == speaker.heard[speaker.heard != 0].tolist()

    said, *heard = cues(folder)
    assert said.text == "What time is it?"
    assert " ".join(caption.text for caption in heard) == ANSWER


def test_a_recorder_may_be_the_tap_of_a_session(tmp_path: Path) -> None:
    async def main() -> None:
        server = FakeServer()
        server.reply(message(ANSWER, seconds=2.0))
        async with (
            server,
            connect(endpoint=server, microphone=None, speaker=VirtualSpeaker(), tap=Recorder(tmp_path)) as session,
        ):
            response = await session.respond()
            await response.played()

    run_virtual(main)
    assert " ".join(caption.text for caption in cues(tmp_path)) == ANSWER


def test_unheard_audio_and_words_appear_only_in_the_wire_events(tmp_path: Path) -> None:
    speaker, server = VirtualSpeaker(), FakeServer()
    folder = tmp_path / "talk"

    async def main() -> None:
        server.reply(message("One two three four five six seven eight nine ten.", seconds=5.0))
        async with server, connect(endpoint=server, microphone=None, speaker=speaker, record=folder) as session:
            await session.respond()
            await anyio.sleep(2.0)
            await session.interrupt()
            await anyio.sleep(2.0)

    run_virtual(main)

    _, assistant = recorded_audio(folder)
    assert len(assistant) <= to_frames(2.2)
    [caption] = cues(folder)
    assert caption.text.startswith("One two")
    assert "ten" not in caption.text


def test_a_session_that_never_opened_leaves_no_folder(tmp_path: Path) -> None:
    async def main() -> None:
        closed_port = "ws://127.0.0.1:9"
        async with connect(endpoint=closed_port, microphone=None, speaker=VirtualSpeaker(), record=tmp_path / "talk"):
            raise AssertionError("no server listens there")

    with pytest.raises(ConnectionFailed):
        asyncio.run(main())

    assert list(tmp_path.iterdir()) == []


def test_captions_after_a_pause_have_the_times_at_which_they_were_heard(tmp_path: Path) -> None:
    shown: list[float] = []

    async def main() -> None:
        server = FakeServer()
        server.reply(message("One two three four five six seven eight nine ten.", seconds=5.0))
        async with (
            server,
            connect(endpoint=server, microphone=None, speaker=VirtualSpeaker(), record=tmp_path / "talk") as session,
        ):
            await session.respond()
            await anyio.sleep(2.0)
            session.pause()
            await anyio.sleep(10.0)
            session.resume()
            async for event in session.events():
                if isinstance(event, CaptionShown):
                    shown.append(event.at)
                elif isinstance(event, PlayoutFinished):
                    return

    run_virtual(main)

    last = cues(tmp_path / "talk")[-1]
    assert last.end_in_seconds >= 15
    assert shown[-1] - shown[0] > 10.0


CRASHING = """
import asyncio, sys
import numpy as np
from realtime_sdk._runtime import clock
from realtime_sdk.recording import Recorder

async def main():
    recorder = Recorder(sys.argv[1])
    recorder.received('{"type": "session.created"}')
    start = clock.wall()
    for n in range(500):
        recorder.captured(start + n * 0.02, np.full(480, 7, np.int16))
    await asyncio.Event().wait()

asyncio.run(main())
"""


def frames_on_disk(path: Path) -> int:
    """The frame count in the header."""
    try:
        with wave.open(str(path), "rb") as sound:
            return sound.getnframes()
    except (OSError, EOFError, wave.Error):
        return 0


def test_after_a_crash_audio_and_events_can_be_read(tmp_path: Path) -> None:
    nine_seconds = to_frames(9.0)  # of ten: less than the last one may be missing
    sound, events = tmp_path / "conversation.wav", tmp_path / "events.jsonl"

    async def main() -> None:
        async with await anyio.open_process([sys.executable, "-c", CRASHING, str(tmp_path)]) as process:
            # A file has no event to wait for.
            while frames_on_disk(sound) < nine_seconds or not events.stat().st_size:
                assert process.returncode is None, "the program has ended by itself"
                await anyio.sleep(0.02)
            process.kill()

    anyio.run(main)
    assert frames_on_disk(sound) >= nine_seconds
    assert [record.event for record in read(tmp_path)] == [{"type": "session.created"}]


def test_a_second_after_a_reply_all_of_it_is_on_the_disk_though_nothing_more_comes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Recorder, "_finish", lambda self, files, lines: None)  # as if the program was killed

    async def main() -> None:
        server = FakeServer()
        server.reply(message(ANSWER, pcm=noise(2.3, seed=1)))
        speaker = VirtualSpeaker()
        async with server, connect(endpoint=server, microphone=None, speaker=speaker, record=tmp_path) as session:
            response = await session.respond()
            await response.played()
            await anyio.sleep(1.0)

    run_virtual(main)
    heard = np.flatnonzero(recorded_audio(tmp_path)[1])
    assert (heard[-1] - heard[0]) / 24_000 == pytest.approx(2.3, abs=0.001)


def test_the_callers_buffer_may_be_reused_at_once(tmp_path: Path) -> None:
    async def main() -> None:
        recorder = Recorder(tmp_path)
        buffer = np.full(480, 7, np.int16)
        recorder.captured(clock.wall(), buffer)
        buffer[:] = 0
        recorder.close()
        await recorder.wait_closed()

    anyio.run(main)
    assert recorded_audio(tmp_path)[0][-480:].tolist() == [7] * 480


def test_a_second_close_does_nothing(tmp_path: Path) -> None:
    async def main() -> None:
        recorder = Recorder(tmp_path)
        recorder.close()
        recorder.close()
        await recorder.wait_closed()
        recorder.sent('{"type": "response.create"}')

    anyio.run(main)
    assert list(read(tmp_path)) == []
    assert (tmp_path / "captions.vtt").read_text().startswith("WEBVTT")


def test_a_folder_that_holds_a_recording_is_not_overwritten(tmp_path: Path) -> None:
    async def main() -> None:
        first = Recorder(tmp_path)
        await first.wait_opened()
        first.close()
        with pytest.raises(UsageError, match=f"^{tmp_path} already holds a recording"):
            await Recorder(tmp_path).wait_opened()

    anyio.run(main)


@pytest.mark.parametrize("name", ["file/talk", "ta\0lk", 300 * "talk"])
def test_a_folder_that_cannot_be_made_is_named(name: str, tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    async def main() -> None:
        with pytest.raises(UsageError, match=r"can't record into .*lk"):
            await Recorder(tmp_path / name).wait_opened()

    anyio.run(main)


def test_a_folder_without_a_name_is_refused() -> None:
    async def main() -> None:
        with pytest.raises(UsageError, match="record is empty"):
            Recorder("")

    anyio.run(main)


FILES = {"events.jsonl", "sdk_events.jsonl", "conversation.wav", "captions.vtt"}


def record(folder: Path, meddle: Callable[[Path], None] = lambda folder: None) -> None:
    """Record a frame into a folder; `meddle` with the folder before the frame is written."""

    async def main() -> None:
        recorder = Recorder(folder)
        await recorder.wait_opened()
        meddle(folder)
        recorder.received("{}")
        recorder.close()
        await recorder.wait_closed()

    asyncio.run(main())


def replace_by_links(folder: Path) -> None:
    (folder.parent / "precious").write_text("kept")
    for path in list(folder.iterdir()):
        path.unlink()
        path.symlink_to(folder.parent / "precious")


POSIX = pytest.mark.skipif(sys.platform == "win32", reason="files have no mode, and links need a privilege")


@POSIX
def test_only_this_user_can_read_a_recording(tmp_path: Path) -> None:
    previous = os.umask(0)
    try:
        record(tmp_path / "talk")
    finally:
        os.umask(previous)
    modes = {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "talk").iterdir()}
    assert modes == dict.fromkeys(FILES, 0o600)
    assert (tmp_path / "talk").stat().st_mode & 0o777 == 0o700


@POSIX
@pytest.mark.parametrize("name", sorted(FILES))
@pytest.mark.parametrize("exists", [True, False])
def test_nothing_is_written_through_a_link(tmp_path: Path, name: str, exists: bool) -> None:
    target = tmp_path / "precious"
    if exists:
        target.write_text("kept")
    (tmp_path / "talk").mkdir()
    (tmp_path / "talk" / name).symlink_to(target)
    with pytest.raises(UsageError, match="already holds a recording"):
        record(tmp_path / "talk")
    assert target.exists() is exists
    assert not exists or target.read_text() == "kept"
    assert [path.name for path in (tmp_path / "talk").iterdir()] == [name]


@POSIX
def test_a_link_put_into_the_folder_later_is_not_followed(tmp_path: Path) -> None:
    record(tmp_path / "talk", replace_by_links)
    assert (tmp_path / "precious").read_text() == "kept"


@POSIX
def test_a_folder_that_is_a_link_is_refused(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "talk").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(UsageError, match="is a link"):
        record(tmp_path / "talk")
    assert not list((tmp_path / "elsewhere").iterdir())


@POSIX
def test_a_folder_of_another_user_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    owner = tmp_path.stat().st_uid
    monkeypatch.setattr(os, "geteuid", lambda: owner + 1)
    with pytest.raises(UsageError, match="belongs to another user"):
        record(tmp_path)
    assert not list(tmp_path.iterdir())


def test_captions_of_what_was_heard_are_on_the_disk_without_a_regular_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Recorder, "_finish", lambda self, files, lines: None)

    async def main() -> None:
        server = FakeServer()
        server.reply(message(ANSWER, seconds=2.0))
        server.reply(message("And now it is eleven past four.", seconds=2.0))
        async with (
            server,
            connect(endpoint=server, microphone=None, speaker=VirtualSpeaker(), record=tmp_path / "talk") as session,
        ):
            for _ in range(2):
                response = await session.respond()
                await response.played()

    run_virtual(main)
    assert " ".join(caption.text for caption in cues(tmp_path / "talk")) == f"{ANSWER} And now it is eleven past four."
