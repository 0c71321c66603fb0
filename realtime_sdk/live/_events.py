"""The events of a stream session: captions, delegated work, usage, and those of every session."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal, TypeAlias

from ..captions._caption import Caption
from ..conversation._sdk_events import (
    ApprovalRequested,
    DeviceLost,
    DeviceRestored,
    Disconnected,
    EchoCancellerFailed,
    InputFault,
    InputFaultEnded,
    InputLevel,
    OutputLevel,
    RecordingFailed,
    RecordingRestored,
    ServerError,
    ServerMessage,
    SessionReady,
    ToolFinished,
    ToolStarted,
)
from ..conversation.usage._prices import Prices, cost_of_time
from ..conversation.usage._usage import Usage
from ..protocol._codec import ProtocolViolation

__all__ = [
    "BackendMessage",
    "Delegation",
    "DelegationStarted",
    "LiveCaption",
    "LiveCaptionShown",
    "LiveEvent",
    "LiveInterrupted",
    "LiveUsage",
    "LiveUsageUpdated",
    "Role",
]

Role: TypeAlias = Literal["user", "assistant"]
"""Whose words they are; in a translation, "assistant" is the translated voice."""


@dataclass(frozen=True, slots=True)
class LiveCaption(Caption):
    """A fragment of what one side said, with the times that the server gave it.

    `item_id` is empty, as the session has no items; `index` counts the captions of one `role` that were shown. `start`
    and `end` are seconds on the timeline of the session, which begins with its first audio. A fragment is a word, or a
    piece of one; white space and punctuation belong to it, so that the texts of one role are simply joined.
    `estimated`: the server gave no time, and the fragment is placed behind the audio that had come before it.
    """

    role: Role = field(kw_only=True)


@dataclass(frozen=True, slots=True)
class Delegation:
    """Work that the model has handed over.

    The server does not say what the task is: it is in what was said so far. `target` is "client" (the application does
    it, and answers with `LiveSession.say(…, delegation=…)`) or "responses" (the backend model does it).
    """

    id: str
    target: str
    offset: float | None  # seconds on the timeline of the session; None: the server does not say


@dataclass(frozen=True, slots=True)
class LiveUsage:
    """The consumption of the session so far."""

    seconds: float = 0.0  # of the session, which is what is billed; the server's last total, or the final one
    context: float | None = None  # share of the model's context that is in use, from 0 to 1; None: not known
    final: bool = False  # the server has closed the session, and confirmed `seconds`
    input_tokens: int = 0  # of the backend model, in all its responses
    cached_tokens: int = 0  # of these, read from a cache
    output_tokens: int = 0  # of the backend model

    def cost(self, prices: Prices) -> Decimal:
        """What it costs, in the currency of the prices: `session_minute`, and for the backend model those of text.

        Raises:
            UsageError: there are seconds or tokens of a kind that has no price.

        """
        tokens = Usage(
            input=self.input_tokens, input_text=self.input_tokens, cached_text=self.cached_tokens,
            output=self.output_tokens, output_text=self.output_tokens,
        )  # fmt: skip
        return tokens.cost(prices) + cost_of_time(self.seconds, prices, "session_minute", "the session")


@dataclass(frozen=True, slots=True)
class LiveCaptionShown:
    """A fragment is audible now; one of the user's was said at `at`, and is known by now."""

    at: float
    caption: LiveCaption


@dataclass(frozen=True, slots=True)
class LiveInterrupted:
    """The application silenced the audio that had come: `dropped` seconds of it will never be heard."""

    at: float
    dropped: float
    cut_off: bool = True  # words were lost, or one was being said; False: it was silence


@dataclass(frozen=True, slots=True)
class DelegationStarted:
    """The model has handed work over."""

    at: float
    delegation: Delegation


@dataclass(frozen=True, slots=True)
class BackendMessage:
    """The backend model sent an event of the Responses API, which is passed on as it came."""

    at: float
    delegation_id: str | None
    event: dict[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class LiveUsageUpdated:
    """The server, or the backend model, has reported usage; `usage` is the total."""

    at: float
    usage: LiveUsage


LiveEvent: TypeAlias = (
    SessionReady | LiveCaptionShown | LiveInterrupted | DelegationStarted | BackendMessage | LiveUsageUpdated
    | ApprovalRequested | ToolStarted | ToolFinished | InputLevel | OutputLevel
    | DeviceLost | DeviceRestored | InputFault | InputFaultEnded | EchoCancellerFailed
    | RecordingFailed | RecordingRestored | Disconnected | ServerError | ServerMessage | ProtocolViolation
)  # fmt: skip
"""An event of `LiveSession.events`."""
