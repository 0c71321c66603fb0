"""`realtime-sdk align`: the captions of an audio file with a known transcript."""

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
def audio_file(tmp_path: Path) -> Path:
    t = np.arange(2 * 16_000) / 16_000
    stereo = np.outer(0.3 * np.sin(2 * np.pi * 150 * t) * (t % 0.5 < 0.4), [1.0, 1.0])
    path = tmp_path / "sound.flac"
    soundfile.write(path, stereo, 16_000)
    return path


def run(*arguments: object) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["align", *map(str, arguments)])
    return result.exit_code, result.stdout, result.stderr


def test_captions_are_printed(audio_file: Path) -> None:
    code, printed, _ = run(audio_file, TEXT)
    assert code == 0
    assert printed.startswith("WEBVTT\n")
    assert " ".join(cue.text.replace("\n", " ") for cue in webvtt.from_string(printed).captions) == TEXT


def test_text_and_captions_may_be_files(audio_file: Path, tmp_path: Path) -> None:
    (tmp_path / "text.txt").write_text(f"{TEXT}\n", "utf-8")
    code, printed, _ = run(audio_file, tmp_path / "text.txt", "--output", tmp_path / "captions.vtt", "--speaker", "Ann")
    assert (code, printed) == (0, "")
    cues = webvtt.read(str(tmp_path / "captions.vtt"))
    assert {cue.voice for cue in cues.captions} == {"Ann"}


def test_a_file_that_is_no_audio_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "sound.wav").write_text("no audio")
    code, _, error = run(tmp_path / "sound.wav", TEXT)
    assert code == 1
    assert "can't be read as audio" in error


def test_an_output_that_cannot_be_written_is_an_error(audio_file: Path, tmp_path: Path) -> None:
    code, _, error = run(audio_file, TEXT, "--output", tmp_path / "missing" / "captions.vtt")
    assert code == 1
    assert "can't be written" in error
