"""The devices of a sound server, by the names that the desktop shows."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import Any

import pytest

from realtime_sdk.devices import _choice as choice
from realtime_sdk.devices._choice import choose, listed_devices
from realtime_sdk.devices._sound_server import ServerDevice, server_devices
from realtime_sdk.errors import DeviceError

SPEAKERS = ServerDevice("Speakers", "alsa_output.pci", None, outputs=2, inputs=0, rate=48_000, is_monitor=False)
HEADSET = ServerDevice("AirPods", "bluez_sink.1", "bluez_source.1", outputs=2, inputs=1, rate=48_000, is_monitor=False)
MONITOR = ServerDevice(
    "Monitor of AirPods", None, "bluez_sink.1.monitor", outputs=0, inputs=2, rate=48_000, is_monitor=True
)


class Sounddevice:
    """PortAudio on a desktop: a card, and the ALSA devices that lead to the sound server."""

    PortAudioError = RuntimeError
    names = ("USB AirPods: Audio (hw:1,0)", "pulse", "default")

    def query_devices(self, *, kind: str | None = None) -> Any:
        listed = [
            {"name": name, "index": index, "max_input_channels": 32, "max_output_channels": 32,
             "default_samplerate": 44_100.0} for index, name in enumerate(self.names)
        ]  # fmt: skip
        return listed if kind is None else listed[-1]


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choice, "server_devices", lambda: [SPEAKERS, HEADSET, MONITOR])


@pytest.mark.usefixtures("server")
def test_the_servers_devices_are_listed_behind_portaudios() -> None:
    listed = [each.info for each in listed_devices(Sounddevice())]
    assert [(info.name, info.index) for info in listed] == [
        *((name, index) for index, name in enumerate(Sounddevice.names)),
        ("Speakers", 3), ("AirPods", 4), ("Monitor of AirPods", 5),
    ]  # fmt: skip
    assert (listed[4].inputs, listed[4].outputs, listed[4].rate) == (1, 2, 48_000)


@pytest.mark.usefixtures("server")
@pytest.mark.parametrize(
    ("wanted", "side", "name"),
    [("AirPods", "output", "bluez_sink.1"), ("airpod", "input", "bluez_source.1"), (5, "input", "bluez_sink.1.monitor"),
     (lambda listed: next(info for info in listed if info.name == "Speakers"), "output", "alsa_output.pci")],
)  # fmt: skip
def test_a_device_of_the_server_is_reached_by_the_environment_while_it_opens(
    wanted: Any, side: Any, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    variable = "PULSE_SINK" if side == "output" else "PULSE_SOURCE"
    monkeypatch.setenv(variable, "before")
    chosen = choose(wanted, side, listed_devices(Sounddevice()))
    assert chosen.portaudio_index == Sounddevice.names.index("pulse")
    with chosen.reached(side):
        assert os.environ[variable] == name
    assert os.environ[variable] == "before"


@pytest.mark.usefixtures("server")
def test_the_default_stays_the_servers_own_and_asks_it_nothing() -> None:
    chosen = choose(None, "output", listed_devices(Sounddevice(), by_name=False))
    assert chosen.info.name == "default"
    with chosen.reached("output"):
        assert "PULSE_SINK" not in os.environ or os.environ["PULSE_SINK"] != "bluez_sink.1"


def test_names_that_begin_alike_or_are_the_same_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    names = {"sink.1": "Headset Pro", "sink.2": "Headset", "sink.3": "Null Output", "sink.4": "Null Output"}
    monkeypatch.setattr(choice, "server_devices", lambda: [
        ServerDevice(description, sink, None, outputs=2, inputs=0, rate=48_000, is_monitor=False)
        for sink, description in names.items()
    ])  # fmt: skip
    devices = listed_devices(Sounddevice())
    chosen = {wanted: choose(wanted, "output", devices).name_on_server("output") for wanted in (
        "headset", "Headset", "headset p", "Null Output", "sink.4",
    )}  # fmt: skip
    assert list(chosen.values()) == ["sink.2", "sink.2", "sink.1", "sink.3", "sink.4"]


def test_without_pactl_the_error_says_how_to_choose(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choice, "server_devices", list)
    with pytest.raises(DeviceError, match=r"install pactl .*, or set PULSE_SINK"):
        choose("Headset", "output", listed_devices(Sounddevice()))


def listed(name: str, description: str, specification: str = "s16le 1ch 16000Hz") -> str:
    """One device, as `pactl list` has it."""
    return f"""Sink #1
\tState: SUSPENDED
\tName: {name}
\tDescription: {description}
\tSample Specification: {specification}
\tFlags: HARDWARE
\tProperties:
\t\tdevice.description = "of the properties"
\tPorts:
\t\tanalog: Line (type: Line)
\t\tName: of a port
"""


def answer(monkeypatch: pytest.MonkeyPatch, **answers: str | Exception) -> None:
    """Have `pactl` list this."""

    def run(command: list[str], *, env: dict[str, str], **_: object) -> Any:
        assert env["LC_ALL"] == "C", "the labels are in English"
        given = answers[command[-1]]
        if isinstance(given, Exception):
            raise given
        return subprocess.CompletedProcess(command, 0, given.encode())

    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(shutil, "which", lambda name: name)
    monkeypatch.setattr(subprocess, "run", run)


def test_a_sink_and_a_source_of_one_name_are_one_device_and_monitors_come_last(monkeypatch: pytest.MonkeyPatch) -> None:
    answer(
        monkeypatch,
        sinks=listed("bluez_sink.1", "AirPods", "s16le 2ch 48000Hz") + listed("alsa_output", "(null)"),
        sources=listed("bluez_sink.1.monitor", "Monitor of AirPods") + listed("bluez_source.1", "AirPods"),
    )
    assert [(d.description, d.sink, d.source, d.outputs, d.inputs) for d in server_devices()] == [
        ("AirPods", "bluez_sink.1", "bluez_source.1", 2, 1),
        ("alsa_output", "alsa_output", None, 1, 0),
        ("Monitor of AirPods", None, "bluez_sink.1.monitor", 0, 1),
    ]


@pytest.mark.parametrize("name", ["Audio interne Stéréo analogique", "耳机", 'Anna: "Head" set\'s'])
def test_names_have_any_letters(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    answer(monkeypatch, sinks=listed("alsa_output", name, "odd"), sources="")
    assert [(d.description, d.outputs, d.rate) for d in server_devices()] == [(name, 2, 48_000)]


@pytest.mark.parametrize(
    "given",
    [OSError("no such program"), subprocess.CalledProcessError(1, "pactl"), subprocess.TimeoutExpired("pactl", 2.0),
     "Connection refused", "\tName: of nothing\n", "Sink #1\n\tDescription: nameless\n", ""],
)  # fmt: skip
def test_a_server_that_does_not_answer_has_no_devices(given: str | Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    answer(monkeypatch, sinks=given, sources=given)
    assert server_devices() == []
