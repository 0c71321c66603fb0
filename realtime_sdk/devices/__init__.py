"""Audio devices: the protocols `InputDevice` and `OutputDevice`, and their implementations."""

from ._choice import DeviceInfo
from ._microphone import Microphone
from ._null import NullSpeaker
from ._portaudio import list_devices
from ._protocols import GainControl, InputDevice, OutputDevice
from ._speaker import Speaker
from ._wav import WavMicrophone, WavSpeaker

__all__ = [
    "DeviceInfo",
    "GainControl",
    "InputDevice",
    "Microphone",
    "NullSpeaker",
    "OutputDevice",
    "Speaker",
    "WavMicrophone",
    "WavSpeaker",
    "list_devices",
]
