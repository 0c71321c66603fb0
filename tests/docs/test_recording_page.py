"""The snippets of the page about recordings run."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import anyio
import pytest

from realtime_sdk import RecordingFailed, RecordingRestored, Tap, connect
from realtime_sdk.recording import _sdk_event_log, read
from realtime_sdk.recording._files import FILES
from realtime_sdk.testing import FakeServer, VirtualSpeaker, message, run_virtual

from .pages import DOCS, blocks, run

RECORD, WATCH, REPORT, READ, BY_HAND = blocks("recording.md", "python")


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def talk(code: str, **names: Any) -> None:
    async def main() -> None:
        server = FakeServer()
        server.reply(message("Hello there.", seconds=1.0))
        given: dict[str, Any] = {"endpoint": server, "microphone": None, "speaker": VirtualSpeaker()}
        async with server:
            await run(code, connect=partial(connect, **given), **names)

    run_virtual(main)


def test_a_session_is_recorded_reported_and_read_back(capsys: pytest.CaptureFixture[str]) -> None:
    talk(RECORD)
    assert {path.name for path in Path("talks/monday").iterdir()} == set(FILES)
    page = anyio.run(partial(run, REPORT))["page"]
    assert "Hello" in page and "<dt>cost</dt>" in page
    anyio.run(partial(run, READ))
    assert len(capsys.readouterr().out.splitlines()) == len(list(read("talks/monday")))


class Silent(Tap):
    """A tap that does nothing."""


def test_a_recorder_stands_beside_other_taps() -> None:
    talk(BY_HAND, Sizes=Silent)
    assert len(list(read("talks/tuesday"))) > 0


def test_what_is_reported_of_a_disk_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    class Watched:
        async def events(self, *kinds: type) -> Any:
            yield RecordingFailed(0.0, "talk", "no space left")
            yield RecordingRestored(1.0, "talk", 2.5, 3, 0)

    anyio.run(partial(run, WATCH, session=Watched()))
    assert capsys.readouterr().out == "Not recorded for now: no space left\nRecorded again, without 2.5 s of sound.\n"


def test_the_files_and_the_versions_are_those_of_the_page() -> None:
    page = (DOCS / "recording.md").read_text("utf-8")
    assert all(f"| `{name}` |" in page for name in FILES)
    assert _sdk_event_log.VERSION == 1
