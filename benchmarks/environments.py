"""Virtual environments for the packages that the benchmarks compare with this one."""

from __future__ import annotations

import subprocess
import sys
import venv
from collections.abc import Mapping, Sequence
from pathlib import Path


def interpreter(folder: Path | None, environment: str) -> Path | None:
    """Give the Python of an environment; None where it is not installed."""
    found = [] if folder is None else sorted(folder.glob(f"{environment}/[bS]*/python*"))
    return found[0] if found else None


def set_up(folder: Path, environments: Mapping[str, Sequence[str]]) -> None:
    """Make environments, each with its packages."""
    for environment, packages in environments.items():
        print(f"installing {', '.join(packages)} …", file=sys.stderr)
        if interpreter(folder, environment) is None:
            venv.create(folder / environment, with_pip=True)
        subprocess.run([str(interpreter(folder, environment)), "-m", "pip", "install", "-q", *packages], check=True)
