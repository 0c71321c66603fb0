"""The captions of a recording, shown again in its replay: no word is placed in time twice."""

from __future__ import annotations

import json
import math
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from ...audio._pcm import Pcm
from ...captions._aligner import TranscriptAligner
from ...captions._caption import Caption
from ...conversation._settings import Aligner
from ...recording._files import EVENTS, SDK_EVENTS, events_file

CUT_TOLERANCE: Final = 0.05
"""Seconds by which a message may be heard beyond the place of its recorded cut before its other words are placed."""


@dataclass(slots=True)
class _Message:
    """What was shown of a message, and how far it was heard: in seconds, None where that is not recorded."""

    captions: list[Caption] = field(default_factory=list)
    heard: float | None = None
    interrupted: bool = False

    @property
    def known_until(self) -> float:
        """The seconds of its audio of which all words are known; infinity where it was heard to its end."""
        if self.heard is None:
            return self.captions[-1].end
        return self.heard + CUT_TOLERANCE if self.interrupted else math.inf

    @property
    def is_timed(self) -> bool:
        """Whether its words were placed in time: else there are none, or one caption at the end has all of them."""
        return bool(self.captions) and self.captions[0].end > self.captions[0].start


class RecordedCaptions:
    """The captions of a recording: makes the aligners of its replay."""

    def __init__(self, messages: dict[str, _Message]) -> None:
        self._messages = messages  # whose aligner was not made yet, by the id of the item

    @classmethod
    def of(cls, path: Path) -> RecordedCaptions | None:
        """Read those beside an `events.jsonl`, or in the folder that holds it; None: there are none."""
        path = events_file(path)
        if path.name != EVENTS:
            return None
        try:
            text = path.with_name(SDK_EVENTS).read_text(encoding="utf-8", errors="replace")
        except OSError:
            return None
        messages: dict[str, _Message] = {}
        for line in text.splitlines():
            if '"CaptionShown"' in line or '"PlayoutFinished"' in line:
                _read(line, messages)
        timed = {item_id: message for item_id, message in messages.items() if message.is_timed}
        return cls(timed) if timed else None

    def __call__(self, sample_rate: int, *, item_id: str) -> Aligner:
        """Return the aligner of the next part of an item: the first one has its recorded captions, if there are any."""
        recorded = self._messages.pop(item_id, None)
        if recorded is None:
            return TranscriptAligner(sample_rate, item_id=item_id)
        return RecordedAligner(sample_rate, item_id, recorded.captions, recorded.known_until)


