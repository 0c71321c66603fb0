"""Talks of other kinds: in text alone, played by the application, of which tools and responses fail."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import anyio
import pytest
import soundfile

from realtime_sdk import Session, connect
from realtime_sdk.recording._report._model import ReportData, Spoken
from realtime_sdk.recording._report._reading import read_report
from realtime_sdk.recording._stereo import Channel
from realtime_sdk.testing import FakeServer, VirtualSpeaker, call, message, noise, run_virtual


def recorded(folder: Path, script: Callable[[FakeServer, Session], Awaitable[None]], **options: Any) -> ReportData:
    """Record a talk, and read it."""

    async def main() -> None:
        server = FakeServer()
        talk = connect(endpoint=server, microphone=None, record=folder, **options)
        async with server, talk as session:
            await script(server, session)
            await session.drained()

    run_virtual(main)
    return read_report(folder)


def entries(data: ReportData) -> list[str]:
    return [entry.text if isinstance(entry, Spoken) else f"{entry.name}()" for entry in data.entries]


def test_a_talk_in_text_has_its_words(tmp_path: Path) -> None:
    async def script(server: FakeServer, session: Session) -> None:
        server.reply(message("It is Paris.", phase="final_answer"))
        session.send_text("What is the capital of France?")

    data = recorded(tmp_path, script, speaker=None, output_modalities=["text"])
    assert entries(data) == ["What is the capital of France?", "It is Paris."]
    assert [spoken.phase for spoken in data.spoken] == [None, "final_answer"]


def test_what_the_application_takes_at_once_sounds_one_frame_after_another(tmp_path: Path) -> None:
    answer = noise(2.0, seed=1)

    async def script(server: FakeServer, session: Session) -> None:
        server.reply(message("One two three four five.", pcm=answer))
        session.send_text("Count.")
        async for item in await anext(session.responses()):
            if item.type == "message":
                async for _pcm in item.audio():
                    pass

    data = recorded(tmp_path, script, speaker=None)
    sound, _ = soundfile.read(tmp_path / "conversation.wav", dtype="int16")
    assert sound[:, Channel.ASSISTANT].tolist() == answer.tolist()
    assert list(data.spoken)[-1].end == pytest.approx(2.0)


def test_what_begins_at_the_same_time_stays_in_its_order(tmp_path: Path) -> None:
    def measure() -> str:
        """Measure it."""
        return "1.23 m"

    async def script(server: FakeServer, session: Session) -> None:
        server.reply(call("measure", {}))
        server.reply(message("It is 1.23 m long.", seconds=1.0))
        session.send_text("How long is it?")

    data = recorded(tmp_path, script, speaker=VirtualSpeaker(), tools=[measure])
    assert entries(data) == ["How long is it?", "measure()", "It is 1.23 m long."]


def test_why_a_response_failed_is_told(tmp_path: Path) -> None:
    async def script(server: FakeServer, session: Session) -> None:
        session.send_text("Hello?")
        await anyio.sleep(1.0)

    [incident] = recorded(tmp_path, script, speaker=VirtualSpeaker()).incidents
    assert incident.text.startswith("A response ended as failed: the FakeServer has no reply left")
