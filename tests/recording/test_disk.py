"""A disk that stalls, or is full, holds no event loop: it is reported, and the recording goes on once it can."""

from __future__ import annotations

import asyncio
import errno
import io
import json
import os
import re
import shutil
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from realtime_sdk import RecordingFailed, RecordingRestored, UserSpeechStarted, connect
from realtime_sdk._runtime import clock
from realtime_sdk.audio._pcm import to_frames
from realtime_sdk.errors import UsageError
from realtime_sdk.recording import Recorder, _disk_file, _writer, read
from realtime_sdk.recording._disk_file import DiskFile
from realtime_sdk.recording._stereo import Channel
from realtime_sdk.recording._writer import Writer
from realtime_sdk.session.opening import _task_owner
from realtime_sdk.testing import FakeServer, VirtualSpeaker, message


class Disk:
    """A disk that can be filled, and stalled."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.full = False
        self.runs = threading.Event()  # cleared: no write returns
        self.runs.set()
        self.opens = threading.Event()  # cleared: no file is opened
        self.opens.set()
        self.refused = threading.Event()  # a write was
        monkeypatch.setattr(_disk_file, "create_private", self._create)
        monkeypatch.setattr(_writer, "RETRY_SECONDS", 0.001)
        monkeypatch.setattr(_writer, "STALL_SECONDS", 1000.0)  # a slow machine's disk has not stalled

    def _create(self, path: Path) -> io.FileIO:
        self.opens.wait()
        return _File(self, path)


class _File(io.FileIO):
    def __init__(self, disk: Disk, path: Path) -> None:
        super().__init__(str(path), "xb")
        self._disk = disk

    def write(self, data: Any) -> int:
        self._disk.runs.wait()
        if not self._disk.full:
            return super().write(data)
        half = bytes(data)[: len(data) // 2]  # as much as there is room for
        super().write(half)
        self._disk.refused.set()
        raise OSError(errno.ENOSPC, "No space left on device")


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Disk:
    return Disk(monkeypatch)


async def opened(folder: Path) -> Recorder:
    """A recorder whose files are open."""
    recorder = Recorder(folder)
    await recorder.wait_opened()
    return recorder


async def reported(recorder: Recorder) -> RecordingFailed | RecordingRestored:
    """Wait for the next report about the disk."""
    while True:
        for report in recorder.reports():
            return report
        await asyncio.sleep(0)


async def failed(recorder: Recorder) -> RecordingFailed:
    """Wait for the report that the disk does not write."""
    report = await reported(recorder)
    assert isinstance(report, RecordingFailed)
    assert recorder.reports() == []  # once
    return report


async def restored(recorder: Recorder) -> RecordingRestored:
    """Wait for the report that it writes again."""
    report = await reported(recorder)
    assert isinstance(report, RecordingRestored)
    return report


def test_a_full_disk_is_reported_and_what_waits_is_written_once_there_is_space(disk: Disk, tmp_path: Path) -> None:
    async def main() -> None:
        recorder = await opened(tmp_path)
        assert recorder.reports() == []
        disk.full = True
        recorder.received('{"type": "first"}')
        recorder.captured(clock.wall(), np.full(480, 7, np.int16))
        report = await failed(recorder)
        assert (report.folder, "No space left on device" in report.reason) == (str(tmp_path), True)
        assert "free some space" in report.reason
        disk.full = False
        again = await restored(recorder)
        assert (again.audio_dropped, again.frames_dropped, again.events_dropped) == (0.0, 0, 0)
        recorder.close()
        await recorder.wait_closed()

    asyncio.run(main())
    assert [record.event for record in read(tmp_path)] == [{"type": "first"}]
    sound, _ = soundfile.read(tmp_path / "conversation.wav", dtype="int16")
    assert sound[-480:, Channel.USER].tolist() == [7] * 480


def test_a_stalled_disk_is_reported_and_the_loop_goes_on(
    disk: Disk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_writer, "STALL_SECONDS", 0.0)

    async def main() -> None:
        recorder = await opened(tmp_path)
        disk.runs.clear()
        recorder.received('{"type": "first"}')
        assert "the disk has taken nothing for" in (await failed(recorder)).reason
        disk.runs.set()
        await restored(recorder)
        recorder.close()
        await recorder.wait_closed()

    asyncio.run(main())
    assert [record.event for record in read(tmp_path)] == [{"type": "first"}]


def test_what_is_too_much_to_wait_is_dropped_and_counted_and_words_last_longest(
    disk: Disk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_writer, "STALL_SECONDS", 0.0)
    monkeypatch.setattr(_writer, "LIMIT", 1000)
    frame = json.dumps({"type": "first", "text": "x" * 400})

    async def main() -> None:
        recorder = await opened(tmp_path)
        disk.runs.clear()
        for _ in range(3):  # the third is too much
            recorder.received(frame)
        recorder.captured(clock.wall(), np.zeros(to_frames(1.0), np.int16))
        recorder.emitted(UserSpeechStarted(clock.wall(), "item_1"))
        await failed(recorder)
        disk.runs.set()
        report = await restored(recorder)
        assert (report.audio_dropped, report.frames_dropped, report.events_dropped) == (1.0, 1, 0)
        recorder.close()
        await recorder.wait_closed()

    asyncio.run(main())
    assert len(list(read(tmp_path))) == 2
    assert '"type":"UserSpeechStarted"' in (tmp_path / "sdk_events.jsonl").read_text()


def test_a_session_reports_it_and_goes_on(
    disk: Disk, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def main() -> list[type]:
        server = FakeServer()
        talk = connect(endpoint=server, microphone=None, speaker=VirtualSpeaker(), record=tmp_path)
        async with server, talk as session:
            disk.full = True
            session.send_text("Hello?")
            async for event in session.events(RecordingFailed):
                disk.full = False
                return [type(event)]
        raise AssertionError("it was not reported")

    assert asyncio.run(main()) == [RecordingFailed]
    assert f"not recorded in {tmp_path}: OSError" in caplog.text


def test_a_disk_that_is_full_at_the_beginning_is_a_usage_error(disk: Disk, tmp_path: Path) -> None:
    disk.full = True

    async def main() -> None:
        with pytest.raises(UsageError, match=r"can't record into .*: No space left on device"):
            await opened(tmp_path)

    asyncio.run(main())
    assert not list(tmp_path.iterdir())  # so that it can be tried again


def test_connect_does_not_wait_for_a_disk_that_hangs_at_the_beginning_and_all_is_recorded_once_it_goes_on(
    disk: Disk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_writer, "STALL_SECONDS", 0.0)
    disk.opens.clear()

    async def main() -> str:
        server = FakeServer()
        talk = connect(endpoint=server, microphone=None, speaker=VirtualSpeaker(), record=tmp_path)
        async with server, talk as session:
            report = await anext(session.events(RecordingFailed))
            disk.opens.set()
            return report.reason

    assert "the disk has taken nothing for" in asyncio.run(main())
    assert next(record.type for record in read(tmp_path)) == "session.created"


def test_a_folder_that_turns_out_too_late_to_be_taken_is_reported(
    disk: Disk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_writer, "STALL_SECONDS", 0.0)

    async def main() -> None:
        disk.opens.clear()
        disk.full = True
        recorder = await opened(tmp_path)
        assert "the disk has taken nothing for" in (await failed(recorder)).reason
        disk.opens.set()
        assert "No space left on device; nothing is recorded" in (await failed(recorder)).reason
        recorder.close()
        await recorder.wait_closed()

    asyncio.run(main())


def test_leaving_waits_for_a_stalled_disk_no_longer_than_the_limit(
    disk: Disk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(_writer, "CLOSE_SECONDS", 0.001)

    async def main() -> None:
        recorder = await opened(tmp_path)
        disk.runs.clear()
        recorder.received('{"type": "first"}')
        recorder.close()
        await recorder.wait_closed()
        disk.runs.set()

    asyncio.run(main())
    assert f"the disk has stalled: the recording in {tmp_path} is incomplete unless it goes on" in caplog.text


def test_what_a_full_disk_refuses_at_the_end_is_counted(
    disk: Disk, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def main() -> None:
        recorder = await opened(tmp_path)
        disk.full = True
        recorder.received('{"type": "first"}')
        recorder.close()
        await recorder.wait_closed()

    asyncio.run(main())
    lacks = f"the recording in {tmp_path} lacks 1 frame of the wire and captions: [Errno 28] No space left on device"
    assert lacks in caplog.text
    assert list(read(tmp_path)) == []


def test_of_sound_that_a_full_disk_refuses_at_the_end_the_seconds_are_told(
    disk: Disk, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def main() -> None:
        recorder = await opened(tmp_path)
        disk.full = True
        start = clock.wall()
        for n in range(300):
            recorder.captured(start + n * 0.04, np.zeros(to_frames(0.04), np.int16))
        recorder.close()
        await recorder.wait_closed()

    asyncio.run(main())
    assert re.search(r"lacks 1[12]\.\d s of sound and captions: ", caplog.text)


def test_what_was_dropped_until_the_end_is_told_then(
    disk: Disk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(_writer, "LIMIT", 1000)

    async def main() -> None:
        recorder = await opened(tmp_path)
        disk.runs.clear()
        for _ in range(3):  # the third is too much
            recorder.received(json.dumps({"type": "first", "text": "x" * 400}))
        recorder.captured(clock.wall(), np.zeros(to_frames(1.0), np.int16))
        recorder.close()
        disk.runs.set()
        await recorder.wait_closed()

    asyncio.run(main())
    assert "lacks 1.0 s of sound and 1 frame of the wire: the disk took nothing for too long" in caplog.text


@pytest.mark.skipif(os.name == "nt", reason="Windows deletes no file that is open")
def test_a_folder_that_is_deleted_while_it_is_written_is_reported(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def main() -> None:
        recorder = await opened(tmp_path / "talk")
        shutil.rmtree(tmp_path / "talk")
        recorder.received('{"type": "first"}')
        report = await failed(recorder)
        path = tmp_path / "talk" / "events.jsonl"
        assert report.reason == f"{path} was deleted while it was written; nothing more is recorded"
        recorder.received('{"type": "second"}')
        assert recorder.reports() == []
        recorder.close()
        await recorder.wait_closed()

    asyncio.run(main())
    assert not (tmp_path / "talk").exists()
    assert not caplog.records


@pytest.mark.skipif(os.name == "nt", reason="Windows deletes no file that is open")
def test_a_folder_that_is_deleted_right_before_the_end_is_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def main() -> None:
        recorder = await opened(tmp_path / "talk")
        shutil.rmtree(tmp_path / "talk")
        recorder.close()
        await recorder.wait_closed()

    asyncio.run(main())
    path = tmp_path / "talk" / "captions.vtt"
    assert f"the recording in {path.parent} is incomplete: {path} was deleted while it was written" in caplog.text


def test_a_recording_that_is_moved_while_it_is_written_goes_on(tmp_path: Path) -> None:
    async def main() -> None:
        recorder = await opened(tmp_path / "talk")
        (tmp_path / "talk").rename(tmp_path / "moved")
        recorder.received('{"type": "first"}')
        recorder.close()
        await recorder.wait_closed()

    asyncio.run(main())
    assert [record.event for record in read(tmp_path / "moved")] == [{"type": "first"}]


def test_a_file_holds_whole_records_after_a_refusal(disk: Disk, tmp_path: Path) -> None:
    def refuse(error: OSError) -> None:
        raise error

    file = DiskFile(tmp_path / "file", refuse)
    file.append_line("one")
    disk.full = True
    with pytest.raises(OSError, match="No space left"):
        file.append_line("a long line")
    assert (tmp_path / "file").read_bytes() == b"one\n"
    disk.full = False
    file.append_line("two")
    file.close()
    assert (tmp_path / "file").read_bytes() == b"one\ntwo\n"


def test_a_session_that_is_left_waits_for_its_recording_longer_than_for_its_other_parts(
    disk: Disk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(_task_owner, "LEAVE_TIMEOUT", 0.0)
    close = Writer[Any].close

    def close_and_run_again(writer: Writer[Any]) -> None:
        close(writer)
        asyncio.get_running_loop().call_soon(disk.runs.set)

    monkeypatch.setattr(Writer, "close", close_and_run_again)

    async def main() -> None:
        server = FakeServer()
        server.reply(message("Hello there.", seconds=0.1))
        talk = connect(endpoint=server, microphone=None, speaker=VirtualSpeaker(), record=tmp_path / "talk")
        async with server, talk as session:
            disk.runs.clear()
            response = await session.respond()
            await response.played()

    asyncio.run(main())
    assert "there." in (tmp_path / "talk" / "captions.vtt").read_text()
    assert "the session is left, but" not in caplog.text
