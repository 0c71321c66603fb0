"""The state of the conversation that `talk` displays: SDK events in, entries in the order of the conversation out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, TypeAlias, TypeVar

from ...conversation._sdk_events import (
    CaptionShown,
    DeviceLost,
    DeviceRestored,
    Disconnected,
    EchoCancellerFailed,
    InputFault,
    InputFaultEnded,
    InputLevel,
    Interrupted,
    ItemAdded,
    OutputLevel,
    PlayoutFinished,
    PlayoutStarted,
    Reconnected,
    RecordingFailed,
    RecordingRestored,
    ResponseFinished,
    SdkEvent,
    ServerError,
    SettingsDiffer,
    ToolFinished,
    ToolStarted,
    Underrun,
    UserSpeechStarted,
    UserSpeechStopped,
    UserTranscript,
)
from ...conversation.items._items import FunctionCallItem
from ...conversation.items._mcp_items import McpCallItem
from ...conversation.message._message import MessageItem
from ...conversation.message._playout import Playout
from ...conversation.usage._turn_timing import TurnTiming
from ...protocol._codec import ProtocolViolation


class Progress(Enum):
    """The progress of an entry; a final one does not change."""

    PENDING = "pending"  # announced; the transcript, the first audio or the result has yet to come
    ACTIVE = "active"  # the user speaks, the message plays, the tool runs
    FINAL = "final"


@dataclass(slots=True)
class UserEntry:
    """A turn of the user."""

    item_id: str | None  # None: the server announced speech without naming its item
    progress: Progress = Progress.ACTIVE
    text: str = ""  # as recognised so far; "" in a final entry: nothing was recognised


@dataclass(slots=True)
class MessageEntry:
    """A message of the model, as it is heard."""

    item: MessageItem
    progress: Progress = Progress.PENDING
    shown: str = ""  # the words that have been audible
    latest: str = ""  # the last of them, while the message plays
    latency: float | None = None  # seconds from the user's last sound to its first; None: not the first of its turn
    playout: Playout | None = None  # None until the entry is final

    @property
    def coming(self) -> str:
        """The words that were generated and have yet to be heard; "" once the entry is final."""
        return "" if self.progress is Progress.FINAL else self.item.transcript[len(self.shown) :]

    @property
    def unheard(self) -> str:
        """The words that were generated and never heard; "" while the message may still play."""
        if self.playout is None or not self.playout.interrupted:
            return ""
        return self.item.transcript[len(self.shown) :]


@dataclass(slots=True)
class ToolEntry:
    """A call of one of the application's functions, or of a hosted tool."""

    call: FunctionCallItem | McpCallItem
    progress: Progress = Progress.ACTIVE
    error: str | None = None  # what the function raised, if it did


@dataclass(slots=True)
class NoteEntry:
    """An error, or the recovery from one."""

    text: str
    recovery: bool = False
    progress: Progress = Progress.FINAL


Entry: TypeAlias = UserEntry | MessageEntry | ToolEntry | NoteEntry
E = TypeVar("E", UserEntry, MessageEntry, ToolEntry)


@dataclass(slots=True)
class Statistics:
    """Figures of a conversation."""

    turns: int = 0  # of the user
    items: int = 0  # messages that were heard, at least in part
    latencies: list[float] = field(default_factory=list)  # seconds from the user's last sound to the reply's first
    cut_positions: list[float] = field(default_factory=list)  # seconds of each interrupted message that were heard
    interruptions: int = 0
    underruns: int = 0