class RecordedAligner:
    """Shows recorded captions when their words begin. Places only words that the recording does not have.

    These are words behind a cut of the recording that is not made in the replay, and those of another text.

    known_until: seconds of the audio in which all words are recorded.
    """

    def __init__(self, sample_rate: int, item_id: str, captions: list[Caption], known_until: float) -> None:
        self._sample_rate = sample_rate
        self._item_id = item_id
        self._captions = deque(captions)  # recorded, and still to be shown
        self._known_until = known_until
        self._returned: list[Caption] = []
        self._shown = 0  # characters of them
        self._text = ""
        self._text_ended = False
        self._audio: list[Pcm] = []
        self._audio_ended = False
        self._others: TranscriptAligner | None = None  # of the words that are not recorded; None: there are none yet
        self._skipped = 0  # characters at the beginning of its captions, which were shown before

    def push_text(self, delta: str, start: float | None = None, end: float | None = None) -> None:
        """Add the next piece of the transcript."""
        self._text += delta
        if self._others is not None:
            self._others.push_text(delta, start, end)

    def end_text(self, text: str | None = None) -> None:
        """Mark the transcript as complete."""
        self._text_ended = True
        if text and text.startswith(self._text[: self._shown]):
            self._text = text
        if self._others is not None:
            self._others.end_text(text)

    def push_audio(self, pcm: Pcm) -> None:
        """Add the next audio."""
        if self._others is not None:
            self._others.push_audio(pcm)
        else:
            self._audio.append(pcm)

    def end_audio(self) -> None:
        """Mark the audio as complete."""
        self._audio_ended = True
        if self._others is not None:
            self._others.end_audio()

    def prepare(self, position: float) -> Iterator[None]:
        """Place the words that are audible by `position` seconds, and are not recorded."""
        if (others := self._others_by(position)) is not None:
            yield from others.prepare(position)

    @property
    def places_words(self) -> bool:
        """Whether it has come to words whose times are not recorded: it places them from now on."""
        return self._others is not None

    def next_due(self, position: float) -> float:
        """Return the seconds of audio before which no further caption is due; `position`: that is not known."""
        if self._others is not None:
            return position
        if not self._captions:
            return max(position, self._known_until)
        # One that has begun is about to be returned, or waits for its text, which is an event.
        return next((caption.start for caption in self._captions if caption.start > position), math.inf)

    def due(self, position: float, *, exact: bool = True) -> list[Caption]:
        """Return the captions whose words have begun by `position` seconds."""
        recorded, others = self._recorded_by(position), self._others_by(position)
        return recorded if others is None else [*recorded, *self._fresh(others.due(position, exact=exact))]

    def finish(self, position: float, *, exact: bool = True) -> list[Caption]:
        """Return the rest that was audible when the audio was cut at `position` seconds."""
        recorded, others = self._recorded_by(position), self._others_by(position)
        return recorded if others is None else [*recorded, *self._fresh(others.finish(position, exact=exact))]

    def flush(self, *, exact: bool = True) -> list[Caption]:
        """Return all the rest."""
        recorded, others = self._recorded_by(math.inf), self._others_by(math.inf)
        return recorded if others is None else [*recorded, *self._fresh(others.flush(exact=exact))]

    def _recorded_by(self, position: float) -> list[Caption]:
        """The recorded captions of the text so far that begin by a position, each once."""
        recorded: list[Caption] = []
        while self._captions and self._captions[0].start <= position:
            if not self._text.startswith(self._captions[0].text, self._shown):
                break
            recorded.append(self._captions.popleft())
            self._shown += len(recorded[-1].text)
        self._returned += recorded
        return recorded

    def _others_by(self, position: float) -> TranscriptAligner | None:
        """The aligner of the words that are not recorded, once one of them is audible by a position."""
        rest = self._text[self._shown :]
        if self._others is None and rest and (position > self._known_until or self._is_contradicted_by(rest)):
            self._others = self._aligner_of_others()
        return self._others

    def _is_contradicted_by(self, rest: str) -> bool:
        """Whether the text that is still to be shown is none of the recorded captions, nor may become it."""
        if not self._captions:
            return math.isinf(self._known_until)
        recorded = self._captions[0].text
        return not rest.startswith(recorded) and (self._text_ended or not recorded.startswith(rest))

    def _aligner_of_others(self) -> TranscriptAligner:
        """An aligner that has the audio and the text, with the times of what was shown."""
        aligner = TranscriptAligner(self._sample_rate, item_id=self._item_id)
        for caption in self._returned:
            aligner.push_text(caption.text, caption.start, caption.end)
        aligner.push_text(self._text[self._shown :])
        for pcm in self._audio:
            aligner.push_audio(pcm)
        if self._text_ended:
            aligner.end_text()
        if self._audio_ended:
            aligner.end_audio()
        self._captions.clear()
        self._audio.clear()
        return aligner

    def _fresh(self, captions: list[Caption]) -> list[Caption]:
        """Of an aligner's next captions those that were not shown before, numbered behind these."""
        fresh: list[Caption] = []
        for caption in captions:
            known = min(self._shown - self._skipped, len(caption.text))
            self._skipped += known
            if text := caption.text[known:]:
                fresh.append(replace(caption, index=len(self._returned) + len(fresh), text=text))
        self._returned += fresh
        return fresh


def _read(line: str, messages: dict[str, _Message]) -> None:
    """Take over a caption, or the end of a playout; a line that is damaged is neither."""
    try:
        event: Any = json.loads(line)
        if event["type"] == "CaptionShown":
            caption = Caption(**event["caption"])
            messages.setdefault(caption.item_id, _Message()).captions.append(_checked(caption))
        elif event["type"] == "PlayoutFinished":
            playout = event["playout"]
            message = messages.setdefault(playout["item_id"], _Message())
            message.heard, message.interrupted = float(playout["position"]), playout["interrupted"] is True
    except (ValueError, TypeError, KeyError, RecursionError):
        return


def _checked(caption: Caption) -> Caption:
    """Return a caption whose fields have their types.

    Raises:
        ValueError: one does not.

    """
    if not isinstance(caption.text, str) or caption.text == "":
        raise ValueError("a caption has a text")
    return replace(caption, start=float(caption.start), end=float(caption.end))
