"""What a person sees of a talk, as a model without a terminal: SDK events in, entries in the order of the talk out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, TypeAlias, TypeVar

from ..conversation._items import FunctionCallItem
from ..conversation._message import MessageItem
from ..conversation._playout import Playout
from ..conversation._sdk_events import (
    CaptionShown,
    DeviceLost,
    DeviceRestored,
    Disconnected,
    EchoCancellerFailed,
    InputLevel,
    Interrupted,
    ItemAdded,
    PlayoutFinished,
    PlayoutStarted,
    Reconnected,
    ResponseFinished,
    SdkEvent,
    ServerError,
    ToolFinished,
    ToolStarted,
    UserSpeechStarted,
    UserSpeechStopped,
    UserTranscript,
)
from ..protocol._codec import ProtocolViolation


class Progress(Enum):
    """How far an entry has come; a settled one does not change any more."""

    AWAITED = "awaited"  # announced: the user's transcript, the item's first sound, the tool's result are to come
    RUNNING = "running"  # the user speaks, the item sounds, the tool works
    SETTLED = "settled"


@dataclass(slots=True)
class Said:
    """A turn of the user's."""

    item_id: str | None  # None: the server announced speech without naming its item
    progress: Progress = Progress.RUNNING
    text: str = ""  # as recognised so far; "" once settled: nothing was


@dataclass(slots=True)
class Heard:
    """A message of the model's, as it is heard."""

    item: MessageItem
    progress: Progress = Progress.AWAITED
    shown: str = ""  # the words that were audible so far
    delay: float | None = None  # seconds from the user's silence to its first sound; None: not the first of its turn
    playout: Playout | None = None  # None until it is settled

    @property
    def unheard(self) -> str:
        """The words that were generated and will never be heard; "" as long as they may be."""
        if self.playout is None or not self.playout.interrupted:
            return ""
        return self.item.transcript[len(self.shown) :]


@dataclass(slots=True)
class Called:
    """A call of one of the application's functions."""

    call: FunctionCallItem
    progress: Progress = Progress.RUNNING
    error: str | None = None  # what the function raised, if it did


@dataclass(slots=True)
class Note:
    """Something that went wrong, or right again."""

    text: str
    progress: Progress = Progress.SETTLED


Entry: TypeAlias = Said | Heard | Called | Note
E = TypeVar("E", Said, Heard, Called)


class Status(Enum):
    """What goes on right now."""

    LISTENING = "listening"
    HEARING = "hearing you"
    THINKING = "thinking"
    SPEAKING = "speaking"


@dataclass(slots=True)
class Tally:
    """What a talk came to."""

    turns: int = 0  # of the user
    items: int = 0  # messages of which something was heard
    delays: list[float] = field(default_factory=list)  # seconds from the user's silence to the first sound, by turn
    cuts: list[float] = field(default_factory=list)  # seconds at which an item that sounded was cut
    interruptions: int = 0


