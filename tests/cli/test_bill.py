"""The cost of a conversation, by a file of prices."""

from __future__ import annotations

from pathlib import Path

import pytest

from realtime_sdk.cli.display._bill import Bill
from realtime_sdk.conversation.usage._usage import SessionUsage, TranscriptionUsage
from realtime_sdk.errors import UsageError


def bill(folder: Path, text: str) -> Bill:
    path = folder / "prices.toml"
    path.write_text(text)
    return Bill.read(path)


def test_adds_up_tokens_and_transcriptions_in_the_currency_of_the_file(tmp_path: Path) -> None:
    read = bill(
        tmp_path, 'currency = "USD"\ntext_in = 4\naudio_in = 32.00\naudio_out = 64.0\ntranscription_minute = 0.006\n'
    )
    usage = SessionUsage(
        total=3000, input=2000, output=1000, input_audio=2000, output_audio=1000,
        transcription=TranscriptionUsage(seconds=60.0),
    )  # fmt: skip
    assert read.text(usage) == "0.1340 USD"
    assert read.text(SessionUsage()) == "0.0000 USD"


def test_a_currency_may_be_left_out(tmp_path: Path) -> None:
    assert bill(tmp_path, "text_in = 1").text(SessionUsage(input=1_000_000, input_text=1_000_000)) == "1.0000"


def test_names_the_price_that_is_missing(tmp_path: Path) -> None:
    read, usage = bill(tmp_path, "text_in = 1"), SessionUsage(output=5, output_audio=5)
    assert read.text(usage) == "cost unknown"
    assert (
        read.text(usage, explain=True)
        == "cost unknown: the server counted 5 tokens, and the prices have no audio_out: give one, or 0"
    )


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("audio = 1", r"has audio, and prices are: currency, text_in, "),
        ("text_in = 'dear'", r"prices\.toml: text_in is a price, such as .*, not 'dear'"),
        ("text_in = -1", "not -1"),
        ("text_in", "can't be read: "),
    ],
)
def test_a_file_of_something_else_is_refused(tmp_path: Path, text: str, reason: str) -> None:
    with pytest.raises(UsageError, match=reason):
        bill(tmp_path, text)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="can't be read"):
        Bill.read(tmp_path / "nowhere.toml")
