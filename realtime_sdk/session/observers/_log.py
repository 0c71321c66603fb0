"""The log `realtime_sdk` of a session: one line an event, for a newcomer to read.

INFO for the connection, turns, responses and interruptions; WARNING for what went wrong; the frames of the wire are
DEBUG lines of `realtime_sdk.wire`, with a `>` or `<` for their direction.
"""

from __future__ import annotations

import logging
import math
import re
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any, Final

from ..._runtime.text import printable
from ...conversation._sdk_events import (
    ApprovalRequested,
    BudgetExceeded,
    CaptionShown,
    DeviceLost,
    DeviceRestored,
    Disconnected,
    EchoCancellerFailed,
    Idle,
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
    ResponseStarted,
    ServerError,
    SessionReady,
    SettingsDiffer,
    ToolFinished,
    ToolsListed,
    ToolStarted,
    TurnAnswered,
    Underrun,
    UserSpeechStarted,
    UserSpeechStopped,
    UserTranscript,
)
from ...protocol._codec import AnyEvent, ProtocolViolation
from ...tools._result import INTERRUPTED
from ...transports._transport import REGULAR_CLOSE

SERIES_GAP: Final = 60.0
"""Seconds between two reports of one kind after which the second one begins a new series."""

WRITTEN_FIRST: Final = 5
"""Reports of a series that have a line each; of the others each 10th, 100th, 1000th, … has one.

A faulty server may cause a thousand in a second."""

ID_LIMIT: Final = 64
"""Characters of an id that are shown."""

_session = logging.getLogger("realtime_sdk.session")
_wire = logging.getLogger("realtime_sdk.wire")


class _Series:
    """Reports of one kind that follow one another closely."""

    def __init__(self) -> None:
        self._number = 0  # of the last one
        self._last_at = -math.inf

    def mark(self, at: float) -> str | None:
        """Return what the line of the next report ends with; None: it has none."""
        self._number = self._number + 1 if at - self._last_at < SERIES_GAP else 1
        self._last_at = at
        if self._number <= WRITTEN_FIRST:
            return ""
        return f" (number {self._number} of its kind)" if str(self._number).rstrip("0") == "1" else None


class SessionLog:
    """The log of one session; each line begins with the session's id, once the server has given it one.

    A server's texts, such as the message and the code of an error, can neither fill a line nor begin another.
    """

    def __init__(self) -> None:
        self._prefix = ""
        self._series: dict[type, _Series] = {kind: _Series() for kind in _FLOODING}
        self._not_sent: set[str] = set()  # types of events, and capabilities, of which a line was written

    def begin(self, session_id: str | None) -> None:
        """The server has opened a session: the lines from now on begin with its id."""
        self._prefix = f"{_id(session_id)}: " if session_id else ""

    def event(self, event: object) -> None:
        """Write the line of an SDK event, of any kind of session: its own, or at DEBUG level its name."""
        kind = type(event)
        if isinstance(event, SessionReady):
            self.begin(event.session.get("id"))
        if kind in _FREQUENT:
            return
        series = self._series.get(kind)
        mark = "" if series is None else series.mark(getattr(event, "at", None) or 0.0)
        if mark is not None:
            level, text = _LINES.get(kind, _name)(event)
            _session.log(level, "%s%s%s", self._prefix, printable(text), mark)

    def received(self, event: AnyEvent, frame: bytes | str) -> None:
        """Write the line of a frame of the server's."""
        if not _wire.isEnabledFor(logging.DEBUG):  # asked before the arguments are made, for each frame
            return
        _wire.debug("%s< %s, %d characters", self._prefix, event.type, len(frame))

    def sent(self, kind: str, frame: str) -> None:
        """Write the line of a frame that is on its way."""
        _wire.debug("%s> %s, %d characters", self._prefix, kind, len(frame))

    def not_sent(self, kind: str, count: int = 1) -> None:
        """Write a line about events that are not sent, the first time of each type."""
        if kind not in self._not_sent:
            self._not_sent.add(kind)
            events = f" ({count} events)" if count > 1 else ""
            self.warning(f"not sent, because the connection has ended: {kind}{events}")

    def lacking(self, dialect: str, capability: str) -> None:
        """Write a line about an event or field that is not sent because the server lacks it, the first time of each."""
        if capability not in self._not_sent:
            self._not_sent.add(capability)
            self.warning(f"not sent, because the dialect {dialect} lacks it: {capability}")

    def not_confirmed(self, seconds: float) -> None:
        """Write a line about a configuration that the server has not confirmed in time."""
        self.warning(f"the server has not confirmed the configuration in {seconds:g} s: going on")

    def not_answered(self, kinds: Iterable[str]) -> None:
        """Write a line about requests that no caller awaits, and that the server has not answered."""
        for kind, count in Counter(kinds).items():
            requests = f" ({count} requests)" if count > 1 else ""
            self.warning(f"not answered, because the connection has ended: {kind}{requests}")

    def warning(self, text: str) -> None:
        """Write a line about a fault that is no event."""
        _session.warning("%s%s", self._prefix, printable(text))

    def exception(self, text: str) -> None:
        """Write a line and the traceback of the exception that is being handled."""
        _session.exception("%s%s", self._prefix, text)


