"""The program of the page about the local server runs."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from ..docs.pages import blocks

pytestmark = pytest.mark.real


def test_the_program_prints_what_is_heard_and_gets_an_answer(capsys: pytest.CaptureFixture[str]) -> None:
    [example] = blocks("local.md", "python")
    space: dict[str, Any] = {}
    exec(compile(example, "local.md", "exec"), space)
    assert asyncio.run(space["main"]()) == "2 plus 2 is 4."
    assert capsys.readouterr().out == "It hears English only.\n"
