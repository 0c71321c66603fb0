"""`realtime-sdk --version`."""

from __future__ import annotations

from importlib import metadata

from ..errors import DISTRIBUTION


def version_text() -> str:
    """Return the distribution's name and version, as its metadata gives them."""
    try:
        return f"{DISTRIBUTION} {metadata.version(DISTRIBUTION)}"
    except metadata.PackageNotFoundError:
        return f"{DISTRIBUTION}, imported from a folder in which it is not installed: no version is known"