class View:
    """The talk so far: what is settled, to be shown for good, and what still changes."""

    def __init__(self) -> None:
        self.tally = Tally()
        self.level: float | None = None  # of the microphone, dB of full scale; None: not known
        self.open: list[Entry] = []  # in the order of the talk, from the first that still changes on
        self._turn_ids: set[str] = set()  # items of the user's that are counted
        self._fell_silent_at: float | None = None  # wall time of the user's silence; None: a sound has answered it

    def notice(self, event: SdkEvent) -> None:
        """Take the next event; kinds that a person need not see are passed over."""
        handle = _HANDLERS.get(type(event))
        if handle is not None:
            handle(self, event)

    def settled(self) -> list[Entry]:
        """Hand over the entries that won't change any more and have none before them that may, each once."""
        count = next((n for n, entry in enumerate(self.open) if entry.progress is not Progress.SETTLED), len(self.open))
        settled, self.open = self.open[:count], self.open[count:]
        return settled

    def finish(self) -> list[Entry]:
        """Settle all that is left, at the end of the talk, and hand it over."""
        for entry in self.open:
            entry.progress = Progress.SETTLED
        return self.settled()

    @property
    def status(self) -> Status:
        """What goes on right now."""
        running = {type(entry) for entry in self.open if entry.progress is Progress.RUNNING}
        if Said in running:
            return Status.HEARING
        if Heard in running:
            return Status.SPEAKING
        return Status.LISTENING if self._fell_silent_at is None else Status.THINKING

    def _speech_started(self, event: UserSpeechStarted) -> None:
        for said in self._all(Said):
            said.progress = Progress.SETTLED  # a transcript that has not come by now may never come
        self._fell_silent_at = None
        self._add_turn(Said(event.item_id))

    def _speech_stopped(self, event: UserSpeechStopped) -> None:
        self._fell_silent_at = event.at
        for said in self._all(Said):
            if said.progress is Progress.RUNNING:
                said.progress = Progress.AWAITED

    def _transcript(self, event: UserTranscript) -> None:
        said = next((said for said in self._all(Said) if said.item_id in (event.item.id, None)), None)
        if said is None:
            said = Said(event.item.id, Progress.AWAITED)
            self._add_turn(said)
        said.text = event.text
        if event.final:
            said.progress = Progress.SETTLED

    def _item_added(self, event: ItemAdded) -> None:
        if isinstance(event.item, MessageItem):
            self.open.append(Heard(event.item))

    def _playout_started(self, event: PlayoutStarted) -> None:
        heard = self._heard(event.item)
        heard.progress = Progress.RUNNING
        self.tally.items += 1
        if self._fell_silent_at is not None:
            heard.delay = event.at - self._fell_silent_at
            self.tally.delays.append(heard.delay)
            self._fell_silent_at = None

    def _caption_shown(self, event: CaptionShown) -> None:
        self._heard(event.item).shown += event.caption.text

    def _playout_finished(self, event: PlayoutFinished) -> None:
        heard = self._heard(event.item)
        heard.playout = event.playout
        heard.shown = event.playout.transcript
        heard.progress = Progress.SETTLED
        if event.playout.interrupted and event.playout.started_at is not None:
            self.tally.cuts.append(event.playout.position)

    def _interrupted(self, event: Interrupted) -> None:
        self.tally.interruptions += bool(event.playouts)

    def _response_finished(self, event: ResponseFinished) -> None:
        if event.response.status == "failed":
            self._fell_silent_at = None
            error = event.response.status_details and event.response.status_details.error
            self._note(f"no answer: {(error and (error.message or error.code)) or 'the response failed'}")

    def _tool_started(self, event: ToolStarted) -> None:
        self.open.append(Called(event.call))

    def _tool_finished(self, event: ToolFinished) -> None:
        for called in self._all(Called):
            if called.call is event.call:
                called.error = event.error
                called.progress = Progress.SETTLED

    def _input_level(self, event: InputLevel) -> None:
        self.level = event.dbfs

    def _note(self, text: str) -> None:
        self.open.append(Note(text))

    def _add_turn(self, said: Said) -> None:
        self.open.append(said)
        if said.item_id is None or said.item_id not in self._turn_ids:
            self.tally.turns += 1
        if said.item_id is not None:
            self._turn_ids.add(said.item_id)

    def _heard(self, item: MessageItem) -> Heard:
        """Find the entry of an item; one that was never announced gets its entry here."""
        heard = next((heard for heard in self._all(Heard) if heard.item is item), None)
        if heard is None:
            heard = Heard(item)
            self.open.append(heard)
        return heard

    def _all(self, kind: type[E]) -> list[E]:
        return [entry for entry in self.open if isinstance(entry, kind)]


_HANDLERS: dict[type, Callable[[View, Any], None]] = {
    UserSpeechStarted: View._speech_started,
    UserSpeechStopped: View._speech_stopped,
    UserTranscript: View._transcript,
    ItemAdded: View._item_added,
    PlayoutStarted: View._playout_started,
    CaptionShown: View._caption_shown,
    PlayoutFinished: View._playout_finished,
    Interrupted: View._interrupted,
    ResponseFinished: View._response_finished,
    ToolStarted: View._tool_started,
    ToolFinished: View._tool_finished,
    InputLevel: View._input_level,
    DeviceLost: lambda view, event: view._note(f"the {event.side} device is gone: {event.reason}"),
    DeviceRestored: lambda view, event: view._note(f"the {event.side} device is back"),
    EchoCancellerFailed: lambda view, event: view._note(f"the echo canceller failed: {event.reason}"),
    Disconnected: lambda view, event: view._note(f"disconnected: {event.reason or event.code or 'no reason given'}"),
    Reconnected: lambda view, event: view._note("connected again"),
    ServerError: lambda view, event: view._note(f"the server says: {event.message}"),
    ProtocolViolation: lambda view, event: view._note(f"the server sent what is no event: {event.reason}"),
}
