"""What a `FakeServer` says: replies made of items, and how fast and in which order they come."""

from __future__ import annotations

import json
import math
import re
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal, TypeAlias

import anyio

from ..audio._pcm import WIRE_RATE, Pcm, to_frames
from ..server._backend import Audio, Call, Message, Output, Part, Request, Text, UnfinishedResponse
from ..server._connection import Frame
from ._sounds import noise

LETTERS_A_SECOND: Final = 15.0
"""How fast a message is spoken whose length is not given."""

DELTA: Final = 0.1
"""Seconds of sound in one delta."""

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
    pcm: Pcm | None  # None: noise of `seconds`

    def outputs(self, seed: int) -> Iterator[Output]:
        """Give its pieces in order; `seed` is that of its noise."""
        yield Message(self.phase)
        pcm = noise(self.seconds, seed) if self.pcm is None else self.pcm
        text = words(self.text)
        told = 0
        delta = to_frames(DELTA)
        for start in range(0, len(pcm), delta):
            while told < len(text) and told * self.text_spread * len(pcm) <= start * len(text):
                yield Text(text[told])
                told += 1
            yield Audio(pcm[start : start + delta])
        yield from map(Text, text[told:])


@dataclass(frozen=True, slots=True)
class Pause:
    """Nothing happens for some seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Raw:
    """A frame that is sent as it is, in the middle of a reply."""

    frame: Frame


ScriptItem: TypeAlias = ScriptedMessage | Message | Part | Text | Audio | Call | Pause | Raw
"""What a reply is made of: whole messages, or one piece after the other as a `Backend` gives them."""


@dataclass(frozen=True, slots=True)
class Reply:
    """One response: its items, and how it goes."""

    items: Sequence[ScriptItem]
    pace: float = math.inf  # seconds of sound sent in a second
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
    """Script a message item that says `text`.

    seconds: how long its sound is; left out: as long as it takes to say it. phase: "commentary", "final_answer".
    pcm: its sound, int16 mono at 24 kHz; left out: noise that no other message has.
    text_spread: over how much of the sound the transcript's deltas are spread: 0 all text comes first, 0.5 it runs
    ahead, as the service's does, 1 in step, `math.inf` all text comes last.
    """
    length = len(text) / LETTERS_A_SECOND if seconds is None else seconds
    return ScriptedMessage(text, length, phase, text_spread, pcm)


def call(name: str, arguments: str | dict[str, Any] | None = None) -> Call:
    """Script a function call; `arguments` as an object or as the JSON text that the model would write."""
    return Call(name, arguments if isinstance(arguments, str) else json.dumps(arguments or {}))


class ScriptedBackend:
    """A `Backend` that gives the scripted replies, one a response, in order. `inject` sends a frame as it is."""

    def __init__(self, replies: list[Reply], seeds: Iterator[int], inject: Callable[[Frame], None]) -> None:
        self._replies = replies  # shared with the server, which adds to them
        self._seeds = seeds  # of the messages' noise; shared, so that no two messages have the same
        self._inject = inject

    async def respond(self, request: Request) -> AsyncGenerator[Output, None]:
        """Give the next reply; without one the response fails and says so."""
        if not self._replies:
            message = "the FakeServer has no reply left: script one with reply() for each response"
            raise UnfinishedResponse("failed", error={"type": "server_error", "code": "no_reply", "message": message})
        reply = self._replies.pop(0)
        await anyio.sleep(reply.thinking)
        for item in reply.items:
            match item:
                case ScriptedMessage():
                    for output in item.outputs(next(self._seeds)):
                        yield output
                        await _sent(output, reply.pace)
                case Pause(seconds):
                    await anyio.sleep(seconds)
                case Raw(frame):
                    self._inject(frame)
                case output:
                    yield output
                    await _sent(output, reply.pace)
        if reply.status != "completed":
            raise UnfinishedResponse(reply.status, **reply.details)


async def _sent(output: Output, pace: float) -> None:
    """Wait for as long as it takes to send sound, `pace` seconds of it in a second."""
    if isinstance(output, Audio):
        await anyio.sleep(len(output.pcm) / WIRE_RATE / pace)
