"""The turns of a user whose speech is transcribed: what was said, when, and by whom, in the order of speaking."""

from __future__ import annotations

import math
from collections.abc import Callable, Container, Mapping
from typing import Any, Final

from ..protocol._codec import ProtocolViolation
from ..protocol._input_audio import (
    InputAudioBufferCommitted,
    InputAudioBufferSpeechStarted,
    InputAudioBufferSpeechStopped,
)
from ..protocol._service import ErrorEvent
from ..protocol._transcription import (
    ConversationItemInputAudioTranscriptionCompleted,
    ConversationItemInputAudioTranscriptionDelta,
    ConversationItemInputAudioTranscriptionFailed,
    ConversationItemInputAudioTranscriptionSegment,
)
from ._completion import Condition, EventFactory
from ._effects import NOTHING, Effects, Handler, emitting
from ._input_position import InputPosition
from ._refusal import EMPTY_COMMIT
from ._spoken_audio import SpokenAudio
from ._spoken_turn import SpokenTurn, TranscribedUtterance, TurnEvent, TurnState
from ._streams import ReplayableStream

TRANSCRIPT_TIMEOUT: Final = 30.0
"""Seconds within which a turn is transcribed once those before it are; a longer one takes no more, as that goes on
while it is spoken."""

FINAL_COMMIT: Final = "finish"
"""The event id of the commit after the last audio."""

LATE_KEPT: Final = 100
"""Turns given up whose transcripts may still come."""

UTTERANCES_KEPT: Final = 10_000
"""Utterances that are kept for a late or slow reader: a day of talk."""


