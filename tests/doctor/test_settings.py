"""The API key, the endpoint and the extras; no finding contains a key."""

from __future__ import annotations

import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from realtime_sdk.doctor._finding import Finding, Severity
from realtime_sdk.doctor._settings import EXTRAS, examine_settings

SECRET = "sk-this-is-a-secret-key"


def findings_of(environ: dict[str, str]) -> dict[str, Finding]:
    return {finding.check: finding for finding in examine_settings(environ)}


def test_a_key_is_reported_and_no_part_of_it_shown() -> None:
    url = f"wss://user:{SECRET}@host.example/v1/realtime?key={SECRET}"
    found = findings_of({"OPENAI_API_KEY": SECRET, "OPENAI_REALTIME_URL": url})
    assert found["api_key"].severity is Severity.OK
    assert found["endpoint"].found == "sessions connect to wss://host.example/v1/realtime"
    assert not any(part in repr(list(found.values())) for part in (SECRET, SECRET[:6], SECRET[-6:]))


@pytest.mark.parametrize("environ", [{}, {"OPENAI_API_KEY": ""}])
def test_a_missing_key_is_a_note_with_its_consequence(environ: dict[str, str]) -> None:
    finding = findings_of(environ)["api_key"]
    assert finding.severity is Severity.NOTE
    assert "a voice on this machine" in finding.advice


def test_an_invalid_address_is_an_error() -> None:
    finding = findings_of({"OPENAI_REALTIME_URL": "http://host.example"})["endpoint"]
    assert finding.severity is Severity.ERROR
    assert "ws:// or wss://" in finding.found
    assert finding.advice


def test_a_missing_extra_is_a_note_with_the_command_that_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("realtime_sdk.doctor._settings.find_spec", {"hama": None}.get)
    found = findings_of({})
    assert [found[f"extra.{name}"].severity for name in EXTRAS] == [Severity.NOTE] * len(EXTRAS)
    assert found["extra.align"].advice == "pip install 'realtime-voice-sdk[align]'"


def test_a_recogniser_that_can_not_be_loaded_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("realtime_sdk.doctor._settings.find_spec", lambda module: module)
    monkeypatch.setattr("realtime_sdk.doctor._settings.recogniser_failure", lambda: "hama has no library here")
    finding = findings_of({})["extra.align"]
    assert finding.severity is Severity.NOTE
    assert finding.found == "captions placed with a phoneme recogniser: hama has no library here"


def test_there_is_no_recogniser_to_install_on_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("realtime_sdk.doctor._settings.find_spec", lambda module: None if module == "hama" else module)
    monkeypatch.setattr("sys.platform", "win32")
    finding = findings_of({})["extra.align"]
    assert finding.found == "captions placed with a phoneme recogniser: there is none for Windows"
    assert "pip" not in (finding.advice or "")


def test_an_extra_with_a_missing_module_is_partly_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("realtime_sdk.doctor._settings.find_spec", lambda module: None if module == "piper" else module)
    monkeypatch.setattr("realtime_sdk.doctor._settings.recogniser_failure", lambda: None)
    found = findings_of({})
    assert found["extra.local"].found == "a voice on this machine: only partly installed"
    assert found["extra.align"].severity is Severity.OK


def test_the_modules_of_an_extra_are_those_of_its_packages() -> None:
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())
    extras = project["project"]["optional-dependencies"]
    packages = packages_distributions()
    assert EXTRAS.keys() == extras.keys() - {"cli", "dev"}  # without `cli` the command does not run
    for name, (modules, _) in EXTRAS.items():
        required = {requirement.partition(">")[0] for requirement in extras[name]}
        for module in modules:
            assert {package.replace("_", "-") for package in packages[module]} & required, module
