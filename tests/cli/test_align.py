"""`realtime-sdk align`: the captions of an audio file with a known transcript."""

from __future__ import annotations

import os
import subprocess
import sys
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


def test_an_srt_file_is_subrip(audio_file: Path, tmp_path: Path) -> None:
    assert run(audio_file, TEXT, "--output", tmp_path / "captions.SRT")[0] == 0
    (cue,) = webvtt.from_srt(str(tmp_path / "captions.SRT")).captions
    assert cue.text == f"Speaker: {TEXT}"


@pytest.mark.parametrize("name", ["captions", "captions.txt", "captions.ass"])
def test_captions_of_another_kind_are_refused(audio_file: Path, tmp_path: Path, name: str) -> None:
    code, _, error = run(audio_file, TEXT, "--output", tmp_path / name)
    assert code == 1
    assert ".vtt (WebVTT) or .srt (SubRip)" in error
    assert not (tmp_path / name).exists()


def test_printed_captions_are_utf8_whatever_the_terminal_is(audio_file: Path) -> None:
    command = [sys.executable, "-m", "realtime_sdk", "align", str(audio_file), "Здравствуйте, как дела?"]
    environment = {**os.environ, "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONIOENCODING": "cp1252"}
    done = subprocess.run(command, capture_output=True, env=environment, check=True)
    assert "Здравствуйте," in done.stdout.decode("utf-8")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_a_byte_order_mark_tells_the_encoding_of_a_text(audio_file: Path, tmp_path: Path, encoding: str) -> None:
    mark = "\ufeff" if encoding in ("utf-16-le", "utf-16-be") else ""
    (tmp_path / "text.txt").write_bytes(f"{mark}Grüß dich.".encode(encoding))
    code, printed, _ = run(audio_file, tmp_path / "text.txt")
    assert code == 0
    assert [cue.text for cue in webvtt.from_string(printed).captions] == ["Grüß dich."]


def test_a_text_in_another_encoding_is_refused(audio_file: Path, tmp_path: Path) -> None:
    (tmp_path / "text.txt").write_bytes("Grüß dich.".encode("cp1252"))
    code, _, error = run(audio_file, tmp_path / "text.txt")
    assert code == 1
    assert "UTF-8" in error


@pytest.mark.parametrize("name", ["talk.txt", "my talk.txt", "notes.md", "/talks/one", "./one", r"..\one", "~/talk"])
def test_a_text_file_that_is_not_there_is_not_taken_for_the_transcript(audio_file: Path, name: str) -> None:
    code, _, error = run(audio_file, name)
    assert code == 1
    assert f"there is no text file {name}" in " ".join(error.split())


@pytest.mark.parametrize("text", ["Hello.", "Read the file.", "and/or", "24/7", "3.5", "See a.com now", " talk.txt"])
def test_a_transcript_is_not_taken_for_a_file(audio_file: Path, text: str) -> None:
    code, printed, _ = run(audio_file, text)
    assert code == 0
    assert " ".join(cue.text for cue in webvtt.from_string(printed).captions) == text.strip()


@pytest.mark.parametrize("text", ["", "  \n"])
def test_a_transcript_without_text_is_refused(audio_file: Path, tmp_path: Path, text: str) -> None:
    (tmp_path / "empty.txt").write_text(text)
    assert "the transcript is empty" in run(audio_file, text)[2]
    assert "holds no text" in run(audio_file, tmp_path / "empty.txt")[2]


def test_audio_without_samples_is_refused(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "empty.wav", np.zeros(0, np.int16), 16_000)
    (tmp_path / "empty.raw").write_bytes(b"")
    for name, rate in (("empty.wav", []), ("empty.raw", ["--rate", 16_000])):
        code, _, error = run(tmp_path / name, TEXT, *rate)
        assert code == 1
        assert "holds no audio" in error


def test_silence_is_refused(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "silent.wav", np.zeros(48_000, np.int16), 16_000)
    code, _, error = run(tmp_path / "silent.wav", TEXT)
    assert code == 1
    assert "holds 3.0 s of silence" in error


