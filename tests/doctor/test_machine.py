"""PortAudio, its callback in C, the devices and their dropouts."""

from __future__ import annotations

import pytest

from realtime_sdk import DeviceError, PortAudioMissing
from realtime_sdk.devices import DeviceInfo
from realtime_sdk.doctor._finding import Severity
from realtime_sdk.doctor._machine import examine_dropouts, examine_machine

HEADSET = DeviceInfo("Headset", 1, 1, 2, 44_100, True, True)


def missing() -> list[DeviceInfo]:
    raise PortAudioMissing("the PortAudio library is not installed: sudo apt install libportaudio2")


def in_use() -> list[DeviceInfo]:
    raise DeviceError("PortAudio can't start: no memory")


def test_a_missing_library_is_an_error_whose_advice_is_how_to_install_it() -> None:
    [finding] = examine_machine(missing)
    assert (finding.check, finding.severity) == ("portaudio", Severity.ERROR)
    assert finding.found == "the PortAudio library is not installed"
    assert finding.advice == "sudo apt install libportaudio2"


def test_a_library_that_does_not_start_is_an_error() -> None:
    [finding] = examine_machine(in_use)
    assert (finding.severity, finding.found) == (Severity.ERROR, "PortAudio can't start: no memory")


def test_a_machine_without_devices_is_an_error() -> None:
    finding = examine_machine(list)[-1]
    assert (finding.check, finding.severity) == ("devices", Severity.ERROR)
    assert "start the sound server" in finding.advice
    assert finding.figures == {"inputs": 0, "outputs": 0}


def test_devices_are_listed_with_their_channels_and_rates() -> None:
    finding = examine_machine(lambda: [HEADSET])[-1]
    assert finding.severity is Severity.OK
    assert finding.found == "Headset (1 in, 2 out, 44100 Hz, default input and output)"
    assert finding.figures == {"inputs": 1, "outputs": 1}


def test_without_a_callback_in_c_there_is_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("realtime_sdk.doctor._machine.find_spec", {}.get)
    callback = examine_machine(lambda: [HEADSET])[1]
    assert (callback.check, callback.severity) == ("callback", Severity.WARNING)
    assert "pip install rtmixer" in callback.advice


@pytest.mark.parametrize(
    ("dropouts", "severity", "found"),
    [(0, "ok", "no dropouts"), (1, "warning", "1 dropout in"), (3, "warning", "3 dropouts in")],
)
def test_dropouts_are_a_warning(dropouts: int, severity: str, found: str) -> None:
    finding = examine_dropouts("speaker", dropouts)
    assert (finding.check, finding.severity.value) == ("speaker.dropouts", severity)
    assert found in finding.found
    assert finding.figures == {"dropouts": dropouts}
    assert bool(finding.advice) is bool(dropouts)
