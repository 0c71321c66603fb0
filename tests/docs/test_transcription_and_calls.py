"""The examples of the pages about transcription and calls run."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import anyio
import pytest
import soundfile

from realtime_sdk import connect, to_srt, transcribe
from realtime_sdk.testing import FakeServer, VirtualMicrophone, call, message, noise, run_virtual

from ..session.ears import Loudness, speech
from .pages import blocks, run


def test_the_snippets_of_transcription_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    live, file, fast = blocks("transcription.md", "python")
    soundfile.write(tmp_path / "talk.wav", noise(4.0, seed=1), 24_000)
    monkeypatch.chdir(tmp_path)

    async def main() -> None:
        server = FakeServer(intent="transcription")
        async with server, anyio.create_task_group() as tasks:
            microphone = VirtualMicrophone()
            tasks.start_soon(
                lambda: run(live, transcribe=partial(transcribe, endpoint=server, microphone=microphone))
            )
            await server.wait_for("session.update")
            await anyio.sleep(2.01)
            await server.user_speaks("Once upon a time.", seconds=2.0)
            await anyio.sleep(1.0)
            tasks.cancel_scope.cancel()
        async with FakeServer(intent="transcription") as server, anyio.create_task_group() as tasks:
            tasks.start_soon(lambda: run(file, transcribe=partial(transcribe, endpoint=server), Path=Path))
            await server.wait_for("session.update")
            await anyio.sleep(1.01)
            await server.user_speaks("The end.", seconds=2.0)

    run_virtual(main)
    assert capsys.readouterr().out == "2.0 Once upon a time.\nThe end.\n"
    assert (tmp_path / "talk.srt").read_text() == "1\n00:00:01,000 --> 00:00:02,500\nThe end.\n"

    async def as_fast_as_possible() -> None:
        soundfile.write(tmp_path / "talk.wav", speech((0, 60.0), (1000, 2.0), (0, 1.0)), 24_000)
        async with FakeServer(intent="transcription", ears=Loudness) as server:
            names = {"transcribe": partial(transcribe, endpoint=server), "to_srt": to_srt}
            await run(fast, soundfile=soundfile, Path=Path, **names)
            assert anyio.current_time() < 5.0

    run_virtual(as_fast_as_possible)
    assert (tmp_path / "talk.srt").read_text() == "1\n00:01:00,000 --> 00:01:02,000\nloudness 1000\n"


def test_the_snippet_of_calls_runs(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    [snippet] = blocks("calls.md", "python")

    def look_up(order: str) -> str:
        """Look an order up."""
        return "on its way"

    async def main() -> None:
        server = FakeServer(call_id="rtc_1")
        server.reply(call("look_up", {"order": "7"}))
        server.reply(message("It is on its way.", seconds=1.0))
        names = {"connect": lambda endpoint, **given: connect(endpoint=server, **given), "call_id": "rtc_1"}
        async with server, anyio.create_task_group() as tasks:
            tasks.start_soon(lambda: run(snippet, look_up=look_up, briefing="Be brief.", **names))
            await server.wait_for("session.update")
            await server.user_speaks("Where is order 7?")
            await anyio.sleep(3.0)
            tasks.cancel_scope.cancel()

    run_virtual(main)
    assert "PlayoutFinished(" in capsys.readouterr().out
