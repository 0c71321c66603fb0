"""What an application sees of a device: the protocol, and what is the device's own."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from realtime_sdk import devices
from realtime_sdk.devices import DeviceInfo, GainControl, InputDevice, OutputDevice

OUTPUT = {"open", "close", "room", "write", "played", "flush", "pause", "resume"}
GAIN = {"set_gain"}
INPUT = {"open", "read", "close"}


@pytest.mark.parametrize(
    ("device", "names"),
    [
        (OutputDevice, OUTPUT),
        (devices.Speaker(), OUTPUT | GAIN | {"patience"}),
        (devices.NullSpeaker(), OUTPUT | GAIN | {"patience"}),
        (devices.WavSpeaker(Path("heard.wav")), OUTPUT | GAIN | {"path"}),
        (GainControl, GAIN),
        (InputDevice, INPUT),
        (devices.Microphone(), INPUT | {"drop_unread"}),
        (devices.WavMicrophone(), INPUT | {"say", "watched"}),
    ],
)
def test_a_device_shows_its_protocol_and_what_is_its_own(device: object, names: set[str]) -> None:
    assert {name for name in dir(device) if not name.startswith("_")} == names


def test_a_listed_device_says_what_chooses_it_and_what_it_can_do() -> None:
    names = [field.name for field in fields(DeviceInfo)]
    assert names == ["name", "index", "inputs", "outputs", "rate", "is_default_input", "is_default_output"]
    assert {name for name in dir(DeviceInfo) if not name.startswith("_")} == set(names)
