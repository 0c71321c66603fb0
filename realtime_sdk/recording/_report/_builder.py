"""Builds the data of a report from the events of a recording."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from operator import attrgetter
from typing import Any, Final, TypeVar

from pydantic import TypeAdapter

from ...captions._caption import Caption
from ...conversation.message._playout import Playout
from ...conversation.usage._turn_timing import TurnTiming
from ...conversation.usage._usage import SessionUsage, TranscriptionUsage, Usage
from ...transports._transport import REGULAR_CLOSE
from .._lines import at_their_times
from ._model import Incident, IncidentKind, ReportData, Side, Spoken, ToolCall, Word, words_of
from ._typed import TypedMessage

T = TypeVar("T")
E = TypeVar("E", Spoken, ToolCall)

_SIDES: Final[Mapping[str, Side]] = {"user": "user", "assistant": "assistant"}

_LIVE_PAUSE: Final = 1.0
"""Seconds of silence that end what one side of a session without items says."""


@dataclass(frozen=True, slots=True)
class _Item:
    """A message, as an event describes it."""

    id: str
    phase: str | None = None
    transcript: str = ""


@dataclass(frozen=True, slots=True)
class _Call:
    """A call of a tool, as an event describes it."""

    id: str
    name: str
    arguments: str
    output: str | None = None
    server_label: str | None = None


@dataclass(frozen=True, slots=True)
class _LiveUsage:
    """What a session without items has cost so far, as an event describes it; the tokens are the backend model's."""

    seconds: float
    input_tokens: int = 0
    cached_tokens: int = 0
    output_tokens: int = 0


class _Message:
    """A message of which captions come in."""

    def __init__(self, spoken: Spoken) -> None:
        self.spoken = spoken
        self.shown: list[tuple[float, Caption]] = []  # captions, and when each began to sound

    def finish(self) -> None:
        """Give the message its words."""
        captions = at_their_times(self.spoken.start, self.shown)
        self.spoken.words = words_of(captions, self.spoken.start)
        if self.spoken.words and not self.spoken.interrupted:  # it may go on, or the application may play it still
            self.spoken.end = max(self.spoken.end, self.spoken.words[-1].end)


