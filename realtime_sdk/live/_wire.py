"""The server's events of a stream session: GPT-Live's, and those of a translation.

Both are streams of audio and timed text without items or responses, and most of their events have the same names.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal, TypeAlias, cast, get_args

from pydantic import BeforeValidator, Field

from ..protocol._base import Audio, Event, Loose, Milliseconds, Number, Object, WireModel
from ..protocol._codec import ProtocolViolation, UnknownEvent, parse_as
from ..protocol._objects import ErrorDetails, as_details
from ..protocol._service import ErrorEvent as ServiceErrorEvent


class WireAudio(WireModel):
    """The audio of a session: `format` is that of both directions."""

    format: Loose[Object] = None


class WireSession(WireModel):
    """The session as the server describes it."""

    id: Loose[str] = None
    expires_at: Loose[Number] = None
    audio: Loose[WireAudio] = None


class SessionEvent(Event):
    """An event about the session, in answer to a client event or not."""

    client_event_id: Loose[str] = None  # of the client event that it answers; some services leave it out
    session: WireSession = Field(default_factory=WireSession)


class SessionStarted(SessionEvent):
    """The session is open, with the configuration that it was asked for (GPT-Live)."""

    type: Literal["session.started"] = "session.started"


class SessionCreated(SessionEvent):
    """The connection is open; the session is to be configured (translation)."""

    type: Literal["session.created"] = "session.created"


class SessionUpdated(SessionEvent):
    """A change of the configuration was accepted."""

    type: Literal["session.updated"] = "session.updated"


class WireUsage(WireModel):
    """Seconds that the session has run: a total, never an increment."""

    seconds: Loose[Number] = None


class SessionClosed(SessionEvent):
    """The session has ended; `usage` is final."""

    type: Literal["session.closed"] = "session.closed"
    reason: Loose[str] = None
    usage: WireUsage = Field(default_factory=WireUsage)


class TimedEvent(Event):
    """A piece of one of the streams, with its place on the timeline of the session where the server gives one."""

    delta: str
    start_ms: Milliseconds | None = None
    end_ms: Milliseconds | None = None
    elapsed_ms: Milliseconds | None = None  # a translation's: of the frame of 200 ms that it belongs to

    @property
    def starts_at_ms(self) -> int | None:
        """The place of its beginning; None: the server does not say."""
        return self.elapsed_ms if self.start_ms is None else self.start_ms


class OutputAudioDelta(TimedEvent):
    """Audio of the model. On a connection that carries audio it has no times: it is played in the order of arrival."""

    type: Literal["session.output_audio.delta"] = "session.output_audio.delta"
    delta: Audio  # type: ignore[assignment]  # bytes here, base64 on the wire
    sample_rate: Loose[int] = None  # a translation's


class InputTranscriptDelta(TimedEvent):
    """A fragment of the user's words."""

    type: Literal["session.input_transcript.delta"] = "session.input_transcript.delta"


class OutputTranscriptDelta(TimedEvent):
    """A fragment of the model's words."""

    type: Literal["session.output_transcript.delta"] = "session.output_transcript.delta"


class Acknowledgment(Event):
    """A command was carried out; text that was appended is in the model's context, and may not be spoken yet."""

    type: Literal[
        "session.instructions.appended", "session.thinking.appended", "session.commentary.appended",
        "session.input_audio.muted", "session.input_audio.unmuted",
    ]  # fmt: skip
    client_event_id: Loose[str] = None


class WireDelegation(WireModel):
    """A piece of work that the model has handed over; the task itself is in no event."""

    id: str
    target: Loose[str] = None


class DelegationCreated(Event):
    """The model has handed work over: to the application, or to a backend model."""

    type: Literal["session.delegation.created"] = "session.delegation.created"
    delegation: WireDelegation
    offset_ms: Milliseconds | None = None


class BackendEvent(Event):
    """An event of the backend model, as the Responses API has it."""

    type: Literal["response.event"] = "response.event"
    event: Object
    delegation_id: Loose[str] = None

    @property
    def kind(self) -> str:
        """The type of the backend model's event; empty: it has none."""
        kind = self.event.get("type")
        return kind if isinstance(kind, str) else ""


class ContextWindow(WireModel):
    """How full the model's context is."""

    usage_ratio: Loose[Number] = None


class UsageUpdated(Event):
    """The seconds so far, about once a minute."""

    type: Literal["session.usage.updated"] = "session.usage.updated"
    usage: WireUsage = Field(default_factory=WireUsage)
    context_window: Loose[ContextWindow] = None


class WireError(ErrorDetails):
    """An error: `client_event_id` (GPT-Live) or `event_id` (translation) is that of the client event at fault."""

    client_event_id: Loose[str] = None

    @property
    def about(self) -> str | None:
        """The id of the client event at fault; None: the server does not say."""
        return self.client_event_id or self.event_id


class ErrorEvent(ServiceErrorEvent):
    """Something failed; the session mostly goes on."""

    error: Annotated[WireError, BeforeValidator(as_details)] = WireError()


KnownEvent: TypeAlias = (
    SessionStarted | SessionCreated | SessionUpdated | SessionClosed
    | OutputAudioDelta | InputTranscriptDelta | OutputTranscriptDelta
    | Acknowledgment | DelegationCreated | BackendEvent | UsageUpdated | ErrorEvent
)  # fmt: skip
"""An event with a model."""

StreamEvent: TypeAlias = KnownEvent | UnknownEvent | ProtocolViolation
"""An event that `parse` returns."""

_MODELS: Final[dict[str, type[Event]]] = {
    kind: model for model in get_args(KnownEvent) for kind in get_args(model.model_fields["type"].annotation)
}


def parse(frame: bytes | str) -> StreamEvent:
    """Read one frame of the server; never raises."""
    return cast("StreamEvent", parse_as(_MODELS, frame))
