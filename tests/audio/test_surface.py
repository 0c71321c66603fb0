"""What an application sees of audio formats."""

from __future__ import annotations

import pytest

from realtime_sdk.audio import AudioFormat, Formats


@pytest.mark.parametrize(
    ("kind", "names"),
    [(AudioFormat, {"type", "rate", "of", "encode", "decode"}), (Formats, {"input", "output"})],
)
def test_a_format_shows_what_an_application_reads_and_calls(kind: type, names: set[str]) -> None:
    assert {name for name in dir(kind) if not name.startswith("_")} == names
