"""Tables of pronunciations that lie beside this module, a line for each entry, compressed by zlib."""

from __future__ import annotations

import zlib
from pathlib import Path


def read_table(path: Path) -> list[str]:
    """Return the lines of a table; they are not kept."""
    return zlib.decompress(path.read_bytes()).decode("utf-8").splitlines()