def _id(id: str) -> str:
    """An id of the server's as a line shows it: it may be of any length, and hold line breaks."""
    return printable(id[:ID_LIMIT])


def _name(event: object) -> tuple[int, str]:
    return logging.DEBUG, re.sub(r"(?<!^)([A-Z])", r" \1", type(event).__name__).lower()


def _disconnected(event: Disconnected) -> tuple[int, str]:
    level = logging.INFO if event.code == REGULAR_CLOSE and not event.will_retry else logging.WARNING
    then = "; connecting again" if event.will_retry else ""
    return level, f"the connection ended: {event.reason}{_code(event.code)}{then}"


def _reconnected(event: Reconnected) -> tuple[int, str]:
    how = "the session was renewed" if event.renewed else "connected again"
    parts = [f"{_count(len(event.carried), 'item')} carried over"]
    parts += [f"{_count(len(event.lost), 'item')} lost"] if event.lost else []
    parts += [f"{event.audio_sent:.1f} s of the user's audio sent"] if event.audio_sent else []
    parts += [f"{event.audio_dropped:.1f} s of it too old"] if event.audio_dropped else []
    level = logging.WARNING if event.lost or event.audio_dropped else logging.INFO
    return level, f"{how}: {', '.join(parts)}"


def _response_finished(event: ResponseFinished) -> tuple[int, str]:
    response = event.response
    text = f"response {_id(response.id)} {response.status}: {_count(len(response.items), 'item')}"
    details = response.status_details
    if response.status != "failed" or details is None or details.error is None:
        return (logging.WARNING if response.status == "failed" else logging.INFO), text
    return logging.WARNING, f"{text}: {details.error.message or details.error.code or details.error.type}"


def _playout_finished(event: PlayoutFinished) -> tuple[int, str]:
    playout = event.playout
    if not playout.duration:
        return logging.INFO, f"message {_id(event.item.id)} ended: it has no audio"
    end = f"cut at {playout.position:.2f} of {playout.duration:.2f} s" if playout.interrupted else "heard in full"
    return logging.INFO, f"message {_id(event.item.id)} {end}"


def _turn_answered(event: TurnAnswered) -> tuple[int, str]:
    ended = event.timing.ended
    since = "" if ended is None else f" {event.at - ended:.2f} s after the user's last sound"
    return logging.DEBUG, f"the answer began{since}"


def _tool_finished(event: ToolFinished) -> tuple[int, str]:
    if event.error is None:
        return logging.INFO, f"tool {event.call.name} finished"
    if event.error == INTERRUPTED:  # as the application has it with on_interrupt="cancel"
        return logging.INFO, f"tool {event.call.name} {event.error}"
    return logging.WARNING, f"tool {event.call.name} failed: {event.error}"


