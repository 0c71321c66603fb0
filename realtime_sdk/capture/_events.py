"""Events of the capture, for the session to apply. Times are wall-clock seconds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from ..audio._pcm import Pcm
from ._levels import Level

FaultKind: TypeAlias = Literal["silent", "clipping"]
"""What is wrong with the audio of a microphone that works."""


@dataclass(frozen=True, slots=True, eq=False)
class Append:
    """Audio for the server's input buffer."""

    at: float  # of the first frame
    pcm: Pcm
    data: bytes  # the same, encoded in the session's input format


@dataclass(frozen=True, slots=True)
class TurnBegan:
    """A locally detected turn has reached its shortest length; it began at `at`. Its audio follows."""

    at: float


@dataclass(frozen=True, slots=True)
class TurnEnded:
    """A turn ended at `at`, and all of its audio has been passed on.

    commit: the server has enough of it to make a message. clear: it has some, but too little: the rest was muted.
    """

    at: float
    commit: bool
    clear: bool


@dataclass(frozen=True, slots=True)
class SpeechBegan:
    """The local detector found that the user began to speak at `at`.

    With `Turns.by_voice` the turn has begun with it; with `Turns.by_server(early=…)` it is a suspicion.
    """

    at: float


@dataclass(frozen=True, slots=True)
class SpeechEnded:
    """The local detector found that the user stopped speaking at `at`."""

    at: float


@dataclass(frozen=True, slots=True)
class CancellerFailed:
    """The echo canceller was replaced by a half-duplex gate."""

    at: float
    reason: str  # what happened, and what to do


@dataclass(frozen=True, slots=True)
class InputLost:
    """The microphone failed; silence replaces it."""

    at: float
    reason: str


@dataclass(frozen=True, slots=True)
class InputRestored:
    """The microphone works again."""

    at: float


@dataclass(frozen=True, slots=True)
class FaultBegan:
    """The microphone works, but gives no signal, or clips."""

    at: float
    fault: FaultKind
    reason: str  # what happened, and what to do


@dataclass(frozen=True, slots=True)
class FaultEnded:
    """A fault of the microphone has ended, or the device with it."""

    at: float
    fault: FaultKind


InputReport: TypeAlias = Level | CancellerFailed | InputLost | InputRestored | FaultBegan | FaultEnded
"""What is reported to the application as it is."""

SpeechEvent: TypeAlias = TurnBegan | TurnEnded | SpeechBegan | SpeechEnded
"""What the user does."""

CaptureEvent: TypeAlias = Append | SpeechEvent | InputReport
