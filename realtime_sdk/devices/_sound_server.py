"""The devices of a PulseAudio or PipeWire server, by the names that the desktop shows.

PortAudio knows such a server as one ALSA device, which plays to the server's default, or to the device that a variable
of the environment names at the moment of opening. `pactl` lists the server's devices.
"""

from __future__ import annotations

import logging
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Final, Literal

PACTL_TIMEOUT_SECONDS: Final = 2.0
"""Seconds within which `pactl` must answer; it takes 0.02."""

_FIELD: Final = re.compile(r"\t([A-Z][\w ]*): (.+)")  # of a device itself: what belongs to its ports is indented more

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Plugin:
    """The ALSA device behind which a sound server lies, and the variables that name a device of it."""

    alsa_name: str
    output_variable: str
    input_variable: str


PLUGINS: Final = (Plugin("pulse", "PULSE_SINK", "PULSE_SOURCE"), Plugin("pipewire", "PIPEWIRE_NODE", "PIPEWIRE_NODE"))


@dataclass(frozen=True, slots=True)
class ServerDevice:
    """A sink, a source, or both under one name."""

    description: str  # as the desktop shows it
    sink: str | None  # the server's own name; None: it plays nothing
    source: str | None  # likewise; None: it captures nothing
    outputs: int
    inputs: int
    rate: int
    is_monitor: bool  # it captures what a sink plays


def server_devices() -> list[ServerDevice]:
    """List the devices of the sound server, monitors last; none where there is no server, or no `pactl`."""
    if sys.platform != "linux" or shutil.which("pactl") is None:
        return []
    devices: list[ServerDevice] = [_device("sinks", listed) for listed in _pactl("sinks")]
    for source in (_device("sources", listed) for listed in _pactl("sources")):
        same = next((d for d in devices if d.description == source.description and d.source is None), None)
        if same is None:
            devices.append(source)
        else:
            devices[devices.index(same)] = replace(same, source=source.source, inputs=source.inputs)
    return sorted(devices, key=lambda device: device.is_monitor)


@contextmanager
def directed_to(plugin: Plugin, side: Literal["input", "output"], name: str) -> Iterator[None]:
    """Have what is opened in the block connect to this device of the server.

    The environment belongs to the process: a stream that another library opens at the same moment goes there, too.
    """
    variable = plugin.output_variable if side == "output" else plugin.input_variable
    saved = os.environ.get(variable)
    os.environ[variable] = name
    try:
        yield
    finally:
        if saved is None:
            del os.environ[variable]
        else:
            os.environ[variable] = saved


def _pactl(kind: str) -> list[dict[str, str]]:
    """List the sinks or sources, each by its labels; none if there is no server.

    As text: in JSON, pactl 16 has "(null)" for every name with a letter beyond ASCII.
    """
    command, environment = ["pactl", "list", kind], {**os.environ, "LC_ALL": "C"}  # the labels in English
    try:
        done = subprocess.run(command, capture_output=True, timeout=PACTL_TIMEOUT_SECONDS, check=True, env=environment)
    except (OSError, subprocess.SubprocessError) as error:
        _log.debug("the sound server's devices are not known: %s", error)
        return []
    listed: list[dict[str, str]] = []
    for line in done.stdout.decode(errors="replace").splitlines():
        if not line.startswith((" ", "\t")):
            listed.append({})
        elif (field := _FIELD.match(line)) is not None and listed:
            listed[-1].setdefault(field[1], field[2])
    return [each for each in listed if each.get("Name")]


def _device(kind: str, listed: Mapping[str, str]) -> ServerDevice:
    name = listed["Name"]
    channels, rate = _specification(listed.get("Sample Specification", ""))
    sink, source = (name, None) if kind == "sinks" else (None, name)
    description = listed.get("Description", "")
    return ServerDevice(
        name if description in ("", "(null)") else description,
        sink, source, outputs=channels if sink else 0, inputs=channels if source else 0, rate=rate,
        is_monitor=name.endswith(".monitor"),
    )  # fmt: skip


def _specification(text: str) -> tuple[int, int]:
    """Read channels and rate from `s16le 2ch 48000Hz`."""
    try:
        _, channels, rate = text.split()
        return int(channels.removesuffix("ch")), int(rate.removesuffix("Hz"))
    except ValueError:
        return 2, 48_000