class ReportBuilder:
    """Builds the data of a report from events, as `describe` of `_sdk_event_log.py` has written them."""

    def __init__(self, epoch: float) -> None:
        self._data = ReportData(epoch)
        self._turns: dict[str | None, Spoken] = {}  # the user's, by item; None: the server has not named it yet
        self._messages: dict[str, _Message] = {}  # by item
        self._calls: dict[str, ToolCall] = {}  # by item
        self._live: dict[str, Spoken] = {}  # the last of each side, in a session without items
        self._lost: dict[str, Incident] = {}  # of connections and devices that have not come back

    def on_event(self, event: Mapping[str, Any]) -> None:
        """Handle a line; a type that is not known is ignored."""
        at = float(event["t"])
        self._data.duration = max(self._data.duration, at)
        if (handle := _HANDLERS.get(event["type"])) is not None:
            handle(self, event, at)

    def finish(self, typed: Iterable[TypedMessage]) -> ReportData:
        """Return the data: no more lines come. typed: messages that the application sent as text."""
        data = self._data
        for message in self._messages.values():
            message.finish()
        said = [entry for entry in data.entries if not (isinstance(entry, Spoken) and entry.is_empty)]
        data.entries = sorted([*map(_written, typed), *said], key=attrgetter("start"))  # stable: typed ones come first
        data.incidents = sorted([*data.incidents, *self._lost.values()], key=attrgetter("start"))
        return data

    def _session_ready(self, event: Mapping[str, Any], at: float) -> None:
        self._data.model = event.get("model") or self._data.model

    def _speech_started(self, event: Mapping[str, Any], at: float) -> None:
        self._turns[event["item_id"]] = self._listed(Spoken("user", at, at))

    def _speech_stopped(self, event: Mapping[str, Any], at: float) -> None:
        self._turn(event["item_id"], at).end = at

    def _transcript(self, event: Mapping[str, Any], at: float) -> None:
        item_id, text = _made(_Item, event["item"]).id, _made(str, event["text"])
        if None in self._turns:
            self._turns[item_id] = self._turns.pop(None)
        turn = self._turn(item_id, at)
        turn.say(text)
        if (usage := event.get("usage")) is not None:
            self._add_usage(SessionUsage(transcription=_made(TranscriptionUsage, usage)))

    def _playout_started(self, event: Mapping[str, Any], at: float) -> None:
        item = _made(_Item, event["item"])
        self._message(item.id, at).spoken.phase = item.phase

    def _caption_shown(self, event: Mapping[str, Any], at: float) -> None:
        caption = _made(Caption, event["caption"])
        self._message(caption.item_id, at).shown.append((at, caption))

    def _playout_finished(self, event: Mapping[str, Any], at: float) -> None:
        item, playout = _made(_Item, event["item"]), _made(Playout, event["playout"])
        spoken = self._message(item.id, at).spoken
        spoken.ended, spoken.playout, spoken.phase = True, playout, item.phase
        spoken.end = at if playout.finished_at is None else max(spoken.start, playout.finished_at)
        if playout.interrupted:
            spoken.unheard = item.transcript[len(playout.transcript) :]

    def _interrupted(self, event: Mapping[str, Any], at: float) -> None:
        playouts = [_made(Playout, playout) for playout in event["playouts"]]
        lost = sum(max(0.0, playout.duration - playout.position) for playout in playouts)
        self._note("interruption", at, f"The reply was cut: {lost:.1f} s of it were received and never heard.")

    def _tool_started(self, event: Mapping[str, Any], at: float) -> None:
        call = _made(_Call, event["call"])
        name = ".".join(filter(None, (call.server_label, call.name)))
        self._calls[call.id] = self._listed(ToolCall(name, at, call.arguments))

    def _tool_finished(self, event: Mapping[str, Any], at: float) -> None:
        call = _made(_Call, event["call"])
        if call.id not in self._calls:  # answered by hand: it has no beginning
            self._tool_started(event, at)
        tool = self._calls[call.id]
        tool.end, tool.output, tool.error = at, call.output, event["error"] and str(event["error"])

    def _response_finished(self, event: Mapping[str, Any], at: float) -> None:
        response = event["response"]
        if (usage := response["usage"]) is not None:
            self._add_usage(_made(Usage, usage))
        if response["status"] in ("failed", "incomplete"):
            reason = response["reason"] or response.get("error") or "no reason is known"
            self._note("error", at, f"A response ended as {response['status']}: {reason}.")

    def _add_usage(self, usage: Usage) -> None:
        self._data.usage += usage

    def _turn_answered(self, event: Mapping[str, Any], at: float) -> None:
        timing = _made(TurnTiming, event["timing"])
        self._data.turns.append(timing)
        turn = next(reversed(self._turns.values()), None)
        if turn is not None and timing.ended is not None and turn.start < timing.ended < turn.end:
            turn.end = timing.ended  # the server reports the end only after some silence
            turn.say(turn.text)

    def _lose(self, event: Mapping[str, Any], at: float) -> None:
        side = event.get("side")
        if event.get("code") == REGULAR_CLOSE and not event.get("will_retry"):
            return  # the server ended the session
        kind: IncidentKind = "device" if side else "connection"
        what = f"The {side} device" if side else "The connection"
        text = f"{what} was lost: {event['reason'] or 'no reason is known'}."
        self._lost.setdefault(side or "connection", Incident(kind, at, text))

    def _restore(self, event: Mapping[str, Any], at: float) -> None:
        if (lost := self._lost.pop(event.get("side") or "connection", None)) is not None:
            text = f"{lost.text} It came back after {at - lost.start:.1f} s."
            self._data.incidents.append(replace(lost, text=text, end=at))
        elif event.get("renewed"):
            self._note("connection", at, "The connection was renewed before it expired.")

    def _input_fault(self, event: Mapping[str, Any], at: float) -> None:
        incident = Incident("device", at, _sentence(str(event["reason"])))
        self._lost.setdefault(f"input {event['fault']}", incident)

    def _input_fault_ended(self, event: Mapping[str, Any], at: float) -> None:
        fault = self._lost.pop(f"input {event['fault']}", Incident("device", at, ""))
        self._data.incidents.append(replace(fault, end=at))

    def _underrun(self, event: Mapping[str, Any], at: float) -> None:
        self._note("underrun", at, "The reply ran dry while it was heard, and went on here.")

    def _failed(self, event: Mapping[str, Any], at: float) -> None:
        code = f" ({event['code']})" if event.get("code") else ""
        self._note("error", at, f"{event.get('message') or event.get('reason')}{code}")

    def _recording(self, event: Mapping[str, Any], at: float) -> None:
        if event["type"] == "RecordingFailed":
            self._note("recording", at, f"Not recorded for now: {event['reason']}")
            return
        frames, events = event["frames_dropped"], event["events_dropped"]
        lost = f"{event['audio_dropped']:.1f} s of audio, {frames} frames, {events} events"
        self._note("recording", at, f"Recorded again; missing: {lost}.")

    def _live_caption(self, event: Mapping[str, Any], at: float) -> None:
        caption = _made(Caption, event["caption"])
        side = _SIDES[event["caption"]["role"]]
        last = self._live.get(side)
        if last is None or last.interrupted or at - last.end > _LIVE_PAUSE:
            last = self._live[side] = self._listed(Spoken(side, at, at))
        end = at + max(0.0, caption.end - caption.start)
        last.words = [*last.words, *words_of([replace(caption, start=0.0, end=end - at)], at)]
        last.end = max(last.end, end)

    def _live_interrupted(self, event: Mapping[str, Any], at: float) -> None:
        if event["cut_off"]:
            self._note("interruption", at, f"The reply was cut: {event['dropped']:.1f} s of it were never heard.")

    def _live_usage(self, event: Mapping[str, Any], at: float) -> None:
        usage = _made(_LiveUsage, event["usage"])
        self._data.billed_seconds = usage.seconds
        self._data.usage = SessionUsage(
            total=usage.input_tokens + usage.output_tokens, cached=usage.cached_tokens, cached_text=usage.cached_tokens,
            input=usage.input_tokens, input_text=usage.input_tokens,
            output=usage.output_tokens, output_text=usage.output_tokens,
        )  # fmt: skip

    def _turn(self, item_id: str | None, at: float) -> Spoken:
        if item_id not in self._turns:
            self._turns[item_id] = self._listed(Spoken("user", at, at))
        return self._turns[item_id]

    def _message(self, item_id: str, at: float) -> _Message:
        if item_id not in self._messages:
            self._messages[item_id] = _Message(self._listed(Spoken("assistant", at, at, ended=False)))
        return self._messages[item_id]

    def _listed(self, entry: E) -> E:
        self._data.entries.append(entry)
        return entry

    def _note(self, kind: IncidentKind, at: float, text: str) -> None:
        self._data.incidents.append(Incident(kind, at, text))


