"""Which tests run in one process with `-n`: those that share a sound server, a browser or the speech models."""

from __future__ import annotations

from typing import Final

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
    """Gives a process all tests that share something, and every other test to the process that is free.

    xdist's own groups, `--dist=loadgroup`, have no effect with pytest 9.2.
    """

    def _split_scope(self, nodeid: str) -> str:
        """Return the name of what a test shares, or its own."""
        return next((shared for beginning, shared in SHARED.items() if nodeid.startswith(beginning)), nodeid)
