"""The version of this package."""

from __future__ import annotations

from importlib import metadata

from ..errors import DISTRIBUTION


def version() -> str:
    """Read the distribution's version."""
    try:
        return metadata.version(DISTRIBUTION)
    except metadata.PackageNotFoundError:  # imported from a folder in which it is not installed
        return "0+unknown"
