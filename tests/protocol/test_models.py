"""The models that are used where an application names none."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from realtime_sdk import OpenAIEndpoint
from realtime_sdk.protocol import REALTIME_MODEL, TRANSCRIPTION_MODEL

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    path for folder, kind in (("realtime_sdk", "py"), ("examples", "py"), ("docs", "md")) for path in
    (ROOT / folder).rglob(f"*.{kind}")
)  # fmt: skip

ANNOUNCED_TO_SHUT_DOWN = re.compile(r"\bgpt-realtime(?![\w-])|\bwhisper-1\b|\bgpt-4o-[\w-]*transcribe\b")
"""In January and February 2027."""


def test_the_models_that_are_used_by_default_are_current() -> None:
    assert OpenAIEndpoint().default_model == REALTIME_MODEL
    for model in (REALTIME_MODEL, TRANSCRIPTION_MODEL):
        assert not ANNOUNCED_TO_SHUT_DOWN.fullmatch(model)


@pytest.mark.parametrize("path", [ROOT / "README.md", *PAGES], ids=lambda path: path.name)
def test_nothing_names_a_model_that_is_announced_to_shut_down(path: Path) -> None:
    assert ANNOUNCED_TO_SHUT_DOWN.findall(path.read_text(encoding="utf-8")) == []


def test_the_models_are_named_in_one_module() -> None:
    quoted = re.compile(rf'"({re.escape(REALTIME_MODEL)}|{re.escape(TRANSCRIPTION_MODEL)})"(?!`)')
    package = [path for path in PAGES if path.is_relative_to(ROOT / "realtime_sdk")]
    assert [path.name for path in package if quoted.search(path.read_text(encoding="utf-8"))] == ["_models.py"]
