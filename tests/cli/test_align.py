"""`realtime-sdk align`: a sound file and its text made captions."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile
import webvtt
from typer.testing import CliRunner

from realtime_sdk.cli._app import app

TEXT = "Hello there. How are you?"


@pytest.fixture
def sound(tmp_path: Path) -> Path:
    t = np.arange(2 * 16_000) / 16_000
    stereo = np.outer(0.3 * np.sin(2 * np.pi * 150 * t) * (t % 0.5 < 0.4), [1.0, 1.0])
    path = tmp_path / "sound.flac"
    soundfile.write(path, stereo, 16_000)
    return path


def run(*arguments: object) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["align", *map(str, arguments)])
    return result.exit_code, result.stdout, result.stderr


def test_the_captions_come_on_the_terminal(sound: Path) -> None:
    code, shown, _ = run(sound, TEXT)
    assert code == 0
    assert shown.startswith("WEBVTT\n")
    assert " ".join(cue.text.replace("\n", " ") for cue in webvtt.from_string(shown).captions) == TEXT


def test_text_and_captions_may_be_files(sound: Path, tmp_path: Path) -> None:
    (tmp_path / "text.txt").write_text(f"{TEXT}\n", "utf-8")
    code, shown, _ = run(sound, tmp_path / "text.txt", "--output", tmp_path / "captions.vtt", "--speaker", "Ann")
    assert (code, shown) == (0, "")
    cues = webvtt.read(str(tmp_path / "captions.vtt"))
    assert {cue.voice for cue in cues.captions} == {"Ann"}


def test_what_is_no_sound_is_told(tmp_path: Path) -> None:
    (tmp_path / "sound.wav").write_text("no sound")
    code, _, told = run(tmp_path / "sound.wav", TEXT)
    assert code == 1
    assert "can't be read as sound" in told


def test_where_nothing_can_be_written_is_told(sound: Path, tmp_path: Path) -> None:
    code, _, told = run(sound, TEXT, "--output", tmp_path / "missing" / "captions.vtt")
    assert code == 1
    assert "can't be written" in told