class SpokenTurns(Condition):
    """The turns that are not transcribed yet, and the utterances of those that are.

    Utterances come in the order of speaking: one that is transcribed early waits for those before it.
    """

    def __init__(
        self, position: InputPosition, detection: Callable[[], Mapping[str, Any] | None], event_factory: EventFactory
    ) -> None:
        super().__init__(event_factory)
        self.utterances: ReplayableStream[TranscribedUtterance] = ReplayableStream(event_factory, limit=UTTERANCES_KEPT)
        self.partials: ReplayableStream[TranscribedUtterance] = ReplayableStream(event_factory, limit=UTTERANCES_KEPT)
        self.audio = SpokenAudio(position)
        self._position = position
        self._detection = detection  # the server's turn detection; None: it has none
        self._turns: list[SpokenTurn] = []  # that have not ended, and those that wait for them
        self._reports = False  # the server has reported the beginning of speech
        self._silent: set[str] = set()  # items that hold only the silence behind the last speech

    @property
    def table(self) -> Mapping[str, Handler]:
        """The handler of each type of event."""
        transcription = "conversation.item.input_audio_transcription"
        return {
            "input_audio_buffer.speech_started": self._speech_started,
            "input_audio_buffer.speech_stopped": self._speech_stopped,
            "input_audio_buffer.committed": self._committed,
            "input_audio_buffer.cleared": self._cleared,
            f"{transcription}.delta": self._delta,
            f"{transcription}.segment": self._segment,
            f"{transcription}.completed": self._completed,
            f"{transcription}.failed": self._failed,
            "error": self._error,
        }

    # This side

    @property
    def pending(self) -> bool:
        """Whether the server has yet to answer a commit, or to transcribe a turn."""
        waits = self.audio.is_committed or self.audio.commit_due
        return waits or any(turn.state is not TurnState.LATE for turn in self._turns)

    @property
    def silence_duration(self) -> float:
        """Seconds of silence that end a turn; 0: the server does not say."""
        return self._milliseconds("silence_duration_ms")

    async def changed(self) -> None:
        """Wait until something is reported of a turn, the connection is lost or restored, or nothing more comes."""
        await self._change()

    def end(self, failure: Exception | None = None) -> None:
        """Nothing more comes; readers raise `failure`, if there is one."""
        self.utterances.end(failure)
        self.partials.end(failure)
        self._wake()

    def drop(self, kept: Container[str], *, again: bool) -> None:
        """The connection was lost, or renewed.

        kept: ids of the turns whose audio the next server is sent. again: it finds the turns in there by itself, and
        reports them.
        """
        unended = [turn for turn in self._turns if turn.state is not TurnState.ENDED]
        if again and unended:
            self.audio.send_again()
        for turn in unended:
            turn.text, turn.segments = "", []
            if again or turn.item_id not in kept:
                turn.step(TurnEvent.END)
            else:
                turn.item_id, turn.waiting_since = "", math.inf
        self._flush()

    def resume(self) -> None:
        """There is a connection again: what was waited for is to come from its server."""
        self._wake()

    # The server

    def _speech_started(self, event: InputAudioBufferSpeechStarted, at: float) -> Effects:
        self._reports = True
        given = event.audio_start_ms
        begin = self.audio.now if given is None else self._position.time_on_server(given / 1000)
        padding = self._milliseconds("prefix_padding_ms") if begin else 0.0
        self._turns.append(SpokenTurn(event.item_id or "", begin, begin + padding))
        return NOTHING

    def _speech_stopped(self, event: InputAudioBufferSpeechStopped, at: float) -> Effects:
        speaking = [turn for turn in self._turns if turn.state is TurnState.SPEAKING]
        named = next((turn for turn in speaking if turn.item_id == event.item_id), None)
        if (turn := named or next(iter(speaking), None)) is not None:
            turn.until, end = self.audio.end
            if event.audio_end_ms is not None:
                turn.until = self._position.on_server(event.audio_end_ms / 1000)
                end = self._position.time(turn.until) - self.silence_duration
            turn.end = max(turn.start, min(end, self.audio.now))
        return NOTHING

    def _committed(self, event: InputAudioBufferCommitted, at: float) -> Effects:
        turn = self._announced(event.item_id)
        detected = turn is not None and turn.until is not None  # the server reports the end of those it finds
        end = self.audio.answered() if self.audio.is_committed and not detected else self.audio.end
        if turn is None:
            turn = self._unannounced(event.item_id)
            if self._remainder_is_silent:
                turn.step(TurnEvent.END)
                self._silent.add(event.item_id)
        turn.end = max(turn.start, end.time) if turn.end is None else turn.end
        turn.waiting_since = at
        turn.step(TurnEvent.TAKE)
        turn.until = end.position if turn.until is None else turn.until
        self.audio.take(turn.until)
        for earlier in self._turns[: self._turns.index(turn)]:
            if earlier.state is TurnState.SPEAKING:
                earlier.step(TurnEvent.END)
        self._flush()
        return NOTHING

    def _announced(self, item_id: str) -> SpokenTurn | None:
        """The turn that becomes an item, if the server has reported it; the first, where it does not say which."""
        if not item_id:
            return next((turn for turn in self._turns if turn.state is TurnState.SPEAKING), None)
        return self._find(item_id) or self._named(item_id)

    def _named(self, item_id: str) -> SpokenTurn | None:
        """Give an id to the turn that has none: the server did not say it, or it was committed once more."""
        nameless = next((turn for turn in self._turns if not turn.item_id), None)
        if nameless is not None:
            nameless.item_id = item_id
        return nameless

    def _unannounced(self, item_id: str) -> SpokenTurn:
        """Make a turn whose beginning the server has not reported: it follows the audio that was made items."""
        turn = SpokenTurn(item_id, self.audio.begin, self.audio.begin)
        self._turns.append(turn)
        return turn

    @property
    def _remainder_is_silent(self) -> bool:
        """Whether the audio behind all turns is silence: what the server takes for speech, it has reported."""
        return self.audio.is_over and self._reports and self._detection() is not None

    def _cleared(self, event: object, at: float) -> Effects:
        for turn in self._turns:
            if turn.state is TurnState.SPEAKING:
                turn.step(TurnEvent.END)
        self.audio.take_all()
        self._flush()
        return NOTHING

    def _delta(self, event: ConversationItemInputAudioTranscriptionDelta, at: float) -> Effects:
        if (turn := self._turn(event.item_id)) is not None and event.delta:
            self._came_to(turn, at)
            turn.text += event.delta
            end = max(turn.start, self.audio.now) if turn.end is None else turn.end
            self._put(self.partials, [turn.utterance(turn.text, turn.start, end, final=False)])
            self._wake()
        return NOTHING

    def _segment(self, event: ConversationItemInputAudioTranscriptionSegment, at: float) -> Effects:
        if (turn := self._turn(event.item_id)) is not None:
            turn.segments.append(event)
        return NOTHING

    def _completed(self, event: ConversationItemInputAudioTranscriptionCompleted, at: float) -> Effects:
        if (turn := self._turn(event.item_id)) is not None:
            if turn.end is None:  # of a server that reports neither its end nor that it was taken
                turn.end = max(turn.start, self.audio.now)
                self.audio.take_all()
            turn.text = event.transcript or turn.text
            turn.languages = tuple(language.code for language in event.languages)
            self._came_to(turn, at)
            turn.step(TurnEvent.END)
            self._put(self.partials, turn.utterances())
            self._flush()
        return NOTHING

    def _failed(self, event: ConversationItemInputAudioTranscriptionFailed, at: float) -> Effects:
        if (turn := self._find(event.item_id) if event.item_id else self._oldest_open) is not None:
            turn.text, turn.segments = "", []
            self._came_to(turn, at)
            turn.step(TurnEvent.END)
            self._flush()
        return NOTHING

    def _error(self, event: ErrorEvent, at: float) -> Effects:
        if self.audio.is_committed and (event.error.code == EMPTY_COMMIT or event.error.event_id == FINAL_COMMIT):
            self.audio.answered()
            self._flush()
        return NOTHING

    def _find(self, item_id: str) -> SpokenTurn | None:
        return next((turn for turn in self._turns if turn.item_id == item_id), None)

    def _turn(self, item_id: str) -> SpokenTurn | None:
        """The turn that a transcript is of, made if the server has not reported it; None: it is of silence."""
        if item_id and item_id in self._silent:
            return None
        return (self._find(item_id) if item_id else self._oldest_open) or self._unannounced(item_id)

    @property
    def _oldest_open(self) -> SpokenTurn | None:
        """The turn that a transcript without an id is of: turns are transcribed in their order."""
        unended = [turn for turn in self._turns if turn.state in (TurnState.TAKEN, TurnState.SPEAKING)]
        return next((turn for turn in unended if turn.state is TurnState.TAKEN), next(iter(unended), None))

    def _came_to(self, turn: SpokenTurn, at: float) -> None:
        """The server is at this turn: those behind it may have waited for that."""
        for later in self._turns[self._turns.index(turn) :]:
            later.waiting_since = at

    def _milliseconds(self, name: str) -> float:
        """Seconds that the turn detection adds to the speech, in front of it or behind it."""
        value = (self._detection() or {}).get(name)
        return value / 1000 if isinstance(value, int | float) else 0.0

    # What comes of it

    def _flush(self) -> None:
        """Emit the turns that have ended, up to the first that is waited for."""
        for turn in [turn for turn in self._turns if turn.state is not TurnState.LATE]:
            if turn.state is not TurnState.ENDED:
                break
            self._turns.remove(turn)
            self._put(self.utterances, turn.utterances())
        self._wake()

    def _put(self, stream: ReplayableStream[TranscribedUtterance], utterances: list[TranscribedUtterance]) -> None:
        for utterance in utterances:
            if not stream.ended:
                stream.put(utterance)

    @property
    def deadline(self) -> float:
        """The wall-clock time at which `expire` is due; infinity: never."""
        return min((turn.waiting_since for turn in self._taken), default=math.inf) + TRANSCRIPT_TIMEOUT

    @property
    def _taken(self) -> list[SpokenTurn]:
        return [turn for turn in self._turns if turn.state is TurnState.TAKEN]

    def expire(self, at: float) -> Effects:
        """Give up the turns that the server does not transcribe."""
        effects = NOTHING
        for turn in self._taken:
            if turn.waiting_since + TRANSCRIPT_TIMEOUT <= at:
                which = f"{turn.item_id or 'a turn'}{' to its end' if turn.text else ''}"
                reason = f"the server did not transcribe {which} within {TRANSCRIPT_TIMEOUT:g} s"
                effects += emitting(ProtocolViolation(reason, "", at))
                self._give_up(turn)
        for turn in [turn for turn in self._turns if turn.state is TurnState.LATE][:-LATE_KEPT]:
            self._turns.remove(turn)
        return effects

    def give_up(self) -> None:
        """Give up all turns that are not transcribed: nothing more is waited for."""
        for turn in [turn for turn in self._turns if turn.state in (TurnState.SPEAKING, TurnState.TAKEN)]:
            self._give_up(turn)

    def _give_up(self, turn: SpokenTurn) -> None:
        """Those behind a turn wait no longer for it; what there is of it is an utterance, which says so."""
        turn.step(TurnEvent.GIVE_UP)
        turn.end = max(turn.start, self.audio.now) if turn.end is None else turn.end
        self._put(self.utterances, turn.utterances(final=False))
        self._flush()
