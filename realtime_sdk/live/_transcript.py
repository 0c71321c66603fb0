"""The transcript of a stream session, as it was heard: who said what, and when. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from operator import attrgetter
from typing import Any, Final

from ..captions._utterance import Utterance
from ._events import LiveCaption, LiveCaptionShown, LiveInterrupted, Role

PAUSE: Final = 1.0
"""Seconds of silence that end an utterance, as they end a cue of subtitles: the server marks no end."""


@dataclass(slots=True)
class _Speech:
    """Words of one side without a long pause; seconds since the epoch of the transcript."""

    start: float
    end: float
    captions: list[LiveCaption] = field(default_factory=list)  # their times count from `start`
    interrupted: bool = False


class LiveTranscript:
    """Collects captions into utterances; their times are seconds since `epoch`, a wall-clock time."""

    def __init__(self, epoch: float) -> None:
        self._epoch = epoch
        self._speeches: dict[Role, list[_Speech]] = {"user": [], "assistant": []}

    def on_event(self, event: object) -> None:
        """Handle the next event of the session; kinds without words are ignored."""
        if (handle := _HANDLERS.get(type(event))) is not None:
            handle(self, event)

    def ended_by(self, event: object) -> Utterance | None:
        """Return the utterance that an event which was handled ends; None: it ends none."""
        match event:
            case LiveCaptionShown(caption=LiveCaption(role=role)) if self._began(role):
                return _utterance(role, self._speeches[role][-2])
            case _:
                return None

    def current(self) -> list[Utterance]:
        """Return the last utterance of each side: it may go on."""
        last = [_utterance(role, speeches[-1]) for role, speeches in self._speeches.items() if speeches]
        return sorted(last, key=attrgetter("start"))

    def build(self) -> list[Utterance]:
        """Return the utterances so far, in the order in which they began."""
        made = [_utterance(role, speech) for role, speeches in self._speeches.items() for speech in speeches]
        return sorted(made, key=attrgetter("start"))

    def _caption_shown(self, event: LiveCaptionShown) -> None:
        caption, at = event.caption, event.at - self._epoch
        speeches = self._speeches[caption.role]
        last = speeches[-1] if speeches else None
        if last is None or last.interrupted or at - last.end > PAUSE:
            last = _Speech(at, at)
            speeches.append(last)
        length = caption.end - caption.start
        # Fragments that come late, all at once, still follow one another.
        start = max(at - last.start, last.captions[-1].start if last.captions else 0.0)
        last.captions.append(replace(caption, start=start, end=start + length))
        last.end = max(last.end, last.start + start + length)

    def _interrupted(self, event: LiveInterrupted) -> None:
        speeches = self._speeches["assistant"]
        if event.dropped and event.cut_off and speeches and event.at - self._epoch <= speeches[-1].end + PAUSE:
            speeches[-1].interrupted = True

    def _began(self, role: Role) -> bool:
        """Whether the last caption of a side began an utterance that is not its first."""
        speeches = self._speeches[role]
        return len(speeches) > 1 and len(speeches[-1].captions) == 1


def _utterance(role: Role, speech: _Speech) -> Utterance:
    return Utterance(role, speech.start, speech.end, tuple(speech.captions), speech.interrupted)


_HANDLERS: Final[dict[type, Callable[[LiveTranscript, Any], None]]] = {
    LiveCaptionShown: LiveTranscript._caption_shown,
    LiveInterrupted: LiveTranscript._interrupted,
}
