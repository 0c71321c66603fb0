"""PortAudio, the devices that it lists, and the gaps that they have."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib.util import find_spec

from ..devices._portaudio import DeviceInfo, list_devices
from ..errors import DeviceError, PortAudioMissing
from ._finding import Finding, Severity


def examine_machine(list_them: Callable[[], Sequence[DeviceInfo]] = list_devices) -> list[Finding]:
    """Look for PortAudio, its callback in C, and devices; without an error among these, devices can be opened."""
    try:
        listed = list_them()
    except PortAudioMissing as missing:
        found, _, install = str(missing).partition(": ")
        return [Finding("portaudio", Severity.ERROR, found, install)]
    except DeviceError as error:
        advice = "end what keeps the sound system busy, or start it anew"
        return [Finding("portaudio", Severity.ERROR, str(error), advice)]
    return [Finding("portaudio", Severity.OK, "PortAudio is installed"), _callback(), _devices(listed)]


def examine_dropouts(side: str, dropouts: int) -> Finding:
    """Judge the gaps that a sound server told of in a few seconds."""
    check, figures = f"{side}.dropouts", {"dropouts": dropouts}
    if not dropouts:
        return Finding(check, Severity.OK, "there were no gaps", figures=figures)
    advice = "close what keeps the machine busy; on Linux, see whether the sound server runs in real time (rtkit)"
    found = f"the sound server had {'a gap' if dropouts == 1 else f'{dropouts} gaps'} in a few seconds"
    return Finding(check, Severity.WARNING, found, advice, figures)


def _callback() -> Finding:
    if find_spec("rtmixer") is not None:
        return Finding("callback", Severity.OK, "sound runs in C: a busy program can't break it")
    found = "rtmixer is not installed: sound runs in Python, and a busy program can break it"
    advice = "pip install rtmixer; there are wheels for Linux and macOS on x86-64 and arm64, and for Windows on x86-64"
    return Finding("callback", Severity.WARNING, found, advice)


def _devices(listed: Sequence[DeviceInfo]) -> Finding:
    figures = {"inputs": sum(info.inputs > 0 for info in listed), "outputs": sum(info.outputs > 0 for info in listed)}
    if not listed:
        advice = "connect a device, or start the sound server (PulseAudio, PipeWire)"
        return Finding("devices", Severity.ERROR, "this machine has no sound devices", advice, figures)
    found = ", ".join(_described(info) for info in listed)
    return Finding("devices", Severity.OK, found, figures=figures)


def _described(info: DeviceInfo) -> str:
    sides = " and ".join(["input"] * info.is_default_input + ["output"] * info.is_default_output)
    default = f", default {sides}" if sides else ""
    return f"{info.name} ({info.inputs} in, {info.outputs} out, {info.rate} Hz{default})"
