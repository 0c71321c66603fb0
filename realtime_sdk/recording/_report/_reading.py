"""Reads the events of a recording into the data of a report."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from operator import attrgetter
from pathlib import Path
from typing import Any, Final, TypeVar

from pydantic import TypeAdapter

from ...captions._caption import Caption
from ...conversation._playout import Playout
from ...conversation._turn_timing import TurnTiming
from ...conversation._usage import SessionUsage, TranscriptionUsage, Usage
from ...errors import UsageError
from ...transports._transport import REGULAR_CLOSE
from .._files import EVENTS, FILES, SDK_EVENTS
from .._lines import at_their_times
from .._sdk_event_log import FORMAT, VERSION
from ._model import Entry, Incident, ReportData, Spoken, ToolCall, Word, words_of
from ._typed import TypedMessage, typed_messages

T = TypeVar("T")
E = TypeVar("E", Spoken, ToolCall)

_LATEST: Final = 2e11
"""A wall-clock time beyond those that a calendar has."""

_SIDES: Final = {"user": "user", "assistant": "assistant"}

_LIVE_PAUSE: Final = 1.0
"""Seconds of silence that end what one side of a session without items says."""


def read_report(folder: Path) -> ReportData:
    """Read a recording.

    Raises:
        UsageError: there is none, or one that no report can be made of.

    """
    lines = _lines_of(folder)
    number, header = next(lines, (0, {}))
    epoch = header.get("epoch")
    if header.get("format") != FORMAT or not isinstance(epoch, int | float) or not 0 <= epoch < _LATEST:
        raise UsageError(f"{folder / SDK_EVENTS} does not begin as that of a recording: is it another program's?")
    if header.get("version") != VERSION:
        made_by = f"version {header.get('sdk')} of this package"
        raise UsageError(f"{folder} was recorded by {made_by}, and this one does not know its format: update it")
    reader = _Reader(epoch)
    for number, line in lines:
        try:
            reader.on_event(line)
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
            raise UsageError(f"{folder / SDK_EVENTS}: line {number} is no event of a recording: {error!r}") from error
    return reader.finish(typed_messages(folder / EVENTS))


def _lines_of(folder: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """The lines of the file with their numbers; one that a crash has cut off is left out."""
    if not folder.is_dir():
        raise UsageError(f"{folder} is no folder: name that of a recording, such as talks/2026-11-27_08-00-00")
    if not any((folder / name).exists() for name in FILES):
        raise UsageError(f"{folder} holds no recording: it has none of {', '.join(FILES)}")
    try:
        text = (folder / SDK_EVENTS).read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        raise UsageError(
            f"{folder} was recorded by an earlier version, or is a part of a recording: it lacks {SDK_EVENTS}, "
            "of which a report is made"
        ) from None
    except OSError as error:
        raise UsageError(f"{folder / SDK_EVENTS} can't be read: {error.strerror}") from error
    lines = text.split("\n")[:-1]  # behind the last line end is nothing, or what was cut off
    for number, line in enumerate(lines, start=1):
        try:
            event = json.loads(line, parse_float=_finite, parse_constant=_finite)
        except (ValueError, RecursionError):
            event = None
        if not isinstance(event, dict):
            raise UsageError(f"{folder / SDK_EVENTS}: line {number} is no event of a recording: {line[:60]!r}")
        yield number, event


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


class _Reader:
    """Builds the data of a report from events, as `describe` of `_sdk_event_log.py` has written them."""

    def __init__(self, epoch: float) -> None:
        self._data = ReportData(epoch)
        self._entries: list[Entry] = []  # in the order in which they were reported
        self._turns: dict[str | None, Spoken] = {}  # the user's, by item; None: the server has not named it yet
        self._messages: dict[str, _Message] = {}  # by item
        self._calls: dict[str, ToolCall] = {}  # by item
        self._live: dict[str, Spoken] = {}  # the last of each side, in a session without items
        self._lost: dict[str, tuple[float, str]] = {}  # what is lost since when, and why: a connection, a device

    def on_event(self, event: Mapping[str, Any]) -> None:
        """Handle a line; a type that is not known is ignored."""
        at = float(event["t"])
        self._data.duration = max(self._data.duration, at)
        if (handle := _HANDLERS.get(event["type"])) is not None:
            handle(self, event, at)

    def finish(self, typed: Iterable[TypedMessage]) -> ReportData:
        """Return the data: no more lines come. typed: messages that the application sent as text."""
        data = self._data
        for written in typed:
            words = [Word(text, " ", written.at, written.at) for text in written.text.split()]
            data.entries.append(Spoken("user", written.at, written.at, words, typed=True))
        for message in self._messages.values():
            message.finish()
        for kind, (since, text) in self._lost.items():
            data.incidents.append(Incident("connection" if kind == "connection" else "device", since, text))
        said = [entry for entry in self._entries if not (isinstance(entry, Spoken) and entry.is_empty)]
        data.entries = sorted([*data.entries, *said], key=attrgetter("start"))  # stable: what was typed comes first
        data.incidents.sort(key=attrgetter("start"))
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
        what = f"The {side} device was lost" if side else "The connection was lost"
        self._lost.setdefault(side or "connection", (at, f"{what}: {event['reason'] or 'no reason is known'}."))

    def _restore(self, event: Mapping[str, Any], at: float) -> None:
        side = event.get("side")
        since, text = self._lost.pop(side or "connection", (None, ""))
        if since is not None:
            again = f"{text} It came back after {at - since:.1f} s."
            self._note("device" if side else "connection", since, again, end=at)
        elif event.get("renewed"):
            self._note("connection", at, "The connection was renewed before it expired.")

    def _input_fault(self, event: Mapping[str, Any], at: float) -> None:
        self._lost.setdefault(f"input {event['fault']}", (at, _sentence(str(event["reason"]))))

    def _input_fault_ended(self, event: Mapping[str, Any], at: float) -> None:
        since, text = self._lost.pop(f"input {event['fault']}", (at, ""))
        self._note("device", since, text, end=at)

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
        side: Any = _SIDES[event["caption"]["role"]]
        last = self._live.get(side)
        if last is None or last.interrupted or at - last.end > _LIVE_PAUSE:
            last = self._live[side] = self._listed(Spoken(side, at, at))
        end = at + max(0.0, caption.end - caption.start)
        last.words = [*last.words, *words_of([replace(caption, start=0.0, end=end - at)], at)]
        last.end = max(last.end, end)

    def _live_interrupted(self, event: Mapping[str, Any], at: float) -> None:
        if event["cut_off"]:
            self._note("interruption", at, f"The reply was cut: {event['dropped']:.1f} s of it were never heard.")

    def _turn(self, item_id: str | None, at: float) -> Spoken:
        if item_id not in self._turns:
            self._turns[item_id] = self._listed(Spoken("user", at, at))
        return self._turns[item_id]

    def _message(self, item_id: str, at: float) -> _Message:
        if item_id not in self._messages:
            self._messages[item_id] = _Message(self._listed(Spoken("assistant", at, at, ended=False)))
        return self._messages[item_id]

    def _listed(self, entry: E) -> E:
        self._entries.append(entry)
        return entry

    def _live_usage(self, event: Mapping[str, Any], at: float) -> None:
        usage = _made(_LiveUsage, event["usage"])
        self._data.billed_seconds = usage.seconds
        self._data.usage = SessionUsage(
            total=usage.input_tokens + usage.output_tokens, cached=usage.cached_tokens, cached_text=usage.cached_tokens,
            input=usage.input_tokens, input_text=usage.input_tokens,
            output=usage.output_tokens, output_text=usage.output_tokens,
        )  # fmt: skip

    def _note(self, kind: Any, at: float, text: str, *, end: float | None = None) -> None:
        self._data.incidents.append(Incident(kind, at, text, end))


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:].rstrip('.')}."


def _made(kind: type[T], values: object) -> T:
    """An object of a dataclass from its values; others, of a later version, are left out."""
    made: T = _adapters()[kind].validate_python(values)
    return made


@cache
def _adapters() -> dict[type, TypeAdapter[Any]]:
    """What checks the values of each class; made when a report is, as that takes a while."""
    kinds = (str, Caption, Playout, TranscriptionUsage, TurnTiming, Usage, _Call, _Item, _LiveUsage)
    return {kind: TypeAdapter(kind) for kind in kinds}


def _finite(number: str) -> float:
    """A number of JSON; Raises `ValueError` for one that is too large to be one."""
    if not math.isfinite(value := float(number)):
        raise ValueError(f"{number} is no number")
    return value


_HANDLERS: Final[Mapping[str, Callable[[_Reader, Mapping[str, Any], float], None]]] = {
    "SessionReady": _Reader._session_ready,
    "UserSpeechStarted": _Reader._speech_started,
    "UserSpeechStopped": _Reader._speech_stopped,
    "UserTranscript": _Reader._transcript,
    "PlayoutStarted": _Reader._playout_started,
    "CaptionShown": _Reader._caption_shown,
    "PlayoutFinished": _Reader._playout_finished,
    "Interrupted": _Reader._interrupted,
    "ToolStarted": _Reader._tool_started,
    "ToolFinished": _Reader._tool_finished,
    "ResponseFinished": _Reader._response_finished,
    "TurnAnswered": _Reader._turn_answered,
    "Disconnected": _Reader._lose,
    "Reconnected": _Reader._restore,
    "DeviceLost": _Reader._lose,
    "DeviceRestored": _Reader._restore,
    "InputFault": _Reader._input_fault,
    "InputFaultEnded": _Reader._input_fault_ended,
    "Underrun": _Reader._underrun,
    "ServerError": _Reader._failed,
    "ProtocolViolation": _Reader._failed,
    "EchoCancellerFailed": _Reader._failed,
    "RecordingFailed": _Reader._recording,
    "RecordingRestored": _Reader._recording,
    "LiveCaptionShown": _Reader._live_caption,
    "LiveUsageUpdated": _Reader._live_usage,
    "LiveInterrupted": _Reader._live_interrupted,
}
