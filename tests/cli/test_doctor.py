"""The command `doctor`: findings as a table, findings as JSON, and the exit code."""

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

PASSED = Finding("portaudio", Severity.OK, "PortAudio is installed")
ECHO = Finding("echo", Severity.WARNING, "echo after 80 ms", "turn \x1b[31mit down", {"delay": 0.08, "gain_db": -3.0})
SILENT = Finding("microphone.level", Severity.ERROR, "no signal", "check that it is not muted")


class Examination:
    """Returns the given findings, and keeps the options of the call."""

    def __init__(self, *findings: Finding) -> None:
        self.options: dict[str, Any] = {}
        self._findings = list(findings)

    async def __call__(
        self, *, on_listening: Callable[[], None], on_playing: Callable[[], None], **options: Any
    ) -> list[Finding]:
        self.options = options
        on_listening()
        on_playing()
        return self._findings


@pytest.fixture
def examined(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Examination]:
    """Patches the examination to return given findings."""
    return partial(_examined, monkeypatch)


def _examined(monkeypatch: pytest.MonkeyPatch, *findings: Finding) -> Examination:
    examination = Examination(*findings)
    monkeypatch.setattr("realtime_sdk.cli._app.examine", examination)
    return examination


def test_each_finding_is_shown_with_its_advice(examined: Callable[..., Examination]) -> None:
    examined(PASSED, ECHO)
    result = RUNNER.invoke(app, ["doctor"])
    lines = [" ".join(line.split()) for line in result.stdout.splitlines()]
    assert lines == ["✓ portaudio PortAudio is installed", "! echo echo after 80 ms", "→ turn �[31mit down"]
    assert result.stderr.splitlines() == [
        "Please speak for three seconds …",
        "A short sweep is played now, and its echo is searched for …",
    ]
    assert result.exit_code == 0, "a warning is no error"


def test_an_error_sets_the_exit_code(examined: Callable[..., Examination]) -> None:
    examined(PASSED, SILENT)
    result = RUNNER.invoke(app, ["doctor"])
    assert "✗ " in result.stdout
    assert result.exit_code == 1


def test_json_is_an_array_of_objects(examined: Callable[..., Examination]) -> None:
    examined(PASSED, ECHO, SILENT)
    result = RUNNER.invoke(app, ["doctor", "--json"])
    assert json.loads(result.stdout) == [
        {"check": "portaudio", "severity": "ok", "found": "PortAudio is installed", "advice": "", "figures": {}},
        {
            "check": "echo", "severity": "warning", "found": "echo after 80 ms", "advice": ECHO.advice,
            "figures": {"delay": 0.08, "gain_db": -3.0},
        },
        {
            "check": "microphone.level", "severity": "error", "found": "no signal",
            "advice": "check that it is not muted", "figures": {},
        },
    ]  # fmt: skip
    assert result.exit_code == 1


def test_devices_are_chosen_as_in_talk_and_playback_is_optional(examined: Callable[..., Examination]) -> None:
    examination = examined(PASSED)
    RUNNER.invoke(app, ["doctor", "--device-in", "3", "--device-out", "Head", "--channel", "1"])
    assert examination.options == {"device_in": 3, "channel": 1, "device_out": "Head", "play": True}
    RUNNER.invoke(app, ["doctor", "--no-play"])
    assert examination.options == {"device_in": None, "channel": None, "device_out": None, "play": False}


def test_a_speaker_that_would_not_be_examined_is_refused(examined: Callable[..., Examination]) -> None:
    examined(PASSED)
    result = RUNNER.invoke(app, ["doctor", "--device-out", "Head", "--no-play"])
    assert (result.exit_code, "not examined with --no-play" in result.stderr) == (1, True)


def test_advice_is_whole_in_a_narrow_terminal(
    examined: Callable[..., Examination], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "30")
    examined(Finding("extra.align", Severity.NOTE, "not installed", "pip install 'realtime-voice-sdk[align]'"))
    assert "realtime-voice-sdk[align]" in "".join(RUNNER.invoke(app, ["doctor"]).stdout.split())


def test_an_examination_that_is_interrupted_is_no_success(monkeypatch: pytest.MonkeyPatch) -> None:
    async def interrupted(**_options: object) -> list[Finding]:
        raise KeyboardInterrupt

    monkeypatch.setattr("realtime_sdk.cli._app.examine", interrupted)
    assert RUNNER.invoke(app, ["doctor"]).exit_code != 0
