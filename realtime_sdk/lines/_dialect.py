"""What a dialect of a line is: the far side's messages as events, and what it is sent as messages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, TypeAlias

from ..audio._formats import AudioFormat

Message: TypeAlias = str | bytes
"""A message of a WebSocket: text or binary."""

Acknowledgement: TypeAlias = Literal["marks", "frames"]
"""What the far side reports of its playback: marks that it has reached, or the frames that it has played."""


@dataclass(frozen=True, slots=True)
class Started:
    """The far side is ready; nothing is sent before."""

    input: AudioFormat  # of the audio that it sends
    output: AudioFormat  # of the audio that it plays
    stream: str = ""  # its name for the stream, which messages to it repeat
    call: Mapping[str, Any] = field(default_factory=dict)  # what it said about the call


@dataclass(frozen=True, slots=True)
class Audio:
    """Audio of the caller, in the format of `Started.input`."""

    payload: bytes
    number: int | None = None  # of this piece, where they may come out of order


@dataclass(frozen=True, slots=True)
class MarkReached:
    """The far side has played everything before this mark, or says so because it was told to clear."""

    name: str


@dataclass(frozen=True, slots=True)
class FramesPlayed:
    """The far side has played this many frames since the clear of this number."""

    clear: int
    frames: int


@dataclass(frozen=True, slots=True)
class DigitPressed:
    """The caller has pressed a key: a digit, `*`, `#`, or a letter from A to D; a line ignores any other text."""

    digit: str


@dataclass(frozen=True, slots=True)
class Stopped:
    """The far side has hung up."""


LineEvent: TypeAlias = Started | Audio | MarkReached | FramesPlayed | DigitPressed | Stopped


class MalformedMessage(ValueError):
    """A dialect can't read a message: it says why. The line logs it, and goes on; it is raised no further."""


class LineDialect(Protocol):
    """The messages of one kind of far side. It has no state, and does nothing but translate.

    An own dialect makes a `MediaStreamLine` of any transport that says what it has played.
    """

    @property
    def acknowledges(self) -> Acknowledgement:
        """What the far side reports of its playback: marks, or counted frames."""
        ...

    @property
    def whole_packets(self) -> bool:
        """Whether it takes packets of one length only: the last one is then filled with silence."""
        ...

    def decode(self, message: Message) -> LineEvent | None:
        """Translate a message; None: nothing depends on it.

        Raises:
            MalformedMessage: it can't be read.
        """
        ...

    def audio(self, payload: bytes, start: Started) -> Message:
        """Make the message that queues audio, in the format of `start.output`."""
        ...

    def mark(self, name: str, start: Started) -> Message | None:
        """Make the message that asks for a mark behind the audio so far; None where frames are counted."""
        ...

    def clear(self, number: int, start: Started) -> Message:
        """Make the message that drops all audio; counted frames begin at 0 again, and are reported with `number`."""
        ...

    def pause(self, start: Started) -> Message | None:
        """Make the message that holds the audio; None: the far side can't; it is cleared, and sent the rest again."""
        ...

    def resume(self, start: Started) -> Message | None:
        """Make the message that goes on after a pause."""
        ...
