"""Replies of a `FakeServer`: their items, and how fast and in which order they come."""

from __future__ import annotations

import itertools
import math
import re
from collections import deque
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal, TypeAlias
from weakref import WeakMethod

import anyio

from .._runtime.arguments import check_duration, check_text, shown
from ..audio._pcm import WIRE_RATE, Pcm, check_pcm, to_frames
from ..errors import UsageError
from ..server._backend import Audio, Call, Message, Output, Part, Request, Text, UnfinishedResponse
from ..server._connection import Frame
from ._script_arguments import arguments_text, check_at_least, check_phase, written
from ._scripted_speech import LETTERS_PER_SECOND, speech
from ._tool_servers import ScriptedMcpCall

DELTA: Final = 0.1
"""Seconds of audio in one delta."""

Ending: TypeAlias = Literal["completed", "incomplete", "failed", "cancelled"]
"""The status with which a response ends."""

_WORD: Final = re.compile(r"\s*\S+|\s+$")


@dataclass(frozen=True, slots=True, eq=False)
class ScriptedMessage:
    """A message item; see `message`."""

    text: str
    seconds: float
    phase: str | None
    text_spread: float
    pcm: Pcm | None  # None: a voice says the text

    def _outputs(self, seed: int) -> Iterator[Output]:
        """Yield its pieces in order; `seed` is that of its noise."""
        yield Message(self.phase)
        pcm = speech(self.text, self.seconds, seed) if self.pcm is None else self.pcm
        text = words(self.text)
        written = 0
        delta = to_frames(DELTA)
        for start in range(0, len(pcm), delta):
            while written < len(text) and written * self.text_spread * len(pcm) <= start * len(text):
                yield Text(text[written])
                written += 1
            yield Audio(pcm[start : start + delta])
        yield from map(Text, text[written:])


@dataclass(frozen=True, slots=True)
class SpokenSegment:
    """A stretch of a transcript, of one speaker; `start` and `end` are seconds of the audio."""

    speaker: str
    text: str
    start: float
    end: float

    def __post_init__(self) -> None:
        check_text("speaker", self.speaker)
        check_text("text", self.text)
        check_duration("start", self.start)
        check_duration("end", self.end)
        if self.end < self.start:
            raise UsageError(f"a segment ends after its start, {self.start} s, not at {self.end} s")


@dataclass(frozen=True, slots=True)
class ScriptedTranscript:
    """The transcript of a turn of the user."""

    text: str | None  # None: it can't be transcribed
    segments: Sequence[SpokenSegment] = ()
    languages: Sequence[str] | None = None  # that are detected; None: the model detects none


@dataclass(frozen=True, slots=True)
class Pause:
    """Nothing happens for some seconds."""

    seconds: float

    def __post_init__(self) -> None:
        check_duration("Pause.seconds", self.seconds)


@dataclass(frozen=True, slots=True)
class Raw:
    """A frame that is sent as it is, in the middle of a reply."""

    frame: Frame

    def __post_init__(self) -> None:
        check_frame("Raw.frame", self.frame)


ScriptItem: TypeAlias = ScriptedMessage | ScriptedMcpCall | Message | Part | Text | Audio | Call | Pause | Raw
"""The pieces of a reply: whole messages, or one piece after the other as a `Backend` yields them."""


@dataclass(frozen=True, slots=True)
class Reply:
    """One response: its items, and how it goes."""

    items: Sequence[ScriptItem]
    pace: float = math.inf  # seconds of audio sent in a second
    thinking: float = 0.0  # seconds before the first item
    status: Ending = "completed"
    details: dict[str, Any] = field(default_factory=dict)  # of a status other than "completed"


def words(text: str) -> list[str]:
    """Cut a text as the service cuts its deltas: words with the white space before them."""
    return _WORD.findall(text)


