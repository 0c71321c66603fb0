"""Loads the package as a whole, for tests that run pytest in their own process."""

from __future__ import annotations

import importlib
import pkgutil

import realtime_sdk
from realtime_sdk.captions._rehearsal import rehearse

_APART = ("__main__", "__pyinstaller", "cli", "local", "page", "telemetry")


def load_everything() -> None:
    """Load what tests may use, before there is a `pytester`: it unloads what it did not find when it was made.

    A class that is loaded again is another one.
    """
    rehearse()  # numpy, too
    for module in pkgutil.walk_packages(realtime_sdk.__path__, "realtime_sdk."):
        if module.name.split(".")[1] not in _APART:
            importlib.import_module(module.name)
