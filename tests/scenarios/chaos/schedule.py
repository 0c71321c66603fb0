"""A schedule: all that happens in one session on a bad network, as plain data whose repr is the code of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from realtime_sdk.testing import ConnectionFault, Phase, Refuse

from ..schedules.schedule import (
    Answer,
    Called,
    Cancel,
    Device,
    GoOn,
    Hold,
    Interrupt,
    Lull,
    Plain,
    Sound,
    Spoken,
    Step,
    Words,
)

__all__ = [
    "Act",
    "Answer",
    "Ask",
    "Break",
    "Called",
    "Cancel",
    "Deny",
    "Device",
    "Fail",
    "GoOn",
    "Hold",
    "Interrupt",
    "Lull",
    "Say",
    "Schedule",
    "Sound",
    "Spoken",
    "Step",
    "Update",
    "Words",
]


SOUND_CARD: Final = Device()


@dataclass(frozen=True, repr=False)
class Ask(Plain):
    """The application sends a text (interrupting what is heard, or without an answer), or asks for a response."""

    how: Literal["text", "interrupting", "note", "respond"] = "text"


@dataclass(frozen=True, repr=False)
class Say(Plain):
    """The user says something into the microphone."""

    seconds: float = 0.6


@dataclass(frozen=True, repr=False)
class Update(Plain):
    """The application changes the session's instructions."""


@dataclass(frozen=True, repr=False)
class Break(Plain):
    """The connection fails now."""

    fault: ConnectionFault


@dataclass(frozen=True, repr=False)
class Deny(Plain):
    """The next connections are refused."""

    refusal: Refuse
    count: int = 1


Act: TypeAlias = Ask | Say | Interrupt | Cancel | Hold | GoOn | Update | Break | Deny


@dataclass(frozen=True, repr=False)
class Fail(Plain):
    """A connection fails in a phase: see `FakeServer.fail`. The connection that opens the session is spared."""

    fault: ConnectionFault
    at: Phase
    nth: int = 1
    after: float = 0.0


@dataclass(frozen=True, repr=False)
class Schedule(Plain):
    """A session from its first to its last event."""

    answers: tuple[Answer, ...] = ()  # one a response, in order; those that follow are short
    steps: tuple[Step[Act], ...] = ()
    fails: tuple[Fail, ...] = ()
    lifetime: float = 3600.0  # seconds after which each connection's session expires
    latency: float = 0.0  # seconds each way
    device: Device = SOUND_CARD
    luck: int = 0  # seeds the jitter between two attempts to connect
