"""A case: one session of the fuzzer, as plain data whose repr is the code that makes it again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from ..schedules.schedule import Plain
from .mutations import Mutation

Deed: TypeAlias = Literal[
    "respond", "respond briefly", "aside", "text", "note", "text over", "interrupt", "cancel", "pause", "resume",
    "update", "leave",
]  # fmt: skip
"""What an application can do: ask for a response (and wait for 0.2 s only; or beside the conversation), send text (not
to be answered; interrupting), interrupt, cancel the latest response, hold the sound and go on, change the session, …"""

Reading: TypeAlias = Literal["events", "captions", "late captions", "deltas", "audio"]
"""What an application reads beside the responses and their items; "late" captions once the message was heard."""


@dataclass(frozen=True, repr=False)
class Act(Plain):
    """The application does something `at` seconds after the session was opened."""

    at: float
    do: Deed


@dataclass(frozen=True, repr=False)
class Case(Plain):
    """A session from its first frame to the end of its connection."""

    transcript: str  # its name: see `transcripts.named`
    mutations: tuple[Mutation, ...] = ()  # applied one after the other
    acts: tuple[Act, ...] = ()  # in the order of their times
    reads: tuple[Reading, ...] = ("events", "captions")
    tempo: float = 1.0  # factor of the seconds between frames; 0: all come at once
    burst: bool = False  # frames that are due are received without another task running in between
    echo: bool = True  # the server sends back the metadata of the request that a response answers
    linger: float = 5.0  # seconds from the last frame to the end of the connection
    code: int | None = 1000  # with which it is closed; None: it breaks
    speaker: bool = True  # else the application takes the sound
    latency: float = 0.0  # seconds, of the speaker
    tools: bool = False  # the application has a function for the model
