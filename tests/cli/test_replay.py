"""`realtime-sdk replay`: a recording once more, in real time or as fast as possible."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from realtime_sdk.cli._app import app

from ..shared import FIXTURES

RUNNER = CliRunner()


def test_as_fast_as_possible_the_captions_are_printed() -> None:
    result = RUNNER.invoke(app, ["replay", str(FIXTURES / "barge_in.jsonl"), "--speed", "0"])
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert lines[1] == "voice: Sentence number 1."
    assert "— cut at" in lines[2]
    assert "you: Stop." in lines


def test_in_real_time_without_a_speaker_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("realtime_sdk.cli.session._device_choice.list_devices", list)
    monkeypatch.setattr("realtime_sdk.testing.recorded._replay.GRACE", 0.0)
    result = RUNNER.invoke(app, ["replay", str(FIXTURES / "one_item.jsonl"), "--plain"])
    assert result.exit_code == 0, result.output
    greeting, first, *_ = result.stdout.splitlines()
    assert "; there is no speaker: only the captions are replayed. " in greeting
    assert first == "voice: It is noon."


def test_a_folder_without_a_recording_is_refused_in_one_line(tmp_path: Path) -> None:
    result = RUNNER.invoke(app, ["replay", str(tmp_path)])
    assert result.exit_code == 1
    assert result.stderr == f"{tmp_path} holds no recording: it has no events.jsonl\n"


def test_a_damaged_line_is_said_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    text = (FIXTURES / "one_item.jsonl").read_text("utf-8")
    (tmp_path / "events.jsonl").write_text(f"{text}no record\n", "utf-8")
    result = RUNNER.invoke(app, ["replay", str(tmp_path), "--speed", "0"])
    assert result.exit_code == 0, result.output
    assert len([record for record in caplog.records if record.name == "realtime_sdk.recording"]) == 1
