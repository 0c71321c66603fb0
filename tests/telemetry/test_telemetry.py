"""The traces and metrics of a talk."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from typing import Any

import anyio
import pytest
from pytest import approx

from realtime_sdk import ExtraMissing, Session, ToolError, UsageError, connect
from realtime_sdk.telemetry import Telemetry
from realtime_sdk.testing import FakeServer, VirtualMicrophone, VirtualSpeaker, call, changed, message, run_virtual

pytest.importorskip("opentelemetry.sdk", reason="no OpenTelemetry SDK: pip install -e '.[dev]'")

from opentelemetry import trace
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

GoingOn = Callable[[Session, FakeServer], Awaitable[object]]

KEY = "sk-secret-of-the-test"


class Observed:
    """A talk, and the traces and metrics of it."""

    def __init__(self, server: FakeServer, going_on: GoingOn, *, content: bool = False, **given: Any) -> None:
        exporter, reader = InMemorySpanExporter(), InMemoryMetricReader()
        tracers, meters = TracerProvider(), MeterProvider([reader])
        tracers.add_span_processor(SimpleSpanProcessor(exporter))
        telemetry = Telemetry(content=content, tracer_provider=tracers, meter_provider=meters)
        options: dict[str, Any] = {"microphone": None, "speaker": VirtualSpeaker(), "api_key": KEY, **given}

        async def main() -> None:
            with tracers.get_tracer("the application").start_as_current_span("call"):
                async with server, connect(endpoint=server, tap=telemetry, **options) as session:
                    await going_on(session, server)

        run_virtual(main)
        self.spans = list(exporter.get_finished_spans())
        data = reader.get_metrics_data()
        self.metrics: dict[str, list[Any]] = {
            metric.name: list(metric.data.data_points)
            for resource in (data.resource_metrics if data is not None else ())
            for scope in resource.scope_metrics
            for metric in scope.metrics
        }

    def named(self, name: str) -> list[ReadableSpan]:
        """The spans of a name."""
        return [span for span in self.spans if span.name == name]

    def parent(self, span: ReadableSpan) -> str:
        """The name of the span that a span is in."""
        assert span.parent is not None
        [parent] = [other for other in self.spans if other.context.span_id == span.parent.span_id]
        return parent.name

    @property
    def text(self) -> str:
        """All that was recorded, as text."""
        return "\n".join(span.to_json() for span in self.spans) + repr(self.metrics)


def seconds(span: ReadableSpan) -> float:
    assert span.start_time is not None and span.end_time is not None
    return (span.end_time - span.start_time) / 1e9


def attributes(span: ReadableSpan) -> dict[str, Any]:
    return dict(span.attributes or {})


async def weather(city: str) -> str:
    """Look up the weather."""
    await asyncio.sleep(0.5)
    if city == "Atlantis":
        raise ToolError("it has sunk")
    return "rain and wind"


async def ask(session: Session, server: FakeServer) -> None:
    await server.user_speaks("How is the weather?")
    await session.drained()


def talk_with_a_call(city: str = "Rome", **given: Any) -> Observed:
    server = FakeServer()
    server.reply(message("A moment.", seconds=1.0, phase="commentary"), call("weather", {"city": city}), thinking=0.4)
    server.reply(message("Take an umbrella.", seconds=1.0))
    server.tamper("input_audio_buffer.speech_stopped", changed(audio_end_ms=1000))
    options: dict[str, Any] = {"tools": [weather], "microphone": VirtualMicrophone(), **given}
    return Observed(server, ask, transcription={"model": "gpt-transcribe"}, **options)


@pytest.fixture(scope="module")
def usual() -> Observed:
    """The usual talk, for the tests that only read what was recorded of it."""
    return talk_with_a_call()


def test_the_session_is_a_span_in_that_of_the_application_and_has_the_others_in_it(usual: Observed) -> None:
    assert [(span.name, usual.parent(span)) for span in usual.spans if span.name != "call"] == [
        ("chat gpt-realtime-2.1", "realtime_session"),
        ("execute_tool weather", "chat gpt-realtime-2.1"),
        ("chat gpt-realtime-2.1", "realtime_session"),
        ("turn", "realtime_session"),
        ("realtime_session", "call"),
    ]
    [session] = usual.named("realtime_session")
    assert session.kind is trace.SpanKind.CLIENT
    model = {"gen_ai.provider.name": "openai", "gen_ai.request.model": "gpt-realtime-2.1"}
    assert attributes(session) == {**model, "gen_ai.conversation.id": "sess_1"}


def test_a_response_has_what_the_conventions_ask_for(usual: Observed) -> None:
    first, second = usual.named("chat gpt-realtime-2.1")
    assert first.kind is trace.SpanKind.CLIENT
    found = attributes(first)
    assert found["gen_ai.operation.name"] == "chat"
    assert (found["gen_ai.response.id"], found["gen_ai.output.type"]) == ("resp_1", "speech")
    assert found["gen_ai.response.finish_reasons"] == ("completed",)
    assert found["gen_ai.usage.audio.output_tokens"] == 20
    assert found["gen_ai.usage.input_tokens"] == found["gen_ai.usage.text.input_tokens"] + (
        found["gen_ai.usage.audio.input_tokens"] + found["gen_ai.usage.image.input_tokens"]
    )
    assert seconds(first) == approx(0.4, abs=0.01)
    assert attributes(second)["gen_ai.response.id"] == "resp_2"


def test_a_call_has_what_the_conventions_ask_for(usual: Observed) -> None:
    [span] = usual.named("execute_tool weather")
    assert span.kind is trace.SpanKind.INTERNAL
    found = attributes(span)
    assert found["gen_ai.tool.call.id"].startswith("call_")
    assert found["gen_ai.tool.name"] == "weather"
    assert (found["gen_ai.operation.name"], found["gen_ai.tool.type"]) == ("execute_tool", "function")
    assert seconds(span) == approx(0.5, abs=0.01)


def test_a_turn_lasts_from_the_users_last_sound_to_the_first_sound_of_the_answer(usual: Observed) -> None:
    [turn] = usual.named("turn")
    [point] = usual.metrics["realtime_sdk.turn.latency"]
    assert attributes(turn)["realtime_sdk.turn.end"] == "server"
    stages = ["committed", "created", "first_delta", "preamble"]
    assert [event.name for event in turn.events] == [f"realtime_sdk.{stage}" for stage in stages]
    assert point.sum == approx(seconds(turn))
    assert seconds(turn) > 0.5


def test_metrics_have_the_names_the_conventions_give(usual: Observed) -> None:
    metrics = usual.metrics
    tokens = {point.attributes["gen_ai.token.type"]: point for point in metrics["gen_ai.client.token.usage"]}
    assert tokens.keys() == {"input", "output"}
    assert tokens["output"].count == 2
    assert tokens["output"].attributes["gen_ai.provider.name"] == "openai"
    [duration] = metrics["gen_ai.client.operation.duration"]
    assert duration.count == 2
    assert dict(duration.attributes) == {
        "gen_ai.operation.name": "chat", "gen_ai.provider.name": "openai", "gen_ai.request.model": "gpt-realtime-2.1",
    }  # fmt: skip
    [tool] = metrics["gen_ai.execute_tool.duration"]
    assert tool.sum == approx(0.5, abs=0.01)


def test_a_function_that_fails_is_an_error_without_its_text() -> None:
    observed = talk_with_a_call("Atlantis")
    [span] = observed.named("execute_tool weather")
    assert span.status.status_code is trace.StatusCode.ERROR
    assert span.status.description is None
    assert attributes(span)["error.type"] == "ToolError"
    [point] = observed.metrics["gen_ai.execute_tool.duration"]
    assert point.attributes["error.type"] == "ToolError"
    assert "sunk" not in observed.text


def test_a_response_that_fails_is_an_error_with_the_code_of_the_service() -> None:
    async def going_on(session: Session, server: FakeServer) -> None:
        session.send_text("Hello.")
        await session.drained()

    server = FakeServer()
    server.reply(status="failed", error={"type": "server_error", "code": "inference_rate_limit_exceeded"})
    observed = Observed(server, going_on)
    [span] = observed.named("chat gpt-realtime-2.1")
    assert span.status.status_code is trace.StatusCode.ERROR
    assert attributes(span)["error.type"] == "inference_rate_limit_exceeded"
    [point] = observed.metrics["gen_ai.client.operation.duration"]
    assert point.attributes["error.type"] == "inference_rate_limit_exceeded"


def test_nothing_that_was_said_is_recorded_unless_it_is_asked_for(usual: Observed) -> None:
    words = ("weather?", "moment", "umbrella", "Rome", "rain and wind")
    open_ = talk_with_a_call(content=True)
    assert [word for word in words if word in usual.text] == []
    assert [word for word in words if word not in open_.text] == []
    assert KEY not in usual.text + open_.text
    [span] = open_.named("execute_tool weather")
    assert json.loads(attributes(span)["gen_ai.tool.call.arguments"]) == {"city": "Rome"}
    _, answer = open_.named("chat gpt-realtime-2.1")
    [said] = json.loads(attributes(answer)["gen_ai.output.messages"])
    assert said["parts"] == [{"type": "text", "content": "Take an umbrella."}]


def test_interruptions_and_lost_connections_are_events_of_the_session() -> None:
    async def going_on(session: Session, server: FakeServer) -> None:
        session.send_text("Tell me a story.")
        await asyncio.sleep(1.0)
        await session.interrupt()
        server.break_off()
        await asyncio.sleep(5.0)

    server = FakeServer()
    server.reply(message("Once upon a time.", seconds=4.0))
    observed = Observed(server, going_on)
    [session] = observed.named("realtime_session")
    assert [event.name for event in session.events] == [
        "realtime_sdk.interrupted", "realtime_sdk.disconnected", "realtime_sdk.reconnected",
    ]  # fmt: skip
    assert session.events[1].attributes == {"realtime_sdk.will_retry": True}
    assert observed.metrics["realtime_sdk.interruptions"][0].value == 1


@pytest.mark.parametrize(("code", "error"), [(1000, None), (1011, "1011"), (None, "_OTHER")])
def test_a_session_whose_connection_is_lost_for_good_has_failed(code: int | None, error: str | None) -> None:
    async def going_on(session: Session, server: FakeServer) -> None:
        if code is None:
            server.break_off()
        else:
            server.hang_up(code, "of a reason")
        await asyncio.sleep(1.0)

    observed = Observed(FakeServer(), going_on, reconnect=None)
    [session] = observed.named("realtime_session")
    assert attributes(session).get("error.type") == error
    assert session.status.is_ok is (error is None)
    assert session.status.description is None


def test_a_dry_speaker_is_an_event_of_the_session() -> None:
    async def going_on(session: Session, server: FakeServer) -> None:
        session.send_text("Tell me a story.")
        await session.drained()

    server = FakeServer()
    server.reply(message("Once upon a time.", seconds=2.0), pace=0.5)
    observed = Observed(server, going_on)
    [session] = observed.named("realtime_session")
    assert "realtime_sdk.underrun" in [event.name for event in session.events]
    assert observed.metrics["realtime_sdk.underruns"][0].value >= 1


@pytest.mark.parametrize(
    ("item", "name"),
    [
        (message("A moment.", seconds=5.0), "chat gpt-realtime-2.1"),
        (call("weather", {"city": "Rome"}), "execute_tool weather"),
    ],
    ids=["a response", "a call"],
)
def test_spans_that_are_open_when_the_session_is_left_end_with_it(item: Any, name: str) -> None:
    async def going_on(session: Session, server: FakeServer) -> None:
        session.send_text("How is the weather?")
        await server.wait_for("response.create")
        await asyncio.sleep(0.1)

    server = FakeServer()
    server.reply(item, pace=1.0)
    observed = Observed(server, going_on, tools=[weather])
    [span] = observed.named(name)
    [session] = observed.named("realtime_session")
    assert span.end_time == session.end_time


def test_no_word_is_placed_in_time_for_it() -> None:
    async def going_on(session: Session, server: FakeServer) -> None:
        assert not session._engine.settings.captions_requested

    Observed(FakeServer(), going_on)


def test_a_session_runs_where_no_sdk_is_configured() -> None:
    async def main() -> list[str]:
        server = FakeServer()
        server.reply(message("Hello.", seconds=0.5))
        options: dict[str, Any] = {"microphone": None, "speaker": VirtualSpeaker(), "tap": [Telemetry(), Telemetry()]}
        async with server, connect(endpoint=server, **options) as session:
            session.send_text("Good morning.")
            with anyio.fail_after(10.0):
                await session.drained()
            return [message.heard for message in session.conversation if message.type == "message"]

    assert run_virtual(main) == ["Good morning.", "Hello."]


def test_without_the_extra_one_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.trace", None)
    with pytest.raises(ExtraMissing) as missing:
        Telemetry()
    assert str(missing.value) == "OpenTelemetry is not installed: pip install 'realtime-voice-sdk[otel]'"


def test_a_provider_is_a_word() -> None:
    with pytest.raises(UsageError, match="provider"):
        Telemetry(provider=7)  # type: ignore[arg-type]
