"""Checks PortAudio, its devices and their dropouts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib.util import find_spec
from typing import Final

from ..devices._choice import DeviceInfo
from ..devices._portaudio import list_devices
from ..errors import DeviceError, PortAudioMissing
from ._finding import Finding, Severity

NO_DEVICES_ADVICE: Final = "connect a device, or start the sound server (PulseAudio, PipeWire)"
"""What to do where there are none."""


def examine_machine(enumerate_devices: Callable[[], Sequence[DeviceInfo]] = list_devices) -> list[Finding]:
    """Check PortAudio, its callback in C, and the devices; without an error among these, devices can be opened."""
    try:
        listed = enumerate_devices()
    except PortAudioMissing as missing:
        found, _, install = str(missing).partition(": ")
        return [Finding("portaudio", Severity.ERROR, found, install)]
    except DeviceError as error:
        advice = "close the programs that use the sound system, or restart it"
        return [Finding("portaudio", Severity.ERROR, str(error), advice)]
    return [Finding("portaudio", Severity.OK, "PortAudio is installed"), _callback(), _device_list(listed)]


def examine_dropouts(side: str, dropouts: int) -> Finding:
    """Judge the dropouts that the sound server reported in a few seconds."""
    check, figures = f"{side}.dropouts", {"dropouts": dropouts}
    if not dropouts:
        return Finding(check, Severity.OK, "no dropouts", figures=figures)
    advice = "close programs that load the machine; on Linux, check that the sound server runs in real time (rtkit)"
    found = f"the sound server reported {dropouts} {'dropout' if dropouts == 1 else 'dropouts'} in a few seconds"
    return Finding(check, Severity.WARNING, found, advice, figures)


def _callback() -> Finding:
    if find_spec("rtmixer") is not None:
        return Finding("callback", Severity.OK, "the audio callback runs in C: a busy interpreter can't break it")
    found = "rtmixer is not installed: the audio callback runs in Python, and a busy interpreter interrupts playback"
    advice = "pip install rtmixer; there are wheels for Linux and macOS on x86-64 and arm64, and for Windows on x86-64"
    return Finding("callback", Severity.WARNING, found, advice)


def _device_list(listed: Sequence[DeviceInfo]) -> Finding:
    figures = {"inputs": sum(info.inputs > 0 for info in listed), "outputs": sum(info.outputs > 0 for info in listed)}
    if not listed:
        return Finding("devices", Severity.ERROR, "no audio devices found", NO_DEVICES_ADVICE, figures)
    found = ", ".join(_described(info) for info in listed)
    return Finding("devices", Severity.OK, found, figures=figures)


def _described(info: DeviceInfo) -> str:
    sides = " and ".join(["input"] * info.is_default_input + ["output"] * info.is_default_output)
    default = f", default {sides}" if sides else ""
    return f"{info.name} ({info.inputs} in, {info.outputs} out, {info.rate} Hz{default})"
