"""`realtime-sdk --version`."""

from __future__ import annotations

from .._runtime.version import UNKNOWN, version
from ..errors import DISTRIBUTION


def version_text() -> str:
    """Return the distribution's name and version."""
    if (found := version()) == UNKNOWN:
        return f"{DISTRIBUTION}, imported from a folder in which it is not installed: no version is known"
    return f"{DISTRIBUTION} {found}"
