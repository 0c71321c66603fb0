"""A schedule: all that happens in one session, as plain data whose repr is the code that makes it again."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from typing import Any, Generic, Literal, TypeAlias, TypeVar

from realtime_sdk.testing import DoneOrder


class Plain:
    """A dataclass that shows the fields that differ from their defaults: a failing schedule has to be short."""

    def __repr__(self) -> str:
        described: Any = fields(self)  # type: ignore[arg-type]  # its subclasses are dataclasses
        values = ((field.name, getattr(self, field.name), field.default) for field in described)
        shown = (f"{name}={_code(value)}" for name, value, default in values if value != default)
        return f"{type(self).__name__}({', '.join(shown)})"


def _code(value: object) -> str:
    return "math.inf" if value == math.inf else repr(value)


# What the server says


@dataclass(frozen=True, repr=False)
class Words(Plain):
    """A piece of a message's text."""

    text: str


@dataclass(frozen=True, repr=False)
class Sound(Plain):
    """A piece of a message's sound, in deltas of 0.1 s, or `whole` in one."""

    seconds: float
    whole: bool = False


@dataclass(frozen=True, repr=False)
class NewPart(Plain):
    """Another content part of the message."""


@dataclass(frozen=True, repr=False)
class Lull(Plain):
    """Nothing comes for some seconds."""

    seconds: float


@dataclass(frozen=True, repr=False)
class Spoken(Plain):
    """A message, piece by piece; without any it is an empty item."""

    pieces: tuple[Words | Sound | NewPart | Lull, ...] = ()


@dataclass(frozen=True, repr=False)
class Called(Plain):
    """A call of a tool that takes so many seconds."""

    seconds: float = 0.0


@dataclass(frozen=True, repr=False)
class Answer(Plain):
    """What the server says in one response."""

    items: tuple[Spoken | Called, ...] = ()
    pace: float = math.inf  # seconds of sound sent in a second
    thinking: float = 0.0  # seconds before the first item
    status: Literal["completed", "incomplete", "failed"] = "completed"


# What the user and the application do


@dataclass(frozen=True, repr=False)
class Ask(Plain):
    """Ask for a response: a spoken one (interrupting what is heard), one of text, or one beside the conversation."""

    how: Literal["spoken", "interrupting", "text", "aside"] = "spoken"


@dataclass(frozen=True, repr=False)
class Speak(Plain):
    """The user speaks; the server cancels its response so many seconds after it heard that."""

    seconds: float = 0.5
    cancel_after: float = 0.0


@dataclass(frozen=True, repr=False)
class Interrupt(Plain):
    """The application interrupts."""


@dataclass(frozen=True, repr=False)
class Cancel(Plain):
    """The application cancels the response that began last."""


@dataclass(frozen=True, repr=False)
class Hold(Plain):
    """The application pauses the sound."""


@dataclass(frozen=True, repr=False)
class GoOn(Plain):
    """The application resumes the sound."""


@dataclass(frozen=True, repr=False)
class Stall(Plain):
    """Something blocks the event loop."""

    seconds: float


@dataclass(frozen=True, repr=False)
class Leave(Plain):
    """The application leaves the session, whatever is going on."""


Act: TypeAlias = Ask | Speak | Interrupt | Cancel | Hold | GoOn | Stall | Leave
ActT = TypeVar("ActT", covariant=True)


@dataclass(frozen=True, repr=False)
class Step(Plain, Generic[ActT]):
    """Something is done `wait` seconds after the SDK has emitted the next event of the type `after`."""

    act: ActT
    wait: float = 0.0
    after: str = ""  # "": at once


# What it happens on


@dataclass(frozen=True, repr=False)
class Network(Plain):
    """How the server's events come, and in which order those that end a response."""

    latency: float = 0.0  # seconds each way
    jolts: tuple[tuple[int, float], ...] = ()  # the nth event comes so many seconds later, and all behind it with it
    done: DoneOrder = "batched"


@dataclass(frozen=True, repr=False)
class Device(Plain):
    """A `VirtualSpeaker`."""

    latency: float = 0.0
    capacity: float = 1.0
    drift: float = 0.0
    tail: float = 0.0


Turns: TypeAlias = Literal["server", "client", "duck", "pause", "wait", "never", "manual"]
"""What speech of the user's does: the server interrupts; it does not, and the client does at once; the client follows
a policy; there are no listeners."""


@dataclass(frozen=True, repr=False)
class Schedule(Plain):
    """A session from its first to its last event."""

    answers: tuple[Answer, ...] = ()  # one a response, in order; a response without one fails
    steps: tuple[Step[Act], ...] = ()
    turns: Turns = "server"
    network: Network = Network()
    device: Device = Device()
