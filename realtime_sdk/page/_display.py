"""What a page shows: the events of a session as messages to it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from ..conversation._sdk_events import (
    CaptionShown,
    DeviceLost,
    DeviceRestored,
    Disconnected,
    EchoCancellerFailed,
    InputFault,
    InputFaultEnded,
    InputLevel,
    ItemAdded,
    OutputLevel,
    PlayoutFinished,
    Reconnected,
    RecordingFailed,
    ResponseFinished,
    SdkEvent,
    ServerError,
    SettingsDiffer,
    ToolFinished,
    ToolStarted,
    TurnAnswered,
    UserSpeechStarted,
    UserSpeechStopped,
    UserTranscript,
)
from ..conversation.message._message import COMMENTARY, MessageItem
from ..protocol._codec import ProtocolViolation
from ._messages import to_page

_QUIET_DBFS: Final = -120.0
"""Where a meter's scale begins: silence has no level in JSON."""


def page_message(event: SdkEvent) -> str | None:
    """The message by which a page shows an event; None: it shows nothing of it."""
    show = _SHOWN.get(type(event))
    return None if show is None else show(event)


def _item_added(event: ItemAdded) -> str | None:
    if not isinstance(event.item, MessageItem):
        return None
    return to_page("message", item=event.item.id, preamble=event.item.phase == COMMENTARY)


def _playout_finished(event: PlayoutFinished) -> str:
    playout, item = event.playout, event.item
    unheard = item.transcript[len(playout.transcript) :] if playout.interrupted else ""
    return to_page(
        "finished", item=item.id, preamble=item.phase == COMMENTARY, heard=playout.transcript, unheard=unheard,
        cut=playout.position if playout.interrupted else None,
    )  # fmt: skip


def _tool_finished(event: ToolFinished) -> str:
    return to_page("tool", call=event.call.id, name=event.call.name, done=True, error=event.error)


def _answered(event: TurnAnswered) -> str | None:
    latency = event.timing.latency
    return None if latency is None else to_page("latency", seconds=latency)


def _response_finished(event: ResponseFinished) -> str | None:
    if event.response.status != "failed":
        return None
    error = event.response.status_details and event.response.status_details.error
    return _note(f"The response failed: {(error and (error.message or error.code)) or 'no reason given'}.")


def _disconnected(event: Disconnected) -> str:
    reason = event.reason or event.code or "no reason given"
    return _note(f"The server is gone: {reason}.{' Connecting again …' if event.will_retry else ''}")


def _settings_differ(event: SettingsDiffer) -> str:
    return _note(f"The server has other settings: {'; '.join(map(str, event.differences))}.")


def _reconnected(event: Reconnected) -> str | None:
    return None if event.renewed else _note("Connected again.", recovery=True)


def _note(text: str, *, recovery: bool = False) -> str:
    return to_page("note", text=text, recovery=recovery)


def _level(side: str, dbfs: float) -> str:
    return to_page("level", side=side, dbfs=round(max(dbfs, _QUIET_DBFS), 1))


_SHOWN: Final[dict[type, Callable[[Any], str | None]]] = {
    UserSpeechStarted: lambda event: to_page("user", item=event.item_id, text="", final=False),
    UserSpeechStopped: lambda event: to_page("userStopped", item=event.item_id),
    UserTranscript: lambda event: to_page("user", item=event.item.id, text=event.text, final=event.final),
    ItemAdded: _item_added,
    CaptionShown: lambda event: to_page(
        "caption", item=event.item.id, preamble=event.item.phase == COMMENTARY, text=event.caption.text
    ),
    PlayoutFinished: _playout_finished,
    TurnAnswered: _answered,
    ToolStarted: lambda event: to_page("tool", call=event.call.id, name=event.call.name, done=False, error=None),
    ToolFinished: _tool_finished,
    ResponseFinished: _response_finished,
    InputLevel: lambda event: _level("input", event.dbfs),
    OutputLevel: lambda event: _level("output", event.dbfs),
    DeviceLost: lambda event: _note(f"The {event.side} device is lost: {event.reason}."),
    DeviceRestored: lambda event: _note(f"The {event.side} device is back.", recovery=True),
    InputFault: lambda event: _note(event.reason),
    InputFaultEnded: lambda event: _note(f"The microphone is not {event.fault} any more.", recovery=True),
    SettingsDiffer: _settings_differ,
    RecordingFailed: lambda event: _note(event.reason),
    EchoCancellerFailed: lambda event: _note(f"The echo canceller failed: {event.reason}."),
    Disconnected: _disconnected,
    Reconnected: _reconnected,
    ServerError: lambda event: _note(f"The server reports an error: {event.message}"),
    ProtocolViolation: lambda event: _note(f"The server broke the protocol: {event.reason}"),
}
