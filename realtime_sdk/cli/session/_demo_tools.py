"""The tool of `realtime-sdk talk`: a true figure about this machine."""

from __future__ import annotations

import shutil
from pathlib import Path


def how_much_disk_is_free() -> str:
    """Say how much disk space is free on this computer."""
    disk = shutil.disk_usage(Path.cwd())
    return f"{disk.free / 1e9:.0f} of {disk.total / 1e9:.0f} gigabytes are free."
