"""Removes the loudspeaker's sound from the microphone's. Pure: frames in, frames out; any thread, one at a time."""

from .canceller import FRAME, EchoCanceller
from .choice import default_canceller
from .gate import HalfDuplexGate
from .guarded import Guarded
from .linear import LinearCanceller
from .reference import FramePair, Reference
from .webrtc import WebRtcCanceller

__all__ = [
    "FRAME",
    "EchoCanceller",
    "FramePair",
    "Guarded",
    "HalfDuplexGate",
    "LinearCanceller",
    "Reference",
    "WebRtcCanceller",
    "default_canceller",
]
