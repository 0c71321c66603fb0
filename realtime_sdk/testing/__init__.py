"""The fakes, shipped: test an application without a key, a network or a sound card."""

from .clock import Deadlock, VirtualLoop, run_virtual
from .devices import Sound, VirtualMicrophone, VirtualSpeaker

__all__ = ["Deadlock", "Sound", "VirtualLoop", "VirtualMicrophone", "VirtualSpeaker", "run_virtual"]
