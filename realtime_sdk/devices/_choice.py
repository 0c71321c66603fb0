"""The list of this machine's devices, and the choice of one of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from .._runtime.text import describe
from ..errors import DeviceError
from ._sound_server import PLUGINS, Plugin, ServerDevice, directed_to, server_devices

Side: TypeAlias = Literal["input", "output"]

_SUBSTITUTES: dict[Side, str] = {
    "input": 'microphone=WavMicrophone("talk.wav"), or None to capture nothing',
    "output": 'speaker=WavSpeaker("heard.wav"), or NullSpeaker() to play without a device',
}
"""What an application passes to `connect` on a machine that has no such device."""


@dataclass(frozen=True, slots=True)
class DeviceInfo:
    """A sound device of this machine: one of PortAudio's, or one of the sound server's by the desktop's name.

    name, index: either of them chooses it, as `Speaker(device=…)` and `Microphone(device=…)`; an index is its place in
    the list, and changes when devices come and go. inputs, outputs: channels that it captures and plays; 0: it can't.
    rate: its own sample rate in Hz. is_default_input, is_default_output: the system uses it unless another is chosen.
    """

    name: str
    index: int
    inputs: int
    outputs: int
    rate: int
    is_default_input: bool
    is_default_output: bool


Choice: TypeAlias = str | int | Callable[[Sequence[DeviceInfo]], DeviceInfo | int | None] | None
"""A device: a part of its name, its index, a function that chooses from a list, or None for the system's default."""


@dataclass(frozen=True, slots=True)
class ListedDevice:
    """A device, and how PortAudio reaches it."""

    info: DeviceInfo
    portaudio_index: int
    plugin: Plugin | None = None  # the ALSA device that leads to it; None: it is PortAudio's own
    on_server: ServerDevice | None = None  # likewise

    def name_on_server(self, side: Side) -> str | None:
        """The sound server's own name of it, which no other device has; None: it is not the server's."""
        if self.on_server is None:
            return None
        return self.on_server.sink if side == "output" else self.on_server.source

    @contextmanager
    def reached(self, side: Side) -> Iterator[None]:
        """Have PortAudio reach it when it opens `portaudio_index` in the block."""
        name = self.name_on_server(side)
        if self.plugin is None or name is None:
            yield
            return
        with directed_to(self.plugin, side, name):
            yield


def listed_devices(sounddevice: Any, *, by_name: bool = True) -> list[ListedDevice]:
    """List PortAudio's devices, and behind them those of the sound server.

    by_name: False: without those of the server, which no default is among.
    """
    default_input, default_output = (_default(sounddevice, side) for side in ("input", "output"))
    own = [
        DeviceInfo(
            name=info["name"],
            index=info["index"],
            inputs=info["max_input_channels"],
            outputs=info["max_output_channels"],
            rate=round(info["default_samplerate"]),
            is_default_input=info["index"] == default_input,
            is_default_output=info["index"] == default_output,
        )
        for info in sounddevice.query_devices()
    ]
    listed = [ListedDevice(info, info.index) for info in own]
    behind = next(((info, plugin) for plugin in PLUGINS for info in own if info.name == plugin.alsa_name), None)
    if behind is None or not by_name:
        return listed
    for index, device in enumerate(server_devices(), start=len(own)):
        info = DeviceInfo(device.description, index, device.inputs, device.outputs, device.rate, False, False)
        listed.append(ListedDevice(info, behind[0].index, behind[1], device))
    return listed


def choose(choice: Choice, side: Side, listed: Sequence[ListedDevice]) -> ListedDevice:
    """Find the chosen device; raise a `DeviceError` that lists the devices if there is no such one."""
    able = [each for each in listed if (each.info.inputs if side == "input" else each.info.outputs)]
    if not able:
        raise DeviceError(
            f"this machine has no sound {side}: connect a device or start the sound server, "
            f"or pass {_SUBSTITUTES[side]}"
        )
    wanted = _chosen(choice, side, [each.info for each in able]) if callable(choice) else choice
    found = [each for each in able if _is_wanted(each, wanted, side)]
    if not found:
        known = ", ".join(f"{each.info.index} {each.info.name!r}" for each in able)
        missing = f"no sound {side} is {'the default' if wanted is None else repr(wanted)}; there are: {known}"
        raise DeviceError(f"{missing}{_hint(side, listed)}")
    exact = [each for each in found if isinstance(wanted, str) and each.info.name.casefold() == wanted.casefold()]
    shared = [each for each in found if each.on_server is not None]  # a card beside it is the server's own, and busy
    return (exact or shared or found)[0]


def _hint(side: Side, listed: Sequence[ListedDevice]) -> str:
    """How to choose a device of a sound server whose devices are not listed."""
    if any(each.on_server is not None for each in listed):
        return ""
    plugin = next((plugin for plugin in PLUGINS for each in listed if each.info.name == plugin.alsa_name), None)
    if plugin is None:
        return ""
    variable = plugin.output_variable if side == "output" else plugin.input_variable
    return f"; install pactl (pulseaudio-utils) to choose by the desktop's names, or set {variable}"


def _chosen(
    choice: Callable[[Sequence[DeviceInfo]], DeviceInfo | int | None], side: Side, able: Sequence[DeviceInfo]
) -> DeviceInfo | int | None:
    try:
        return choice(able)
    except DeviceError:
        raise
    except Exception as error:
        raise DeviceError(f"the function that chooses a sound {side} failed: {describe(error)}") from error


def _is_wanted(device: ListedDevice, wanted: DeviceInfo | str | int | None, side: Side) -> bool:
    info = device.info
    match wanted:
        case None:
            return info.is_default_input if side == "input" else info.is_default_output
        case str():
            return wanted.casefold() in info.name.casefold() or wanted == device.name_on_server(side)
        case int():
            return info.index == wanted
        case DeviceInfo():
            return info.index == wanted.index


def _default(sounddevice: Any, side: str) -> int | None:
    try:
        index: int = sounddevice.query_devices(kind=side)["index"]
    except (sounddevice.PortAudioError, ValueError):
        return None
    return index
