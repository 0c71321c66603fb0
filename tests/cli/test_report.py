"""`realtime-sdk report`."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from realtime_sdk.cli._app import app

HEADER = '{"format":"realtime_sdk.events","version":1,"sdk":"0.1.0","epoch":1735689600.0}\n'


@pytest.fixture
def talk(tmp_path: Path) -> Path:
    """A recording in which nothing was said."""
    (tmp_path / "talk").mkdir()
    (tmp_path / "talk" / "sdk_events.jsonl").write_text(HEADER)
    return tmp_path / "talk"


def run(*arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["report", *map(str, arguments)])
    return result.exit_code, result.output


def test_the_page_is_put_into_the_folder_of_the_recording(talk: Path) -> None:
    assert run(talk) == (0, f"{talk / 'report.html'}: 0.0 MB, to be opened in a browser\n")
    assert "Nothing was said." in (talk / "report.html").read_text()


@pytest.mark.skipif(sys.platform == "win32", reason="files have no mode")
def test_only_this_user_can_read_it(talk: Path) -> None:
    run(talk)
    assert (talk / "report.html").stat().st_mode & 0o777 == 0o600


def test_or_where_it_is_wanted_and_with_prices(talk: Path, tmp_path: Path) -> None:
    code, _ = run(talk, "-o", tmp_path / "page.html", "--price", "audio_in=32", "--price", "audio_out=64")
    assert code == 0
    assert "<dt>cost</dt><dd>0.0000</dd>" in (tmp_path / "page.html").read_text()


@pytest.mark.parametrize(
    ("price", "message"),
    [
        ("audio_im=32", "did you mean audio_in=…?"),
        ("32", "the names are text_in, "),
        ("audio_in=much", "audio_in is a price"),
    ],
)
def test_a_price_that_is_none_is_told(talk: Path, price: str, message: str) -> None:
    code, output = run(talk, "--price", price)
    assert code == 1
    assert message in output


def test_a_folder_without_a_recording_and_a_page_that_cannot_be_written_are_told(talk: Path, tmp_path: Path) -> None:
    assert run(tmp_path)[0] == 1
    code, output = run(talk, "-o", tmp_path / "none" / "page.html")
    assert code == 1
    assert "page.html can't be written: there is no folder" in " ".join(output.split())
