"""Cancels the loudspeaker's echo in captured audio. Pure: frames in, frames out; not thread-safe."""

from ._canceller import EchoCanceller
from ._gate import HalfDuplexGate
from ._linear import LinearCanceller
from ._webrtc import WebRtcCanceller

__all__ = ["EchoCanceller", "HalfDuplexGate", "LinearCanceller", "WebRtcCanceller"]
