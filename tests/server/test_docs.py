"""The example on the page about the server works, and is short."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from ..docs.pages import blocks

pytestmark = pytest.mark.real


def test_the_backend_of_the_example_responds() -> None:
    [example] = blocks("server.md", "python")
    assert len([line for line in example.splitlines() if line and not line.startswith(("import", "from"))]) <= 20
    space: dict[str, Any] = {}
    exec(compile(example, "server.md", "exec"), space)
    assert asyncio.run(space["main"]()) == "1 2 3 "
