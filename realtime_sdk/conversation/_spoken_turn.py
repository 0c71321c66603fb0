"""A turn of a user whose speech is transcribed, and the utterances in it."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass
from enum import Enum
from typing import Final

from ..captions._caption import Caption
from ..captions._utterance import Utterance
from ..protocol._transcription import ConversationItemInputAudioTranscriptionSegment


@dataclass(frozen=True, slots=True)
class TranscribedUtterance(Utterance):
    """What one speaker said, as it was transcribed; `to_vtt` and `to_srt` take it as it is.

    `start` and `end` are seconds of the user's audio; `captions` has the text once, over the whole of that time.
    """

    text: str = ""
    """The transcript."""

    item_id: str = ""
    """The id of the turn; several speakers may share one."""

    languages: tuple[str, ...] = ()
    """Codes of the languages in the turn, such as `"en"`; empty if the model does not say."""

    final: bool = True
    """Whether this is all of it; False of `Transcription.partials` while more may come, and of a transcript that broke
    off."""


class TurnState(Enum):
    """How far a turn has come."""

    SPEAKING = "speaking"  # its beginning is reported
    TAKEN = "taken"  # the server has made an item of it: its transcript is to come
    LATE = "late"  # it was not transcribed in time: those behind it no longer wait for it
    ENDED = "ended"  # transcribed, or never to be


class TurnEvent(Enum):
    """What can happen to a turn."""

    TAKE = "take"
    GIVE_UP = "give up"
    END = "end"


TRANSITIONS: Final[dict[tuple[TurnState, TurnEvent], TurnState]] = {
    (TurnState.SPEAKING, TurnEvent.TAKE): TurnState.TAKEN,
    (TurnState.SPEAKING, TurnEvent.GIVE_UP): TurnState.LATE,  # all others were transcribed, and nothing is waited for
    (TurnState.SPEAKING, TurnEvent.END): TurnState.ENDED,  # its audio was dropped, or its commit was lost
    (TurnState.TAKEN, TurnEvent.TAKE): TurnState.TAKEN,  # once more, by the next server
    (TurnState.TAKEN, TurnEvent.GIVE_UP): TurnState.LATE,
    (TurnState.TAKEN, TurnEvent.END): TurnState.ENDED,
    (TurnState.LATE, TurnEvent.TAKE): TurnState.TAKEN,  # by the next server
    (TurnState.LATE, TurnEvent.END): TurnState.ENDED,  # transcribed after all
}
"""A turn that has ended no longer changes."""


class SpokenTurn:
    """A turn of the user's; all times are seconds of the user's audio."""

    def __init__(self, item_id: str, begin: float, start: float) -> None:
        self.item_id = item_id
        self.state = TurnState.SPEAKING
        self.begin = begin  # of the audio of its item, which has some silence in front
        self.start = start
        self.end: float | None = None  # None: it is being spoken
        self.until: float | None = None  # position of the end of its item's audio; None: it is not known yet
        self.text = ""
        self.languages: tuple[str, ...] = ()
        self.segments: list[ConversationItemInputAudioTranscriptionSegment] = []
        self.waiting_since = math.inf  # wall clock at which it was taken, or the server came to it

    def step(self, event: TurnEvent) -> None:
        """Change state, unless it has ended."""
        self.state = TRANSITIONS.get((self.state, event), self.state)

    def utterances(self, *, final: bool = True) -> list[TranscribedUtterance]:
        """What was said in it: by each speaker, where the server distinguishes them."""
        end = self.start if self.end is None else self.end
        said = [segment for segment in self.segments if (segment.text or "").strip()]
        if not said:
            return [self.utterance(self.text, self.start, end, final=final)] if self.text.strip() else []
        origin = self._origin_of(said, end)
        return [self._of(segment, origin, end, final=final) for segment in said]

    def utterance(
        self, text: str, start: float, end: float, speaker: str | None = None, *, final: bool = True
    ) -> TranscribedUtterance:
        """Make an utterance of it."""
        captions = [Caption(self.item_id, 0, text, 0.0, end - start, True)]
        return TranscribedUtterance(
            speaker, start, end, captions, False, text.strip(), self.item_id, self.languages, final
        )

    def _of(
        self, segment: ConversationItemInputAudioTranscriptionSegment, origin: float, end: float, *, final: bool
    ) -> TranscribedUtterance:
        since = self.start if segment.start is None else origin + segment.start
        until = end if segment.end is None else origin + segment.end
        return self.utterance(segment.text or "", since, max(since, until), segment.speaker, final=final)

    def _origin_of(self, said: Collection[ConversationItemInputAudioTranscriptionSegment], end: float) -> float:
        """Time 0 of the segments: the beginning of the item's audio; of all audio where they lie behind its end."""
        latest = max((segment.end or 0.0 for segment in said), default=0.0)
        return self.begin if self.begin + latest <= end + 1.0 else 0.0
