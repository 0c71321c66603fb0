"""Libraries that importing the package must not load."""

from __future__ import annotations

import subprocess
import sys

import pytest


@pytest.mark.parametrize("module", ["realtime_sdk.devices", "realtime_sdk"])
def test_no_sound_library_is_loaded(module: str) -> None:
    heavy = {"sounddevice", "rtmixer", "_rtmixer", "soundfile", "soxr"}
    code = f"import sys, {module}; print(*{heavy} & set(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    assert loaded.split() == []
