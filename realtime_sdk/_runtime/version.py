"""The version of this package."""

from __future__ import annotations

from importlib import metadata
from typing import Final

from ..errors import DISTRIBUTION

UNKNOWN: Final = "0+unknown"
"""The version of a package that is imported from a folder in which it is not installed."""


def version() -> str:
    """Read the distribution's version."""
    try:
        return metadata.version(DISTRIBUTION)
    except metadata.PackageNotFoundError:
        return UNKNOWN
