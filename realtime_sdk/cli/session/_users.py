"""The user's side of a conversation: a script, or a person at the microphone. Driven only by SDK events."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Protocol

from ...conversation._response import Response
from ...conversation._sdk_events import (
    CaptionShown,
    PlayoutFinished,
    ResponseStarted,
    SdkEvent,
    UserSpeechStarted,
    UserTranscript,
)
from ...conversation.items._items import FunctionCallItem
from ...conversation.message._message import MessageItem

IDLE_SECONDS = 30.0
"""Seconds without an event after which a script is abandoned."""

_BARGE_IN_CAPTION = 12
"""Index of the caption at which a script interrupts a message."""

_GOODBYE = re.compile(r"\b(good ?bye|bye[ -]bye|bye)\b[\s.!]*$", re.IGNORECASE)


class User(Protocol):
    """The user of a conversation, who ends it."""

    @property
    def finished(self) -> bool:
        """Whether the user has ended the conversation."""
        ...

    def on_event(self, event: SdkEvent) -> None:
        """Handle the next event."""
        ...

    def tick(self, at: float) -> None:
        """Act on the time, `at` in wall-clock seconds; called several times a second."""
        ...


class Reply:
    """The model's reply to the latest user turn: several responses if tools are called."""

    def __init__(self) -> None:
        self._latest: Response | None = None  # None: no response has started since the user spoke
        self._played: set[str] = set()  # ids of the messages whose playout is final

    def on_event(self, event: SdkEvent) -> None:
        """Handle the next event."""
        if isinstance(event, UserSpeechStarted):
            self._latest = None
        elif isinstance(event, ResponseStarted):
            self._latest = event.response
        elif isinstance(event, PlayoutFinished):
            self._played.add(event.item.id)

    @property
    def messages(self) -> list[MessageItem]:
        """The messages of the latest response."""
        return [] if self._latest is None else [m for m in self._latest.items if isinstance(m, MessageItem)]

    @property
    def complete(self) -> bool:
        """Whether the latest response has all its items."""
        return self._latest is not None and self._latest.status != "in_progress"

    @property
    def finished(self) -> bool:
        """Whether the reply was heard to its end. A response that called a tool is followed by another one."""
        if self._latest is None or not self.complete:
            return False
        called = any(isinstance(item, FunctionCallItem) for item in self._latest.items)
        return not called and all(message.id in self._played for message in self.messages)


class Cue(Enum):
    """When an utterance of a script is spoken."""

    AFTER_REPLY = "after the reply to the utterance before it was heard to its end; the first: at once"
    BARGE_IN = "in the middle of the reply's second message, or of its only one; after a reply too short for that"


@dataclass(frozen=True, slots=True)
class Utterance:
    """What the user says, and when."""

    path: Path  # an audio file
    duration: float  # in seconds
    cue: Cue = Cue.AFTER_REPLY


class ScriptedUser:
    """Speaks each utterance at its cue, and ends the conversation when the last reply was heard."""

    def __init__(self, utterances: Sequence[Utterance], say: Callable[[Path], object]) -> None:
        self.finished = False
        self._utterances = deque(utterances)  # those to come
        self._say = say  # speaks a file into the microphone, in real time
        self._reply: Reply | None = None  # to the latest utterance; None before the first
        self._speaking_until = 0.0  # wall-clock time at which that utterance ends
        self._last_event_at = 0.0  # wall-clock time

    def on_event(self, event: SdkEvent) -> None:
        """Handle the next event, and interrupt at a cue for that."""
        if self._reply is None:
            return
        self._reply.on_event(event)
        self._last_event_at = event.at or self._last_event_at
        if self._utterances and self._utterances[0].cue is Cue.BARGE_IN and self._in_mid_message(self._reply, event):
            self._speak(self._last_event_at)

    def tick(self, at: float) -> None:
        """Speak, or end the conversation, if it is time."""
        if self._reply is None or (self._reply.finished and at >= self._speaking_until):
            if self._utterances:
                self._speak(at)
            else:
                self.finished = True
        elif at - max(self._last_event_at, self._speaking_until) > IDLE_SECONDS:
            self.finished = True

    def _speak(self, at: float) -> None:
        utterance = self._utterances.popleft()
        self._reply = Reply()
        self._speaking_until = at + utterance.duration
        self._say(utterance.path)

    def _in_mid_message(self, reply: Reply, event: SdkEvent) -> bool:
        if not isinstance(event, CaptionShown) or event.caption.index < _BARGE_IN_CAPTION:
            return False
        only = reply.complete and len(reply.messages) == 1
        return event.item in (reply.messages if only else reply.messages[1:])


class LiveUser:
    """A person at a microphone: the conversation ends when a goodbye was answered."""

    def __init__(self) -> None:
        self._reply = Reply()
        self._said_goodbye = False

    @property
    def finished(self) -> bool:
        """Whether a goodbye was said and answered."""
        return self._said_goodbye and self._reply.finished

    def on_event(self, event: SdkEvent) -> None:
        """Handle the next event."""
        self._reply.on_event(event)
        if isinstance(event, UserTranscript) and event.final:
            self._said_goodbye = _GOODBYE.search(event.text) is not None

    def tick(self, at: float) -> None:
        """Do nothing: a person needs no cues."""
