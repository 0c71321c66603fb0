"""A tap that makes spans and metrics of a session's events."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from .._runtime import clock
from .._runtime.arguments import check_text
from .._runtime.extras import need
from .._runtime.version import version
from ..conversation._live_response import LiveResponse
from ..conversation._response import Response
from ..conversation._sdk_events import (
    BudgetExceeded,
    DeviceLost,
    DeviceRestored,
    Disconnected,
    Interrupted,
    Reconnected,
    ResponseFinished,
    ResponseStarted,
    SdkEvent,
    ServerError,
    SessionReady,
    ToolFinished,
    ToolStarted,
    TurnAnswered,
    Underrun,
    UserTranscript,
)
from ..conversation.items._items import FunctionCallItem
from ..conversation.items._mcp_items import McpCallItem
from ..conversation.message._message import MessageItem
from ..conversation.usage._usage import Usage
from ..session.observers._tap import Tap
from ..transports._transport import REGULAR_CLOSE
from ._instruments import Instruments

if TYPE_CHECKING:
    from opentelemetry.metrics import MeterProvider
    from opentelemetry.trace import Span, TracerProvider

SCOPE: Final = "realtime_sdk"
"""The instrumentation scope of the spans and metrics."""

_WHAT: Final = "OpenTelemetry"


class Telemetry(Tap):
    """Traces and metrics of one session: `connect(tap=Telemetry())`, and another one for each session.

    The application brings OpenTelemetry's SDK, and configures where the data goes.

    Spans: the session, a child of the span in which it was entered; in it a turn of the user's, from the last sound to
    the answer's first, and a response; in that a call of a function. The session's span has events for interruptions,
    underruns, lost and restored connections and devices, and errors. What was said, the arguments and outputs of
    functions, and the texts of errors are in it only with `content`; keys never are.

    Args:
        provider: the service, as the conventions name it: `"openai"`, `"azure.ai.openai"`, `"x_ai"`, or your own word.
        content: record the transcripts, and the arguments and outputs of functions.
        tracer_provider: left out, OpenTelemetry's global one.
        meter_provider: likewise.

    Raises:
        ExtraMissing: the extra `otel` is not installed.

    """

    reads_captions = False  # else the session would place every word in time for it
    reads_levels = False

    def __init__(
        self, *, provider: str = "openai", content: bool = False, tracer_provider: TracerProvider | None = None,
        meter_provider: MeterProvider | None = None,
    ) -> None:  # fmt: skip
        check_text("provider", provider)
        self._trace = need("opentelemetry.trace", _WHAT, "otel")
        metrics = need("opentelemetry.metrics", _WHAT, "otel")
        self._tracer = self._trace.get_tracer(SCOPE, version(), tracer_provider)
        self._instruments = Instruments(metrics.get_meter(SCOPE, version(), meter_provider))
        self._content = content
        self._attributes: dict[str, Any] = {"gen_ai.provider.name": provider}  # of every span and metric
        self._session: Span | None = None  # None: no event has come
        self._id = ""  # of the session
        self._responses: dict[Response, tuple[Span, float]] = {}  # those that are made, and when they began
        self._calls: dict[FunctionCallItem | McpCallItem, tuple[Span, float]] = {}  # those that run, likewise
        self._ended: tuple[Response, Span] | None = None  # the last that was made: calls of it may begin now
        self._handlers: Mapping[type, Callable[[Any], None]] = {
            ResponseStarted: self._response_started,
            ResponseFinished: self._response_finished,
            ToolStarted: self._tool_started,
            ToolFinished: self._tool_finished,
            TurnAnswered: self._turn_answered,
            Interrupted: self._interrupted,
            Underrun: self._underrun,
            UserTranscript: self._transcribed,
            Disconnected: self._disconnected,
            Reconnected: lambda e: self._event(
                e.at, "reconnected", renewed=e.renewed, carried=len(e.carried), lost=len(e.lost)
            ),
            DeviceLost: lambda e: self._event(e.at, "device_lost", side=e.side),
            DeviceRestored: lambda e: self._event(e.at, "device_restored", side=e.side),
            ServerError: lambda e: self._event(e.at, "server_error", type=e.type, code=e.code),
            BudgetExceeded: lambda e: self._event(e.at, "budget_exceeded", cost=float(e.cost), limit=float(e.limit)),
        }

    def emitted(self, event: SdkEvent) -> None:
        """See `Tap`."""
        if isinstance(event, SessionReady):
            self._begin(event.at, event.session)
        elif (handle := self._handlers.get(type(event))) is not None:
            self._begin(event.at, {})  # a side-band connection has no `SessionReady`
            handle(event)

    def close(self) -> None:
        """See `Tap`."""
        at = _nanoseconds(clock.wall())
        for span, _ in [*self._calls.values(), *self._responses.values()]:
            span.end(at)
        if self._session is not None:
            self._session.end(at)
        self._calls.clear()
        self._responses.clear()
        self._session = self._ended = None

    # The session

    def _begin(self, at: float | None, session: Mapping[str, Any]) -> None:
        if self._session is not None:
            return
        if isinstance(model := session.get("model"), str):
            self._attributes["gen_ai.request.model"] = model
        if isinstance(session_id := session.get("id"), str):
            self._id = session_id
        kind, attributes = self._trace.SpanKind.CLIENT, self._with_conversation()
        self._session = self._tracer.start_span(
            "realtime_session", kind=kind, attributes=attributes, start_time=_nanoseconds(at)
        )

    def _with_conversation(self, **attributes: Any) -> dict[str, Any]:
        conversation = {"gen_ai.conversation.id": self._id} if self._id else {}
        return {**self._attributes, **conversation, **attributes}

    def _event(self, at: float, name: str, **attributes: Any) -> None:
        assert self._session is not None  # begun with the first event
        known = {f"realtime_sdk.{key}": value for key, value in attributes.items() if value is not None}
        self._session.add_event(f"realtime_sdk.{name}", known, _nanoseconds(at))

    def _child(self, name: str, at: float, attributes: dict[str, Any], *, of: Span | None = None, kind: Any) -> Span:
        context = self._trace.set_span_in_context(of or self._session)
        span: Span = self._tracer.start_span(name, context, kind, attributes, start_time=_nanoseconds(at))
        return span

    def _disconnected(self, event: Disconnected) -> None:
        self._event(event.at, "disconnected", code=event.code, will_retry=event.will_retry)
        if not event.will_retry and event.code != REGULAR_CLOSE:
            assert self._session is not None
            self._fail(self._session, {"error.type": "_OTHER" if event.code is None else str(event.code)}, event.reason)

    def _interrupted(self, event: Interrupted) -> None:
        self._event(event.at, "interrupted", messages=len(event.playouts))
        self._instruments.interrupted(self._attributes)

    def _underrun(self, event: Underrun) -> None:
        self._event(event.at, "underrun", item_id=event.item.id)
        self._instruments.underrun(self._attributes)

    def _transcribed(self, event: UserTranscript) -> None:
        if self._content and event.final:
            assert self._session is not None
            words = {"gen_ai.input.messages": _messages("user", event.text)}
            self._session.add_event("realtime_sdk.user_transcript", words, _nanoseconds(event.at))

    # Turns, responses, calls

    def _turn_answered(self, event: TurnAnswered) -> None:
        timing = event.timing
        if timing.ended is None:
            return
        attributes = self._with_conversation(**{"realtime_sdk.turn.end": timing.end.value})
        span = self._child("turn", timing.ended, attributes, kind=self._trace.SpanKind.INTERNAL)
        for stage in ("committed", "created", "first_delta", "preamble"):
            if (at := getattr(timing, stage)) is not None:
                span.add_event(f"realtime_sdk.{stage}", timestamp=_nanoseconds(at))
        span.end(_nanoseconds(event.at))
        turn_end = {"realtime_sdk.turn.end": timing.end.value}
        self._instruments.turn(event.at - timing.ended, {**self._attributes, **turn_end})

    def _response_started(self, event: ResponseStarted) -> None:
        kind = "speech" if isinstance(event.response, LiveResponse) and event.response.has_audio else "text"
        operation = {
            "gen_ai.operation.name": "chat", "gen_ai.response.id": event.response.id, "gen_ai.output.type": kind,
            "gen_ai.request.stream": True,
        }  # fmt: skip
        model = self._attributes.get("gen_ai.request.model")
        name = "chat" if model is None else f"chat {model}"
        span = self._child(name, event.at, self._with_conversation(**operation), kind=self._trace.SpanKind.CLIENT)
        self._responses[event.response] = span, event.at

    def _response_finished(self, event: ResponseFinished) -> None:
        response = event.response
        span, began_at = self._responses.pop(response, (None, event.at))
        if span is None:
            return
        details = response.status_details
        reason = (details.reason if details is not None else None) or response.status
        span.set_attributes({"gen_ai.response.finish_reasons": [reason], **_counts(response.usage)})
        error: dict[str, str] = {}
        if response.status == "failed":
            failure = details.error if details is not None else None
            error["error.type"] = (failure.code or failure.type if failure is not None else None) or "_OTHER"
            self._fail(span, error, failure.message if failure is not None else None)
        if self._content:
            said = "".join(item.transcript for item in response.items if isinstance(item, MessageItem))
            span.set_attribute("gen_ai.output.messages", _messages("assistant", said, finish_reason=reason))
        self._ended = response, span
        span.end(_nanoseconds(event.at))
        attributes = {**self._attributes, "gen_ai.operation.name": "chat"}
        self._instruments.response(event.at - began_at, response.usage, attributes, error)

    def _tool_started(self, event: ToolStarted) -> None:
        call = event.call
        attributes = self._with_conversation(**{
            "gen_ai.operation.name": "execute_tool",
            "gen_ai.tool.name": call.name, "gen_ai.tool.type": _tool_type(call),
            "gen_ai.tool.call.id": call.call_id if isinstance(call, FunctionCallItem) else call.id,
        })  # fmt: skip
        if self._content:
            attributes["gen_ai.tool.call.arguments"] = call.arguments
        span = self._child(
            f"execute_tool {call.name}", event.at, attributes, of=self._response_with(call),
            kind=self._trace.SpanKind.INTERNAL,
        )  # fmt: skip
        self._calls[call] = span, event.at

    def _response_with(self, call: FunctionCallItem | McpCallItem) -> Span | None:
        """The span of the response that a call is of; None: it ended some time ago."""
        latest = [] if self._ended is None else [self._ended]
        latest += [(response, span) for response, (span, _) in self._responses.items()]
        return next((span for response, span in latest if call in response.items), None)

    def _tool_finished(self, event: ToolFinished) -> None:
        call = event.call
        span, began_at = self._calls.pop(call, (None, event.at))
        if span is None:  # the application has answered it by hand
            return
        error: dict[str, str] = {}
        if event.error is not None:
            error["error.type"] = "_OTHER" if event.exception is None else type(event.exception).__qualname__
            self._fail(span, error, event.error)
        if self._content and call.output is not None:
            span.set_attribute("gen_ai.tool.call.result", call.output)
        span.end(_nanoseconds(event.at))
        attributes = {"gen_ai.tool.name": call.name, "gen_ai.tool.type": _tool_type(call), **error}
        self._instruments.tool(event.at - began_at, attributes)

    def _fail(self, span: Span, error: Mapping[str, str], text: str | None) -> None:
        span.set_attributes(error)
        span.set_status(self._trace.StatusCode.ERROR, text if self._content else None)


def _tool_type(call: FunctionCallItem | McpCallItem) -> str:
    """The conventions' word: an extension is run by the service itself."""
    return "function" if isinstance(call, FunctionCallItem) else "extension"


def _counts(usage: Usage | None) -> dict[str, int]:
    if usage is None:
        return {}
    return {
        "gen_ai.usage.input_tokens": usage.input,
        "gen_ai.usage.output_tokens": usage.output,
        "gen_ai.usage.text.input_tokens": usage.input_text,
        "gen_ai.usage.audio.input_tokens": usage.input_audio,
        "gen_ai.usage.image.input_tokens": usage.input_image,
        "gen_ai.usage.text.output_tokens": usage.output_text,
        "gen_ai.usage.audio.output_tokens": usage.output_audio,
        "gen_ai.usage.cache_read.input_tokens": usage.cached,
        "gen_ai.usage.reasoning.output_tokens": usage.reasoning,
    }


def _messages(role: str, text: str, **fields: str) -> str:
    return json.dumps([{"role": role, "parts": [{"type": "text", "content": text}], **fields}], ensure_ascii=False)


def _nanoseconds(at: float | None) -> int | None:
    """The time of a span, from wall-clock seconds; None: now, by OpenTelemetry's clock."""
    return None if at is None else round(at * 1e9)
