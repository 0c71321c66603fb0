"""The public names of the room and the modules that define them: read by type checkers, and at run time by name."""

from ._canceller import EchoCanceller as EchoCanceller
from ._gate import HalfDuplexGate as HalfDuplexGate
from ._linear import LinearCanceller as LinearCanceller
from ._webrtc import WebRtcCanceller as WebRtcCanceller
