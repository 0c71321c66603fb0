"""The fakes, shipped: test an application without a key, a network or a sound card."""

from ._clock import Deadlock, VirtualLoop, run_virtual, stall
from ._devices import Sound, VirtualMicrophone, VirtualSpeaker
from ._fake_server import FakeServer
from ._faults import DoneOrder, Only, Tamper, changed, drop, followed_by, instead, late, twice, without
from ._script import Pause, Raw, call, message
from ._sounds import Stretch, noise, stretches

__all__ = [
    "Deadlock",
    "DoneOrder",
    "FakeServer",
    "Only",
    "Pause",
    "Raw",
    "Sound",
    "Stretch",
    "Tamper",
    "VirtualLoop",
    "VirtualMicrophone",
    "VirtualSpeaker",
    "call",
    "changed",
    "drop",
    "followed_by",
    "instead",
    "late",
    "message",
    "noise",
    "run_virtual",
    "stall",
    "stretches",
    "twice",
    "without",
]
