"""The user's audio and the items that the server was sent, and has not taken into its conversation yet."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import pybase64

from ...audio._formats import AudioFormat
from ...conversation._completion import Completion
from ...protocol._codec import ClientEvent, ServerEvent, client_field
from ...protocol._conversation import ConversationItemAdded
from ...protocol._input_audio import (
    InputAudioBufferAppend,
    InputAudioBufferCleared,
    InputAudioBufferCommitted,
    InputAudioBufferSpeechStarted,
    InputAudioBufferSpeechStopped,
)
from ...protocol._objects import WireItem
from ...protocol._transcription import (
    ConversationItemInputAudioTranscriptionCompleted,
    ConversationItemInputAudioTranscriptionFailed,
)

LOOK_BACK: Final = 1.5
"""Seconds by which a server may report the user's speech late: its detection, its padding and the network."""

CONFIRMATION_TIMEOUT: Final = 30.0
"""Seconds after which a server that has not confirmed an item is taken to confirm none."""

ITEMS_KEPT: Final = 100
"""Items that may wait for their confirmation."""

TURNS_COUNTED: Final = 1000
"""Turns without a transcript, and too old to be kept, that are known of."""

APPEND: Final = "input_audio_buffer.append"
CREATE: Final = "conversation.item.create"


@dataclass(frozen=True, slots=True, eq=False)
class Unsent:
    """A client event that is to be sent, or sent again."""

    kind: str  # its type
    event: ClientEvent | Mapping[str, Any]
    sent: Completion[None]  # done once it is on its way
    at: float  # wall clock
    audio: bytes = b""  # of an append


@dataclass(frozen=True, slots=True)
class Turn:
    """A turn of the user's that the server has made an item of."""

    begin: float  # seconds of audio that the server was sent before it
    audio: bytes  # in the format of the wire


