"""PyInstaller finds the hook by which it takes modules and data along."""

from __future__ import annotations

import tomllib
from importlib.metadata import EntryPoint
from pathlib import Path

ROOT = Path(__file__).parent.parent


def test_the_entry_point_names_the_folder_of_the_hook() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    [(name, value)] = project["entry-points"]["pyinstaller40"].items()
    [folder] = EntryPoint(name, value, "pyinstaller40").load()()
    assert name == "hook-dirs"
    assert (Path(folder) / "hook-realtime_sdk.py").is_file()
