"""The fakes, shipped: test an application without a key, a network or a sound card."""

from .clock import Deadlock, VirtualLoop, run_virtual, stall
from .devices import Sound, VirtualMicrophone, VirtualSpeaker
from .fake_server import FakeServer
from .faults import DoneOrder, Only, Tamper, changed, drop, followed_by, instead, late, twice, without
from .script import Pause, Raw, call, message
from .sounds import Stretch, noise, stretches

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
