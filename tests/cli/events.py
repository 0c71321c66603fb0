"""SDK events as a session emits them."""

from __future__ import annotations

import anyio

from realtime_sdk.captions._caption import Caption
from realtime_sdk.conversation._live_response import LiveResponse
from realtime_sdk.conversation._sdk_events import (
    CaptionShown,
    ItemAdded,
    PlayoutFinished,
    PlayoutStarted,
    SdkEvent,
    UserTranscript,
)
from realtime_sdk.conversation._settings import MessageSettings
from realtime_sdk.conversation.items._live_items import LiveFunctionCall
from realtime_sdk.conversation.message._live_message import LiveMessage
from realtime_sdk.conversation.message._playout import Playout
from realtime_sdk.protocol import WireItem, WireResponse

from ..conversation.wire import never_cancel

SETTINGS = MessageSettings(event_factory=anyio.Event, rate=24_000, captions_requested=True)


def new_response(name: str = "resp_1") -> LiveResponse:
    return LiveResponse(WireResponse(id=name), anyio.Event, never_cancel)


def new_message(text: str, *, name: str = "item_1", phase: str | None = None, role: str = "assistant") -> LiveMessage:
    wire = WireItem(id=name, type="message", role=role, phase=phase)
    message = LiveMessage(wire, SETTINGS, number=1 if role == "assistant" else None)
    if role == "assistant":
        message.add_text(0, text)
    return message


def new_call(name: str, arguments: str) -> LiveFunctionCall:
    return LiveFunctionCall(WireItem(id="item_call", type="function_call", name=name, arguments=arguments))


def user_said(text: str, *, at: float = 0.0, name: str = "item_user", final: bool = True) -> UserTranscript:
    return UserTranscript(at, new_message(text, name=name, role="user"), text, final)


def added(message: LiveMessage, *, at: float = 0.0) -> ItemAdded:
    return ItemAdded(at, new_response(), message)


def shown(message: LiveMessage, text: str, *, at: float = 0.0, index: int = 0) -> CaptionShown:
    return CaptionShown(at, message, Caption(message.id, index, text, 0.0, 0.1))


def heard_in_full(message: LiveMessage, *, at: float = 0.0) -> list[SdkEvent]:
    """The message starts to play, each of its words is shown, and it ends."""
    playout = Playout(message.id, at, at + 1.0, 1.0, 1.0, False, message.transcript)
    words = message.transcript.split(" ")
    texts = [word + " " for word in words[:-1]] + words[-1:]
    return [
        PlayoutStarted(at, message),
        *(shown(message, text, at=at, index=n) for n, text in enumerate(texts)),
        PlayoutFinished(at + 1.0, message, playout),
    ]


def cut(message: LiveMessage, heard: str, position: float, *, at: float = 0.0) -> PlayoutFinished:
    """The message is cut after `heard`; a `position` of 0: before any of it was heard."""
    started_at = at if position else None
    return PlayoutFinished(at, message, Playout(message.id, started_at, started_at, position, 9.0, True, heard))
