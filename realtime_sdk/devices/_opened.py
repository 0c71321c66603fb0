"""Access to the stream of an open sound card, for the doctor."""

from __future__ import annotations

from ._microphone import Microphone
from ._protocols import InputDevice, OutputDevice
from ._speaker import Speaker
from ._stream import OpenDevice


def opened_stream(device: InputDevice | OutputDevice) -> OpenDevice | None:
    """Return the stream that a `Speaker` or `Microphone` has opened; None while it is closed, or for another device."""
    match device:
        case Speaker():
            return device._mixer
        case Microphone():
            return device._recorder
        case _:
            return None
