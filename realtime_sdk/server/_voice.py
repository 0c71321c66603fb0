"""What a server needs to be somebody: ears that hear, and a voice that answers.

`realtime_sdk.testing` gives the server a script, `realtime_sdk.local` speech recognition and a neural voice; the
protocol around them is the same.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeAlias

from ..audio._pcm import Pcm


@dataclass(frozen=True, slots=True)
class Message:
    """A new message item begins; what follows belongs to it."""

    phase: str | None = None  # "commentary", "final_answer", or None: the key is then absent on the wire


@dataclass(frozen=True, slots=True)
class Part:
    """Another content part of the current message begins; the first one begins by itself."""


@dataclass(frozen=True, slots=True)
class Text:
    """The next piece of the current part's transcript (of its text, where the response has no audio)."""

    delta: str


@dataclass(frozen=True, slots=True)
class Audio:
    """The next piece of the current part's sound: int16 mono, 24 000 frames a second."""

    pcm: Pcm


@dataclass(frozen=True, slots=True)
class Call:
    """A function call item, whole: `arguments` is a JSON object as text."""

    name: str
    arguments: str


Output: TypeAlias = Message | Part | Text | Audio | Call


@dataclass(frozen=True, slots=True)
class Request:
    """What the voice is asked to answer: the conversation as the server holds it, and the settings in force."""

    items: Sequence[dict[str, Any]]  # wire items in conversation order; user audio has its `transcript` filled in
    instructions: str = ""
    tools: Sequence[dict[str, Any]] = ()
    voice: str = ""
    audio: bool = True  # False: the response is text alone
    extra: dict[str, Any] = field(default_factory=dict)  # the rest of the session's and the request's fields


class Voice(Protocol):
    """Answers a request, piece by piece; cancelled by closing the iterator."""

    def respond(self, request: Request) -> AsyncIterator[Output]:
        """Give the items of one response in order."""
        ...


@dataclass(frozen=True, slots=True)
class SpeechStarted:
    """The user began to speak at this frame of the session's input."""

    frame: int


@dataclass(frozen=True, slots=True)
class SpeechStopped:
    """The user had fallen silent at this frame of the session's input."""

    frame: int


class Ears(Protocol):
    """Voice activity and recognition for one session. Frames count from the session's first appended sample."""

    def listen(self, pcm: Pcm) -> Sequence[SpeechStarted | SpeechStopped]:
        """Take the next 24 kHz input sound; return the turn boundaries it revealed. Fast enough for the loop."""
        ...

    def configure(self, turn_detection: dict[str, Any] | None) -> None:
        """Adopt the session's `turn_detection` object; None: no detection."""
        ...

    def transcribe(self, pcm: Pcm) -> AsyncIterator[str]:
        """Recognise one committed turn: pieces of its transcript, which concatenated are the whole."""
        ...