def message(
    text: str = "", *, seconds: float | None = None, phase: str | None = None, pcm: Pcm | None = None,
    text_spread: float = 0.5,
) -> ScriptedMessage:
    """Script a message item with the transcript `text`.

    seconds: length of its audio; left out: as long as it takes to say the text. phase: "commentary", "final_answer".
    pcm: its audio, int16 mono of shape (frames,) at 24 000 Hz; left out: a toy voice says the text, with faint
    noise that no other message has.
    text_spread: over how much of the audio the transcript's deltas are spread: 0 all text comes first, 0.5 it runs
    ahead, as the service's does, 1 in step, `math.inf` all text comes last.

    Raises:
        UsageError: an argument is of a wrong kind.
    """
    check_text("text", text)
    length = len(text) / LETTERS_PER_SECOND if seconds is None else seconds
    check_duration("seconds", length)
    check_phase(phase)
    if pcm is not None:
        check_pcm(pcm)
        if seconds is not None and abs(to_frames(length) - len(pcm)) > 1:
            raise UsageError(f"pcm has {len(pcm) / WIRE_RATE:g} s of its own: leave seconds={seconds:g} out")
    check_at_least("text_spread is a number", text_spread, 0)
    return ScriptedMessage(text, length, phase, text_spread, pcm)


def call(name: str, arguments: str | dict[str, Any] | None = None) -> Call:
    """Script a function call; `arguments` as an object or as the JSON text that the model would write.

    Raises:
        UsageError: `name` is no string, or `arguments` can't be written as JSON.
    """
    return Call(name, arguments_text(name, arguments))


def check_frame(name: str, frame: object) -> None:
    """Refuse a frame that can't be sent: a frame is an event as a dict, or text or bytes as they are."""
    if not isinstance(frame, dict | str | bytes):
        raise UsageError(f"{name} is an event as a dict, or a frame as str or bytes, not {shown(frame)}")
    if isinstance(frame, dict):
        written(name, frame)


def check_transcript(segments: object, languages: object) -> None:
    """Refuse segments and languages of a transcript that can't be sent."""
    if not isinstance(segments, Sequence) or not all(isinstance(each, SpokenSegment) for each in segments):
        raise UsageError(f"segments is a list of SpokenSegment(speaker, text, start, end), not {shown(segments)}")
    if languages is not None and (isinstance(languages, str) or not isinstance(languages, Sequence)):
        raise UsageError(f'languages is a list of codes, such as ["en"], not {shown(languages)}')
    for language in languages or ():
        check_text("each language", language)


class Replies:
    """The scripted replies of a server, for all of its connections."""

    def __init__(self) -> None:
        self._waiting: deque[Reply] = deque()
        self._seeds = itertools.count(1)  # of the messages' noise: no two messages have the same

    def add(self, reply: Reply) -> None:
        """Script the next response."""
        self._waiting.append(reply)

    def next(self) -> Reply:
        """Take the next reply; without one the response fails and says so."""
        if not self._waiting:
            message = "the FakeServer has no reply left: script one with reply() for each response"
            raise UnfinishedResponse("failed", error={"type": "server_error", "code": "no_reply", "message": message})
        return self._waiting.popleft()

    def seed(self) -> int:
        """Return the seed of the next message's noise."""
        return next(self._seeds)


class ScriptedBackend:
    """A `Backend` that gives the scripted replies, one per response, in order. `inject` sends a frame as it is.

    It is the connection's, which owns the backend: a strong reference would keep both, and the session with its
    conversation, until Python next looks for cycles.
    """

    def __init__(self, replies: Replies, inject: WeakMethod[Callable[[Frame], None]]) -> None:
        self._replies = replies
        self._inject = inject

    async def respond(self, request: Request) -> AsyncGenerator[Output, None]:
        """See `Backend`."""
        reply = self._replies.next()
        await anyio.sleep(reply.thinking)
        for item in reply.items:
            match item:
                case ScriptedMessage():
                    for output in item._outputs(self._replies.seed()):
                        yield output
                        await _sent(output, reply.pace)
                case ScriptedMcpCall():
                    yield item._output()
                case Pause(seconds):
                    await anyio.sleep(seconds)
                case Raw(frame):
                    if (inject := self._inject()) is not None:
                        inject(frame)
                case output:
                    yield output
                    await _sent(output, reply.pace)
        if reply.status != "completed":
            raise UnfinishedResponse(reply.status, **reply.details)


async def _sent(output: Output, pace: float) -> None:
    """Wait for as long as it takes to send audio, `pace` seconds of it in a second."""
    if isinstance(output, Audio):
        await anyio.sleep(len(output.pcm) / WIRE_RATE / pace)
