"""The command `doctor`: findings for people, findings for programs, and the exit code."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from typer.testing import CliRunner

from realtime_sdk.cli._app import app
from realtime_sdk.doctor._finding import Finding, Severity

RUNNER = CliRunner()

WELL = Finding("portaudio", Severity.OK, "PortAudio is installed")
ECHO = Finding("echo", Severity.WARNING, "it comes back", "turn \x1b[31mit down", {"delay": 0.08, "gain_db": -3.0})
SILENT = Finding("microphone.level", Severity.ERROR, "it hears nothing at all", "look whether it is muted")


class Examination:
    """Finds what it is told to find, and remembers what it was asked."""

    def __init__(self, *findings: Finding) -> None:
        self.asked: dict[str, Any] = {}
        self._findings = list(findings)

    async def __call__(self, *, on_listening: Callable[[], None], **options: Any) -> list[Finding]:
        self.asked = options
        on_listening()
        return self._findings


@pytest.fixture
def examined(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Examination]:
    """Have the examination find what this is called with."""
    return partial(_examined, monkeypatch)


def _examined(monkeypatch: pytest.MonkeyPatch, *findings: Finding) -> Examination:
    examination = Examination(*findings)
    monkeypatch.setattr("realtime_sdk.cli._app.examine", examination)
    return examination


def test_each_finding_is_shown_with_what_to_do(examined: Callable[..., Examination]) -> None:
    examined(WELL, ECHO)
    result = RUNNER.invoke(app, ["doctor"])
    lines = [" ".join(line.split()) for line in result.stdout.splitlines()]
    assert lines == ["✓ portaudio PortAudio is installed", "! echo it comes back", "→ turn �[31mit down"]
    assert result.stderr == "Say something, for three seconds …\n"
    assert result.exit_code == 0, "a warning is no error"


def test_an_error_is_an_exit_code(examined: Callable[..., Examination]) -> None:
    examined(WELL, SILENT)
    result = RUNNER.invoke(app, ["doctor"])
    assert "✗ " in result.stdout
    assert result.exit_code == 1


def test_programs_get_an_array_of_objects(examined: Callable[..., Examination]) -> None:
    examined(WELL, ECHO, SILENT)
    result = RUNNER.invoke(app, ["doctor", "--json"])
    assert json.loads(result.stdout) == [
        {"check": "portaudio", "severity": "ok", "found": "PortAudio is installed", "advice": "", "figures": {}},
        {
            "check": "echo", "severity": "warning", "found": "it comes back", "advice": ECHO.advice,
            "figures": {"delay": 0.08, "gain_db": -3.0},
        },
        {
            "check": "microphone.level", "severity": "error", "found": "it hears nothing at all",
            "advice": "look whether it is muted", "figures": {},
        },
    ]  # fmt: skip
    assert result.exit_code == 1


def test_devices_are_chosen_as_in_a_talk_and_nothing_need_be_played(examined: Callable[..., Examination]) -> None:
    examination = examined(WELL)
    RUNNER.invoke(app, ["doctor", "--device-in", "3", "--device-out", "Head", "--no-play"])
    assert examination.asked == {"device_in": 3, "device_out": "Head", "play": False}