class ConversationView:
    """The entries that may still change, and the figures so far. Final entries are handed over once.

    turns: the turns of the session, which times them; it may be set later.
    """

    def __init__(self, turns: Callable[[], Sequence[TurnTiming]] = tuple) -> None:
        self.turns = turns
        self.statistics = Statistics()
        self.input_level: InputLevel | None = None  # the latest; None: there was none
        self.output_level: OutputLevel | None = None  # the latest; None: there was none
        self.open: list[Entry] = []  # in the order of the conversation, from the first that is not final
        self._turn_ids: set[str] = set()  # ids of the user's items that are counted

    def on_event(self, event: SdkEvent) -> None:
        """Handle the next event; kinds without a handler are ignored."""
        handle = _HANDLERS.get(type(event))
        if handle is not None:
            handle(self, event)

    def note(self, text: str, *, recovery: bool = False) -> None:
        """Add a line of its own: an error, or the recovery from one."""
        self.open.append(NoteEntry(text, recovery))

    def pop_final(self) -> list[Entry]:
        """Remove and return the leading final entries."""
        count = next((n for n, entry in enumerate(self.open) if entry.progress is not Progress.FINAL), len(self.open))
        final, self.open = self.open[:count], self.open[count:]
        return final

    def finish(self) -> list[Entry]:
        """Make all remaining entries final, once the session is closed, and return them."""
        for entry in self.open:
            if isinstance(entry, MessageEntry) and entry.item.playout.interrupted:
                _end(entry, entry.item.playout)
            entry.progress = Progress.FINAL
        return self.pop_final()

    def _speech_started(self, event: UserSpeechStarted) -> None:
        for entry in self._all(UserEntry):
            entry.progress = Progress.FINAL  # a transcript still missing may never come
        self._add_turn(UserEntry(event.item_id))

    def _speech_stopped(self, event: UserSpeechStopped) -> None:
        for entry in self._all(UserEntry):
            if entry.progress is Progress.ACTIVE:
                entry.progress = Progress.PENDING

    def _transcript(self, event: UserTranscript) -> None:
        entry = next((entry for entry in self._all(UserEntry) if entry.item_id in (event.item.id, None)), None)
        if entry is None:
            entry = UserEntry(event.item.id, Progress.PENDING)
            self._add_turn(entry)
        entry.text = event.text
        if event.final:
            entry.progress = Progress.FINAL

    def _item_added(self, event: ItemAdded) -> None:
        if isinstance(event.item, MessageItem):
            self.open.append(MessageEntry(event.item))

    def _playout_started(self, event: PlayoutStarted) -> None:
        entry = self._message_entry(event.item)
        entry.progress = Progress.ACTIVE
        self.statistics.items += 1
        entry.latency = next((turn.latency for turn in reversed(self.turns()) if turn.heard == event.at), None)
        if entry.latency is not None:
            self.statistics.latencies.append(entry.latency)

    def _caption_shown(self, event: CaptionShown) -> None:
        entry = self._message_entry(event.item)
        entry.latest = event.caption.text
        entry.shown += entry.latest

    def _playout_finished(self, event: PlayoutFinished) -> None:
        _end(self._message_entry(event.item), event.playout)
        if event.playout.interrupted and event.playout.started_at is not None:
            self.statistics.cut_positions.append(event.playout.position)

    def _interrupted(self, event: Interrupted) -> None:
        self.statistics.interruptions += bool(event.playouts)

    def _response_finished(self, event: ResponseFinished) -> None:
        if event.response.status == "failed":
            error = event.response.status_details and event.response.status_details.error
            self.note(f"response failed: {(error and (error.message or error.code)) or 'no reason given'}")

    def _tool_started(self, event: ToolStarted) -> None:
        self.open.append(ToolEntry(event.call))

    def _tool_finished(self, event: ToolFinished) -> None:
        for entry in self._all(ToolEntry):
            if entry.call is event.call:
                entry.error = event.error
                entry.progress = Progress.FINAL

    def _input_level(self, event: InputLevel) -> None:
        self.input_level = event

    def _output_level(self, event: OutputLevel) -> None:
        self.output_level = event

    def _underrun(self, event: Underrun) -> None:
        self.statistics.underruns += 1

    def _add_turn(self, entry: UserEntry) -> None:
        self.open.append(entry)
        if entry.item_id is None or entry.item_id not in self._turn_ids:
            self.statistics.turns += 1
        if entry.item_id is not None:
            self._turn_ids.add(entry.item_id)

    def _message_entry(self, item: MessageItem) -> MessageEntry:
        """Return the entry of a message, made here if it was never announced."""
        entry = next((entry for entry in self._all(MessageEntry) if entry.item is item), None)
        if entry is None:
            entry = MessageEntry(item)
            self.open.append(entry)
        return entry

    def _all(self, kind: type[E]) -> list[E]:
        return [entry for entry in self.open if isinstance(entry, kind)]


def _end(entry: MessageEntry, playout: Playout) -> None:
    entry.playout = playout
    entry.shown = playout.transcript
    entry.latest = ""
    entry.progress = Progress.FINAL


_HANDLERS: dict[type, Callable[[ConversationView, Any], None]] = {
    UserSpeechStarted: ConversationView._speech_started,
    UserSpeechStopped: ConversationView._speech_stopped,
    UserTranscript: ConversationView._transcript,
    ItemAdded: ConversationView._item_added,
    PlayoutStarted: ConversationView._playout_started,
    CaptionShown: ConversationView._caption_shown,
    PlayoutFinished: ConversationView._playout_finished,
    Interrupted: ConversationView._interrupted,
    ResponseFinished: ConversationView._response_finished,
    ToolStarted: ConversationView._tool_started,
    ToolFinished: ConversationView._tool_finished,
    InputLevel: ConversationView._input_level,
    OutputLevel: ConversationView._output_level,
    Underrun: ConversationView._underrun,
    DeviceLost: lambda view, event: view.note(f"{event.side} device lost: {event.reason}"),
    DeviceRestored: lambda view, event: view.note(f"{event.side} device restored", recovery=True),
    InputFault: lambda view, event: view.note(event.reason),
    InputFaultEnded: lambda view, event: view.note(f"the microphone is not {event.fault} any more", recovery=True),
    SettingsDiffer: lambda view, event: view.note(
        f"the server has other settings: {'; '.join(map(str, event.differences))}"
    ),
    EchoCancellerFailed: lambda view, event: view.note(f"echo canceller failed: {event.reason}"),
    RecordingFailed: lambda view, event: view.note(f"recording in {event.folder}: {event.reason}"),
    RecordingRestored: lambda view, event: view.note(f"recording in {event.folder} goes on", recovery=True),
    Disconnected: lambda view, event: view.note(f"disconnected: {event.reason or event.code or 'no reason given'}"),
    Reconnected: lambda view, event: view.note("session renewed" if event.renewed else "reconnected", recovery=True),
    ServerError: lambda view, event: view.note(f"server error: {event.message}"),
    ProtocolViolation: lambda view, event: view.note(f"protocol violation: {event.reason}"),
}
