"""The public names of captions: what an application can call, and nothing else."""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest

import realtime_sdk
from realtime_sdk import Caption, CaptionLine, TranscriptAligner, Utterance

PAGE = (Path(__file__).parents[2] / "docs" / "captions.md").read_text(encoding="utf-8")

ALIGNER = {
    "push_text", "push_audio", "end_text", "end_audio", "anchor", "add_evidence", "pronounce_with", "prepare",
    "next_due", "due", "finish", "flush", "release_audio", "text", "shown", "fit",
}  # fmt: skip


def public(object_: object) -> set[str]:
    return {name for name in dir(object_) if not name.startswith("_")}


@pytest.mark.parametrize(
    ("object_", "names"),
    [
        (TranscriptAligner(24_000), ALIGNER),
        (Caption("", 0, "One", 0.0, 0.2), {"item_id", "index", "text", "start", "end", "estimated"}),
        (CaptionLine(0, "", Caption("", 0, "One", 0.0, 0.2), " two"), {"index", "before", "caption", "after", "text"}),
        (Utterance("user", 0.0, 1.0, []), {"speaker", "start", "end", "captions", "interrupted"}),
    ],
    ids=lambda value: type(value).__name__,
)
def test_an_object_has_the_names_that_are_documented(object_: object, names: set[str]) -> None:
    assert public(object_) == names
    for name in names:
        assert f"`{name}" in PAGE or f".{name}(" in PAGE, f"docs/captions.md lacks {type(object_).__name__}.{name}"


@pytest.mark.parametrize("name", sorted(ALIGNER))
def test_each_member_of_the_aligner_has_a_docstring(name: str) -> None:
    assert inspect.getdoc(inspect.getattr_static(TranscriptAligner, name))


@pytest.mark.parametrize("name", ["align", "to_srt", "to_vtt"])
def test_each_function_has_a_docstring_and_typed_parameters(name: str) -> None:
    function = getattr(realtime_sdk, name)
    assert inspect.getdoc(function)
    assert f"{name}(" in PAGE
    parameters = inspect.signature(function).parameters.values()
    assert all(parameter.annotation is not inspect.Parameter.empty for parameter in parameters)
