"""When the next thing is said, and when a talk is over: told from the SDK's events alone."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Protocol

from ..conversation._items import FunctionCallItem
from ..conversation._message import MessageItem
from ..conversation._response import Response
from ..conversation._sdk_events import (
    CaptionShown,
    PlayoutFinished,
    ResponseStarted,
    SdkEvent,
    UserSpeechStarted,
    UserTranscript,
)

PATIENCE = 30.0
"""Seconds without anything happening after which a scripted talk is given up."""

_MID_SENTENCE_CAPTIONS = 12
"""How many words of a message are heard before somebody breaks into it."""

_GOODBYE = re.compile(r"\b(good ?bye|bye[ -]bye|bye)\b[\s.!]*$", re.IGNORECASE)


class Conductor(Protocol):
    """Watches a talk and knows when it is over."""

    @property
    def over(self) -> bool:
        """Whether the talk has come to its end."""
        ...

    def notice(self, event: SdkEvent) -> None:
        """Take the next event."""
        ...

    def tick(self, at: float) -> None:
        """It is `at` now, in wall-clock seconds; called several times a second."""
        ...


class Reply:
    """What the model answers to the user's latest words, which may take several responses if tools are called."""

    def __init__(self) -> None:
        self._latest: Response | None = None  # None: the user has spoken since, or nobody has
        self._finished: set[str] = set()  # ids of the messages whose playout is final

    def notice(self, event: SdkEvent) -> None:
        """Take the next event."""
        if isinstance(event, UserSpeechStarted):
            self._latest = None
        elif isinstance(event, ResponseStarted):
            self._latest = event.response
        elif isinstance(event, PlayoutFinished):
            self._finished.add(event.item.id)

    @property
    def messages(self) -> list[MessageItem]:
        """The messages of the latest response."""
        return [] if self._latest is None else [m for m in self._latest.items if isinstance(m, MessageItem)]

    @property
    def complete(self) -> bool:
        """Whether the latest response has all its items."""
        return self._latest is not None and self._latest.status != "in_progress"

    @property
    def over(self) -> bool:
        """Whether it was heard to its end. A response that called a tool has another one behind it."""
        if self._latest is None or not self.complete:
            return False
        called = any(isinstance(item, FunctionCallItem) for item in self._latest.items)
        return not called and all(message.id in self._finished for message in self.messages)


class Cue(Enum):
    """When a line of a script is said."""

    REPLY_OVER = "when the last line was said and the reply to it heard to its end; the first line: at once"
    BREAKING_IN = "in the middle of the reply's second message, or of its only one; if it was too short: after it"


@dataclass(frozen=True, slots=True)
class Line:
    """What the user says, and when."""

    sound: Path  # a sound file
    seconds: float  # its length
    cue: Cue = Cue.REPLY_OVER


class Script:
    """A user who knows what to say: speaks each line at its cue, and leaves when the last reply is over."""

    def __init__(self, lines: Sequence[Line], say: Callable[[Path], object]) -> None:
        self.over = False
        self._lines = deque(lines)  # those to come
        self._say = say  # speaks into the microphone, in real time
        self._reply: Reply | None = None  # to the line said last; None before the first
        self._said_until = 0.0  # wall time at which that line ends
        self._news_at = 0.0  # wall time of the last event

    def notice(self, event: SdkEvent) -> None:
        """Take the next event, and break in if it is the cue."""
        if self._reply is None:
            return
        self._reply.notice(event)
        self._news_at = event.at or self._news_at
        if self._lines and self._lines[0].cue is Cue.BREAKING_IN and self._in_mid_sentence(self._reply, event):
            self._speak(self._news_at)

    def tick(self, at: float) -> None:
        """Speak, or leave, if it is time."""
        if self._reply is None or (self._reply.over and at >= self._said_until):
            if self._lines:
                self._speak(at)
            else:
                self.over = True
        elif at - max(self._news_at, self._said_until) > PATIENCE:
            self.over = True

    def _speak(self, at: float) -> None:
        line = self._lines.popleft()
        self._reply = Reply()
        self._said_until = at + line.seconds
        self._say(line.sound)

    def _in_mid_sentence(self, reply: Reply, event: SdkEvent) -> bool:
        if not isinstance(event, CaptionShown) or event.caption.index < _MID_SENTENCE_CAPTIONS:
            return False
        only = reply.complete and len(reply.messages) == 1
        return event.item in (reply.messages if only else reply.messages[1:])


class Goodbye:
    """A user at a microphone: the talk is over when the reply to a goodbye is."""

    def __init__(self) -> None:
        self._reply = Reply()
        self._taking_leave = False

    @property
    def over(self) -> bool:
        """Whether leave was taken and answered."""
        return self._taking_leave and self._reply.over

    def notice(self, event: SdkEvent) -> None:
        """Take the next event."""
        self._reply.notice(event)
        if isinstance(event, UserTranscript) and event.final:
            self._taking_leave = _GOODBYE.search(event.text) is not None

    def tick(self, at: float) -> None:
        """Let time pass."""
