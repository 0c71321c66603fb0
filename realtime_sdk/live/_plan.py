"""The parts of a stream session, as the application chose them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ..audio._formats import AudioFormat
from ..capture.echo._canceller import EchoCanceller
from ..devices._protocols import InputDevice, OutputDevice
from ..recording._recorder import Recorder
from ..tools._toolbox import Toolbox
from ..transports._transport import Transport
from ._protocols import StreamProtocol


@dataclass(frozen=True, slots=True, repr=False)
class StreamPlan:
    """The parts of a stream session; its fields may hold credentials, so it has no repr."""

    protocol: StreamProtocol
    connect: Callable[[], Awaitable[Transport]]
    fields: Mapping[str, Any]  # of the wire's session object
    speaker: OutputDevice | None  # None: the application takes the audio
    microphone: InputDevice | None
    tools: Toolbox
    format: AudioFormat  # of both directions
    canceller: EchoCanceller | None
    make_recorder: Callable[[], Recorder | None]  # None: nothing is recorded
    timeout: float  # seconds within which the server answers a command
