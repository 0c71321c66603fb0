"""Sound on this machine: what a device is, and what implements one."""

from .failures import as_device_error, device_errors
from .microphone import Microphone
from .null import NullSpeaker
from .portaudio import DeviceInfo, devices
from .protocols import InputDevice, OutputDevice
from .speaker import Speaker
from .wav import WavMicrophone, WavSpeaker

__all__ = [
    "DeviceInfo",
    "InputDevice",
    "Microphone",
    "NullSpeaker",
    "OutputDevice",
    "Speaker",
    "WavMicrophone",
    "WavSpeaker",
    "as_device_error",
    "device_errors",
    "devices",
]
