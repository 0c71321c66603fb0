"""Which canceller a session uses unless it is told otherwise."""

from __future__ import annotations

from ..errors import ExtraMissing
from .canceller import EchoCanceller
from .gate import HalfDuplexGate
from .webrtc import WebRtcCanceller


def default_canceller(rate: int) -> EchoCanceller:
    """Make the best canceller that is installed; the last resort is `HalfDuplexGate`, which can't be interrupted."""
    try:
        return WebRtcCanceller(rate)
    except ExtraMissing:
        return HalfDuplexGate(rate)
