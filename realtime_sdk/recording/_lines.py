"""The caption lines of a session, from its SDK events: who said which words when, and which of them were heard."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from operator import attrgetter
from typing import Any, Protocol

from ..captions._caption import Caption
from ..captions._utterance import Utterance
from ..conversation._sdk_events import (
    CaptionShown,
    PlayoutFinished,
    PlayoutStarted,
    SdkEvent,
    UserSpeechStarted,
    UserSpeechStopped,
    UserTranscript,
)
from ..conversation.message._message import MessageItem
from ..conversation.message._playout import Playout

USER, ASSISTANT = "user", "assistant"
"""The speakers' names in the captions."""


@dataclass(slots=True)
class _Turn:
    """What the user said, and when; wall-clock seconds."""

    started_at: float
    stopped_at: float
    text: str = ""


@dataclass(slots=True)
class _Message:
    """What was heard of a message, and when; wall-clock seconds."""

    started_at: float
    shown: list[tuple[float, Caption]] = field(default_factory=list)  # captions, and when each began to sound
    playout: Playout | None = None  # None: it has not ended


class Lines(Protocol):
    """Builds caption lines from the events of a kind of session."""

    def on_event(self, event: Any) -> None:
        """Handle the next event; kinds without words are ignored."""
        ...

    def ended_by(self, event: Any) -> Utterance | None:
        """Return the line that an event which was handled ends; None: it ends none, or one without words."""
        ...

    def current(self) -> list[Utterance]:
        """Return the lines that have not ended, as they stand, in the order in which they began."""
        ...

    def build(self) -> list[Utterance]:
        """Return the lines so far, in the order in which they began."""
        ...


class LineBuilder:
    """Builds caption lines from SDK events; their times are seconds since `epoch`, a wall-clock time.

    A `CaptionShown` has the time at which its word began to sound.
    """

    def __init__(self, epoch: float) -> None:
        self._epoch = epoch
        self._turns: dict[str | None, _Turn] = {}  # by the user's item; None: the server has not named it yet
        self._messages: dict[str, _Message] = {}  # by item
        self._open: dict[str, _Turn | _Message] = {}  # those of them that have not ended, by item

    def on_event(self, event: SdkEvent) -> None:
        """Handle the next event; kinds without words are ignored."""
        handle = _HANDLERS.get(type(event))
        if handle is not None:
            handle(self, event)

    def ended_by(self, event: SdkEvent) -> Utterance | None:
        """Return the line that an event which was handled ends; None: it ends none, or one without words."""
        match event:
            case PlayoutFinished(item=item) if (message := self._messages.get(item.id)) is not None and message.shown:
                return self._line_of_message(message)
            case UserTranscript(item=item, final=True) if (turn := self._turns.get(item.id)) and turn.text.strip():
                return self._line_of_turn(turn)
        return None

    def current(self) -> list[Utterance]:
        """Return the lines that have not ended, as they stand, in the order in which they began."""
        return self._lines(self._open.values())

    def build(self) -> list[Utterance]:
        """Return the lines so far, in the order in which they began.

        A message that was not heard, and a turn that was not recognised, have none.
        """
        return self._lines([*self._turns.values(), *self._messages.values()])

    def _lines(self, spoken: Iterable[_Turn | _Message]) -> list[Utterance]:
        lines = [
            self._line_of_turn(each) if isinstance(each, _Turn) else self._line_of_message(each)
            for each in spoken
            if (each.text.strip() if isinstance(each, _Turn) else each.shown)
        ]
        return sorted(lines, key=attrgetter("start"))

    def _speech_started(self, event: UserSpeechStarted) -> None:
        self._turns[event.item_id] = _Turn(event.at, event.at)

    def _speech_stopped(self, event: UserSpeechStopped) -> None:
        self._turn(event.item_id, event.at).stopped_at = event.at

    def _transcript(self, event: UserTranscript) -> None:
        if None in self._turns:
            self._turns[event.item.id] = self._turns.pop(None)
        turn = self._turn(event.item.id, event.at)
        turn.text = event.text
        self._follow(event.item.id, turn, ended=event.final)

    def _playout_started(self, event: PlayoutStarted) -> None:
        self._messages[event.item.id] = message = _Message(event.at)
        self._follow(event.item.id, message, ended=False)

    def _caption_shown(self, event: CaptionShown) -> None:
        self._message(event.item, event.at).shown.append((event.at, event.caption))

    def _playout_finished(self, event: PlayoutFinished) -> None:
        message = self._message(event.item, event.at)
        message.playout = event.playout
        self._follow(event.item.id, message, ended=True)

    def _follow(self, item_id: str, spoken: _Turn | _Message, *, ended: bool) -> None:
        if ended:
            self._open.pop(item_id, None)
        else:
            self._open[item_id] = spoken

    def _turn(self, item_id: str | None, at: float) -> _Turn:
        return self._turns.setdefault(item_id, _Turn(at, at))

    def _message(self, item: MessageItem, at: float) -> _Message:
        return self._messages.setdefault(item.id, _Message(at))

    def _line_of_turn(self, turn: _Turn) -> Utterance:
        caption = Caption("", 0, turn.text, 0.0, turn.stopped_at - turn.started_at)
        return self._line(USER, turn.started_at, turn.stopped_at, [caption], interrupted=False)

    def _line_of_message(self, message: _Message) -> Utterance:
        captions = at_their_times(message.started_at, message.shown)
        finished_at = message.started_at + captions[-1].end
        if message.playout is not None and message.playout.finished_at is not None:
            finished_at = message.playout.finished_at
        interrupted = message.playout is None or message.playout.interrupted
        return self._line(ASSISTANT, message.started_at, finished_at, captions, interrupted=interrupted)

    def _line(
        self, speaker: str, started_at: float, finished_at: float, captions: list[Caption], *, interrupted: bool
    ) -> Utterance:
        start, end = started_at - self._epoch, finished_at - self._epoch
        return Utterance(speaker, start, max(start, end), captions, interrupted)


def at_their_times(started_at: float, shown: Sequence[tuple[float, Caption]]) -> list[Caption]:
    """Give captions the times at which they sounded, from the start of their message's playout.

    A silence within the playout, such as a pause, is none of a message's audio, from which their own times count.

    Args:
        started_at: when the playout started.
        shown: the captions, and when each began to sound.

    """
    ends = chain((at for at, _ in shown[1:]), [math.inf])
    return [
        replace(caption, start=at - started_at, end=max(at, min(at + caption.end - caption.start, end)) - started_at)
        for (at, caption), end in zip(shown, ends, strict=False)
    ]


_HANDLERS: dict[type, Callable[[LineBuilder, Any], None]] = {
    UserSpeechStarted: LineBuilder._speech_started,
    UserSpeechStopped: LineBuilder._speech_stopped,
    UserTranscript: LineBuilder._transcript,
    PlayoutStarted: LineBuilder._playout_started,
    CaptionShown: LineBuilder._caption_shown,
    PlayoutFinished: LineBuilder._playout_finished,
}