def test_channels_that_cancel_each_other_are_named(tmp_path: Path) -> None:
    left = np.linspace(-0.5, 0.5, 16_000)
    soundfile.write(tmp_path / "inverted.wav", np.stack([left, -left], axis=1), 16_000, subtype="FLOAT")
    code, _, error = run(tmp_path / "inverted.wav", TEXT)
    assert code == 1
    assert "its channels may cancel each other: give one of them" in " ".join(error.split())


def test_words_that_the_audio_does_not_hold_are_counted(audio_file: Path) -> None:
    code, printed, note = run(audio_file, f"{TEXT} {'And what comes then? ' * 50}")
    assert code == 0
    assert printed.startswith("WEBVTT\n")
    assert "of 205 words were not found in the audio: is the text what is said in it?" in " ".join(note.split())


def test_a_text_that_is_not_what_is_said_is_told(audio_file: Path) -> None:
    _, printed, note = run(audio_file, TEXT)  # the sound is a hum, in which nothing is said
    assert printed.startswith("WEBVTT\n")
    assert "text and audio hardly go together: their fit is " in " ".join(note.split())


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_samples_that_are_no_numbers_are_refused(tmp_path: Path, value: float) -> None:
    samples = np.linspace(-0.5, 0.5, 16_000, dtype=np.float32)
    samples[100] = value
    soundfile.write(tmp_path / "damaged.wav", samples, 16_000, subtype="FLOAT")
    code, _, error = run(tmp_path / "damaged.wav", TEXT)
    assert code == 1
    assert "damaged" in error


def test_the_transcript_may_come_from_the_standard_input(audio_file: Path) -> None:
    result = CliRunner().invoke(app, ["align", str(audio_file), "-"], input="Grüße\n".encode("utf-16"))
    assert (result.exit_code, "Grüße" in result.stdout) == (0, True)
    nothing = CliRunner().invoke(app, ["align", str(audio_file), "-"], input="\n")
    assert (nothing.exit_code, "holds no text" in nothing.stderr) == (1, True)


def test_a_file_without_a_header_is_read_at_the_rate_given(audio_file: Path, tmp_path: Path) -> None:
    samples, rate = soundfile.read(audio_file, dtype="int16")
    raw = tmp_path / "sound.raw"
    raw.write_bytes(np.ascontiguousarray(samples[:, 0]).astype("<i2").tobytes())
    code, _, error = run(raw, TEXT)
    assert code == 1
    assert "pass it, as in --rate 24000" in " ".join(error.split())
    assert run(raw, TEXT, "--rate", rate)[:2] == run(audio_file, TEXT)[:2]
    code, _, error = run(audio_file, TEXT, "--rate", rate)
    assert code == 1
    assert "leave --rate out" in error


def test_a_file_that_is_no_audio_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "sound.wav").write_text("no audio")
    code, _, error = run(tmp_path / "sound.wav", TEXT)
    assert code == 1
    assert " ".join(error.split()).endswith("sound.wav can't be read as audio: Format not recognised.")


def test_an_output_that_cannot_be_written_is_an_error(audio_file: Path, tmp_path: Path) -> None:
    code, _, error = run(audio_file, TEXT, "--output", tmp_path / "missing" / "captions.vtt")
    assert code == 1
    assert "can't be written: there is no folder" in " ".join(error.split())
    (tmp_path / "folder.vtt").mkdir()
    code, _, error = run(audio_file, TEXT, "--output", tmp_path / "folder.vtt")
    assert code == 1
    assert "is a folder: name a file" in " ".join(error.split())


def test_an_output_is_checked_before_the_work_is_done(tmp_path: Path) -> None:
    (tmp_path / "sound.wav").write_text("no audio")
    _, _, error = run(tmp_path / "sound.wav", TEXT, "--output", tmp_path / "missing" / "captions.vtt")
    assert "can't be written" in error


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_a_full_disk_is_an_error(audio_file: Path, tmp_path: Path) -> None:
    (tmp_path / "captions.vtt").symlink_to("/dev/full")
    code, _, error = run(audio_file, TEXT, "--output", tmp_path / "captions.vtt")
    assert code == 1
    assert "can't be written: No space left on device" in " ".join(error.split())