class Unconfirmed:
    """The events that a new server has to be sent again, in order, and the audio of the user's latest turns.

    limit: seconds of audio that are kept of each. only_transcribes: a turn is kept until the server is done with it;
    otherwise until it has a transcript, in place of which the next server is given the audio.
    """

    def __init__(self, format: AudioFormat, limit: float, *, only_transcribes: bool = False) -> None:
        self._bytes_per_second = len(format.encode(bytes(2 * format.rate)))
        self._limit = limit * self._bytes_per_second  # bytes
        self._only_transcribes = only_transcribes
        self._sent: deque[Unsent] = deque()
        self._audio_size = 0  # bytes of audio in them
        self._audio_sent = 0  # bytes of audio that were sent on this connection; those in `_sent` are the last of them
        self._turns: dict[str, Turn] = {}  # committed ones that have no transcript yet, by item id
        self._dropped: dict[str, float] = {}  # bytes of their audio that were too old to be kept; of a transcription
        self._settled = 0.0  # bytes of audio that were made turns, or hold no speech
        self.server_detects = False  # the server decides when the user's turns begin and end
        self._speaking = False  # the server has reported the user's speech, and not taken it
        self._stopped_at: float | None = None  # wall clock at which it reported the end of it; None: it has not
        self._speech_end: float | None = None  # bytes of audio up to the end of the speech; None: it does not say

    @property
    def has_items(self) -> bool:
        """Whether an item is not confirmed."""
        return any(unsent.kind == CREATE for unsent in self._sent)

    @property
    def audio(self) -> Mapping[str, bytes]:
        """The audio of the user's latest turns, of which there is no transcript yet, by item id."""
        return {item_id: turn.audio for item_id, turn in self._turns.items() if turn.audio}

    def take_turns(self) -> tuple[list[Turn], float]:
        """Return the turns that another server is to transcribe, and the seconds of those that are too old."""
        turns, dropped = list(self._turns.values()), sum(self._dropped.values())
        self._turns, self._dropped = {}, {}
        return [turn for turn in turns if turn.audio], dropped / self._bytes_per_second

    def seconds(self, held: Iterable[Unsent]) -> float:
        """Seconds of audio in events."""
        return sum(len(unsent.audio) for unsent in held) / self._bytes_per_second

    def record(self, unsent: Unsent, *, server_detects: bool) -> None:
        """An event is on its way; `server_detects`: the server decides when the user's turns begin and end."""
        if unsent.kind not in _TAKEN_IN:
            return
        self._sent.append(unsent)
        self._audio_size += len(unsent.audio)
        self._audio_sent += len(unsent.audio)
        if unsent.kind == CREATE:
            items = [other for other in self._sent if other.kind == CREATE]
            old = [item for item in items if item.at < unsent.at - CONFIRMATION_TIMEOUT and item.sent.done]
            self._remove([*old, *items[:-ITEMS_KEPT]])
        self.server_detects = server_detects
        self._shorten()

    def receive(self, event: ServerEvent, at: float) -> None:
        """Handle an event of the server, which may confirm that it has taken something in."""
        if self._sent and self.server_detects and not self._speaking:
            # Only a server that is alive can report speech: what a silent one was sent since then is kept.
            self._forget_before(at - LOOK_BACK)
        if event.type not in _CONFIRMING:
            return  # as most events
        match event:
            case InputAudioBufferSpeechStarted(audio_start_ms=start):
                self._begin_speech(start, at)
            case InputAudioBufferSpeechStopped(audio_end_ms=end):
                self._stopped_at = at
                self._speech_end = None if end is None else end / 1000 * self._bytes_per_second
            case InputAudioBufferCommitted():
                self._commit(event.item_id, at)
            case InputAudioBufferCleared():
                self._take_turn("input_audio_buffer.clear", at)
                self._settled = self._begin
            case ConversationItemAdded():
                self._confirm(event.item)
            case ConversationItemInputAudioTranscriptionCompleted() if event.transcript and not self._only_transcribes:
                self._turns.pop(event.item_id, None)
            case (
                ConversationItemInputAudioTranscriptionCompleted() | ConversationItemInputAudioTranscriptionFailed()
            ) if self._only_transcribes:
                self._turns.pop(event.item_id, None)
                self._dropped.pop(event.item_id, None)

    def take(self) -> list[Unsent]:
        """Return the events that the server has not taken in: its connection is lost."""
        self._drop("", self._begin - self._settled)  # the server has reported nothing of it yet
        sent, self._audio_size, self._audio_sent, self._settled = list(self._sent), 0, 0, 0.0
        self._sent.clear()
        self._end_speech()
        return sent

    @property
    def _begin(self) -> int:
        """Bytes of audio that were sent before those in `_sent`."""
        return self._audio_sent - self._audio_size

    def _begin_speech(self, start_ms: int | None, at: float) -> None:
        """The server reports the user's speech: forget the audio before it."""
        self._end_speech()
        self._speaking = True
        if start_ms is None:
            self._forget_before(at - LOOK_BACK)
            return
        start = start_ms / 1000 * self._bytes_per_second
        self._settled = max(self._settled, start)
        while self._sent and (oldest := self._sent[0]).kind == APPEND:
            if self._begin + len(oldest.audio) > start:
                break
            self._forget(oldest)

    def _end_speech(self) -> None:
        self._speaking, self._stopped_at, self._speech_end = False, None, None

    def _commit(self, item_id: str, at: float) -> None:
        """The server has made an item of the audio up to the client's own commit, or the end of speech."""
        begin, until = self._begin, self._speech_end
        taken = self._take_turn("input_audio_buffer.commit", at)
        until = self._begin if until is None else until
        self._drop(item_id, min(begin, until) - self._settled)
        self._settled = max(self._settled, until)
        self._keep_turn(item_id, Turn(begin / self._bytes_per_second, b"".join(unsent.audio for unsent in taken)))

    def _take_turn(self, kind: str, at: float) -> list[Unsent]:
        """Remove the audio that became a turn, or was cleared: up to the client's own event, or the end of speech."""
        sent = list(self._sent)
        own = next((place for place, unsent in enumerate(sent) if unsent.kind == kind), None)
        taken = self._spoken(at) if own is None else [unsent for unsent in sent[: own + 1] if unsent.kind != CREATE]
        self._remove(taken)
        self._end_speech()
        return taken

    def _spoken(self, at: float) -> list[Unsent]:
        """The audio up to the end of the speech: where the server says it, by the length of the audio, else by time."""
        audio = [unsent for unsent in self._sent if unsent.kind != CREATE]
        if self._speech_end is None:
            until = at if self._stopped_at is None else self._stopped_at
            return [unsent for unsent in audio if unsent.at <= until]
        start, spoken = self._begin, []
        for unsent in audio:
            if start < self._speech_end:
                spoken.append(unsent)
            start += len(unsent.audio)
        return spoken

    def _keep_turn(self, item_id: str, turn: Turn) -> None:
        self._turns[item_id] = turn
        while self._turns and sum(len(turn.audio) for turn in self._turns.values()) > self._limit:
            oldest = next(iter(self._turns))
            self._drop(oldest, len(self._turns.pop(oldest).audio))

    def _drop(self, item_id: str, size: float) -> None:
        """Count audio of a turn that is too old to be kept: the next server can't transcribe it."""
        if self._only_transcribes and size > 0:
            self._dropped[item_id] = self._dropped.get(item_id, 0.0) + size
            if len(self._dropped) > TURNS_COUNTED:
                del self._dropped[next(iter(self._dropped))]

    def _confirm(self, item: WireItem) -> None:
        for unsent in self._sent:
            if unsent.kind == CREATE and _is_of(unsent, item):
                self._forget(unsent)
                return

    def _forget_before(self, at: float) -> None:
        """Forget audio in which there was no speech, unless it is still on its way; called with each event."""
        while self._sent and (oldest := self._sent[0]).kind == APPEND and oldest.at < at and oldest.sent.done:
            self._forget(oldest)
            self._settled = max(self._settled, self._begin)

    def _shorten(self) -> None:
        """Forget the oldest audio beyond the limit."""
        while self._audio_size > self._limit:
            oldest, newest = next(unsent for unsent in self._sent if unsent.audio), self._sent[-1]
            self._forget(oldest)
            patience = min(LOOK_BACK, self._limit / self._bytes_per_second / 2)
            if self.server_detects and not self._speaking and oldest.at <= newest.at - patience:
                self._settled = max(self._settled, self._begin)  # the server has reported no speech in it

    def _forget(self, unsent: Unsent) -> None:
        self._audio_size -= len(unsent.audio)
        self._sent.remove(unsent)  # sought from the oldest on, which it mostly is

    def _remove(self, unwanted: list[Unsent]) -> None:
        if unwanted:
            self._audio_size -= sum(len(unsent.audio) for unsent in unwanted)
            gone = set(unwanted)
            self._sent = deque(unsent for unsent in self._sent if unsent not in gone)