def _written(message: TypedMessage) -> Spoken:
    words = [Word(text, " ", message.at, message.at) for text in message.text.split()]
    return Spoken("user", message.at, message.at, words, typed=True)


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:].rstrip('.')}."


def _made(kind: type[T], values: object) -> T:
    """An object of a dataclass from its values; others, of a later version, are left out."""
    made: T = _adapters()[kind].validate_python(values)
    return made


@cache
def _adapters() -> dict[type, TypeAdapter[Any]]:
    """The validator of each class; made with the first report, as that takes a while."""
    kinds = (str, Caption, Playout, TranscriptionUsage, TurnTiming, Usage, _Call, _Item, _LiveUsage)
    return {kind: TypeAdapter(kind) for kind in kinds}


_HANDLERS: Final[Mapping[str, Callable[[ReportBuilder, Mapping[str, Any], float], None]]] = {
    "SessionReady": ReportBuilder._session_ready,
    "UserSpeechStarted": ReportBuilder._speech_started,
    "UserSpeechStopped": ReportBuilder._speech_stopped,
    "UserTranscript": ReportBuilder._transcript,
    "PlayoutStarted": ReportBuilder._playout_started,
    "CaptionShown": ReportBuilder._caption_shown,
    "PlayoutFinished": ReportBuilder._playout_finished,
    "Interrupted": ReportBuilder._interrupted,
    "ToolStarted": ReportBuilder._tool_started,
    "ToolFinished": ReportBuilder._tool_finished,
    "ResponseFinished": ReportBuilder._response_finished,
    "TurnAnswered": ReportBuilder._turn_answered,
    "Disconnected": ReportBuilder._lose,
    "Reconnected": ReportBuilder._restore,
    "DeviceLost": ReportBuilder._lose,
    "DeviceRestored": ReportBuilder._restore,
    "InputFault": ReportBuilder._input_fault,
    "InputFaultEnded": ReportBuilder._input_fault_ended,
    "Underrun": ReportBuilder._underrun,
    "ServerError": ReportBuilder._failed,
    "ProtocolViolation": ReportBuilder._failed,
    "EchoCancellerFailed": ReportBuilder._failed,
    "RecordingFailed": ReportBuilder._recording,
    "RecordingRestored": ReportBuilder._recording,
    "LiveCaptionShown": ReportBuilder._live_caption,
    "LiveUsageUpdated": ReportBuilder._live_usage,
    "LiveInterrupted": ReportBuilder._live_interrupted,
}
