"""The tests on the page about testing pass."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ..docs.pages import blocks


def examples_of(page: str) -> list[Callable[[], None]]:
    space: dict[str, Any] = {}
    exec(compile("\n".join(blocks(page, "python")), page, "exec"), space)
    return [value for name, value in space.items() if name.startswith("test_")]


TESTS = examples_of("testing.md")


def test_the_page_has_tests() -> None:
    assert len(TESTS) == 5


@pytest.mark.parametrize("test", TESTS, ids=lambda test: test.__name__)
def test_an_example_passes(test: Callable[[], None]) -> None:
    test()