def audio_of(event: ClientEvent | Mapping[str, Any]) -> bytes:
    """Return the audio of an append; that of an event that can't be read is empty."""
    if isinstance(event, InputAudioBufferAppend):
        return event.audio
    try:
        return pybase64.b64decode(event["audio"]) if isinstance(event, Mapping) else b""
    except (LookupError, TypeError, ValueError):
        return b""


def item_of(event: ClientEvent | Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the item of a `conversation.item.create`."""
    item = client_field(event, "item")
    return item if isinstance(item, Mapping) else {}


def _is_of(unsent: Unsent, item: WireItem) -> bool:
    """Whether an item is the one that an event creates."""
    given = item_of(unsent.event)
    if given.get("id") is not None:
        return bool(given["id"] == item.id)
    kinds = [part.get("type") for part in given.get("content") or () if isinstance(part, Mapping)]
    alike = given.get("type") == item.type and given.get("role") == item.role
    return alike and kinds == [part.type for part in item.content]


_TAKEN_IN: Final = frozenset({APPEND, CREATE, "input_audio_buffer.commit", "input_audio_buffer.clear"})
"""The client events that the server confirms once they have had their effect."""

_CONFIRMING: Final = frozenset({
    "conversation.item.added", "conversation.item.input_audio_transcription.completed",
    "conversation.item.input_audio_transcription.failed", "input_audio_buffer.cleared", "input_audio_buffer.committed",
    "input_audio_buffer.speech_started", "input_audio_buffer.speech_stopped",
})  # fmt: skip
"""The events of the server that may do so, or say where a turn begins and ends."""
