"""Which tests run together with `-n`, those that share something, and in which order: the longest first."""

from __future__ import annotations

from typing import Any, Final

import pytest
from xdist.scheduler import LoadScopeScheduling

SHARED: Final = {
    "tests/real/test_browser.py": "browser",
    "tests/real/test_page.py": "browser",
    "tests/real/test_report_page.py": "browser",
    "tests/real/": "sound server",
    "tests/acoustic/": "speech models",
    "tests/local/": "speech models",
    "tests/session/test_alignment.py": "speech models",
}
"""What tests share, by the beginning of their path."""


class Scheduling(LoadScopeScheduling):  # type: ignore[misc]  # xdist has no types
    """Gives a process all tests that share something, and of every other file all tests: its fixtures are made once.

    xdist's own groups, `--dist=loadgroup`, have no effect with pytest 9.2.
    """

    def __init__(self, config: pytest.Config, log: Any) -> None:
        super().__init__(config, log)
        config.option.loadscopereorder = False  # xdist would begin with the files of the most tests

    def _split_scope(self, nodeid: str) -> str:
        """Return the name of what a test shares, or its file."""
        return shared_by(nodeid) or nodeid.partition("::")[0]


def shared_by(nodeid: str) -> str | None:
    """Return the name of what a test shares with those of other files."""
    return next((shared for beginning, shared in SHARED.items() if nodeid.startswith(beginning)), None)


def sort_by_length(items: list[pytest.Item]) -> None:
    """Begin with what takes longest: what is shared, and files with tests of many examples."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: (shared_by(item.nodeid) is None, item.path not in slow))