def _tools_listed(event: ToolsListed) -> tuple[int, str]:
    label = event.item.server_label
    if event.error is None:
        return logging.INFO, f"tool server {label}: {_count(len(event.item.tools), 'tool')}"
    return logging.WARNING, f"tool server {label}: {event.error}"


def _recording_restored(event: RecordingRestored) -> tuple[int, str]:
    dropped = [
        f"{event.audio_dropped:.1f} s of audio" * bool(event.audio_dropped),
        _count(event.frames_dropped, "frame") * bool(event.frames_dropped),
        _count(event.events_dropped, "event") * bool(event.events_dropped),
    ]
    missing = ", ".join(filter(None, dropped))
    lacks = f", and lacks {missing}" if missing else ": nothing is missing"
    return logging.WARNING if missing else logging.INFO, f"recorded again in {event.folder}{lacks}"


def _code(code: object) -> str:
    return "" if code is None else f" (code {code})"


def _answered(error: ServerError) -> str:
    return "" if error.event_id is None else f", in answer to {error.event_id}"


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


_FAULT_ENDED: Final = {"silent": "the microphone is not silent any more", "clipping": "the microphone clips no more"}

_FREQUENT: Final = frozenset({CaptionShown, InputLevel, ItemAdded, OutputLevel})
"""Events without a line: they come many times a second, or another line implies them."""

_FLOODING: Final = (ProtocolViolation, ServerError, Underrun)
"""Reports that a faulty server can cause with each frame."""

_LINES: Final[dict[type, Callable[[Any], tuple[int, str]]]] = {
    SessionReady: lambda e: (logging.INFO, "the session is open"),
    SettingsDiffer: lambda e: (logging.WARNING, f"the server has other settings: {'; '.join(map(str, e.differences))}"),
    Disconnected: _disconnected,
    Reconnected: _reconnected,
    UserSpeechStarted: lambda e: (logging.INFO, "the user began to speak"),
    UserSpeechStopped: lambda e: (logging.INFO, "the user fell silent"),
    UserTranscript: lambda e: (logging.DEBUG, f"the user said {len(e.text)} characters"),
    ResponseStarted: lambda e: (logging.INFO, f"response {_id(e.response.id)} began"),
    ResponseFinished: _response_finished,
    PlayoutStarted: lambda e: (logging.INFO, f"message {_id(e.item.id)} began to play"),
    PlayoutFinished: _playout_finished,
    Interrupted: lambda e: (logging.INFO, f"interrupted: {_count(len(e.playouts), 'message')} cut"),
    ToolsListed: _tools_listed,
    ApprovalRequested: lambda e: (logging.INFO, f"tool {e.approval.name} waits to be approved"),
    TurnAnswered: _turn_answered,
    BudgetExceeded: lambda e: (logging.WARNING, f"the session has cost {e.cost:.4f}: its budget was {e.limit}"),
    ToolStarted: lambda e: (logging.INFO, f"tool {e.call.name} started"),
    ToolFinished: _tool_finished,
    Idle: lambda e: (logging.INFO, f"silence for {e.at - e.since:.1f} s"),
    Underrun: lambda e: (logging.WARNING, f"underrun: message {_id(e.item.id)} ran dry while it was heard"),
    DeviceLost: lambda e: (logging.WARNING, f"{e.side} device lost: {e.reason}"),
    DeviceRestored: lambda e: (logging.INFO, f"{e.side} device restored"),
    InputFault: lambda e: (logging.WARNING, e.reason),
    InputFaultEnded: lambda e: (logging.INFO, _FAULT_ENDED[e.fault]),
    EchoCancellerFailed: lambda e: (logging.WARNING, f"echo canceller: {e.reason}"),
    RecordingFailed: lambda e: (logging.WARNING, f"not recorded in {e.folder}: {e.reason}"),
    RecordingRestored: _recording_restored,
    ServerError: lambda e: (logging.WARNING, f"the server reports an error: {e.message}{_code(e.code)}{_answered(e)}"),
    ProtocolViolation: lambda e: (logging.WARNING, f"protocol violation: {e.reason}"),
}
