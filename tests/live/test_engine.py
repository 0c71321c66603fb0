"""The engine of a stream session, without a loop: commands, the backend model, states, and unexpected events."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Any

import anyio
import pytest

from realtime_sdk import (
    BackendMessage,
    ConnectionLost,
    Delegation,
    DelegationStarted,
    Disconnected,
    LiveCaptionShown,
    LiveUsage,
    LiveUsageUpdated,
    Prices,
    ProtocolViolation,
    RequestTimedOut,
    ServerError,
    ServerMessage,
    ServerRefused,
    SessionReady,
    ToolResult,
    UsageError,
)
from realtime_sdk.audio._formats import AudioFormat
from realtime_sdk.live._effects import NOTHING, StreamEffects
from realtime_sdk.live._engine import StreamEngine
from realtime_sdk.live._lifecycle import TRANSITIONS, LiveState, LiveStep
from realtime_sdk.live._protocols import GPT_LIVE, TRANSLATION, StreamProtocol
from realtime_sdk.live._wire import parse
from realtime_sdk.protocol._json_text import write


def engine_of(protocol: StreamProtocol = GPT_LIVE) -> StreamEngine:
    return StreamEngine(
        protocol, {"model": "m"}, AudioFormat(), timeline=None, event_factory=anyio.Event, timeout=15.0
    )


def receive(engine: StreamEngine, type: str, at: float = 0.0, **fields: Any) -> StreamEffects:
    return engine.receive(parse(write({"type": type, **fields})), at)


def opened(protocol: StreamProtocol = GPT_LIVE) -> StreamEngine:
    engine = engine_of(protocol)
    engine.start(0.0)
    if protocol is TRANSLATION:
        receive(engine, "session.created")
    receive(engine, "session.started" if protocol is GPT_LIVE else "session.updated", session={"id": "s"})
    return engine


def test_every_state_has_an_exit_and_a_session_ends_from_each() -> None:
    for state in set(LiveState) - {LiveState.CLOSED}:
        assert TRANSITIONS[state, LiveStep.END] is LiveState.CLOSED
    assert {then for then in TRANSITIONS.values()} == set(LiveState) - {LiveState.OPENING}


def test_a_conversation_is_configured_at_once_and_a_translation_when_the_server_is_there() -> None:
    live, translation = engine_of(), engine_of(TRANSLATION)
    assert [event["type"] for event in live.start(0.0).send] == ["session.start"]
    assert translation.start(0.0) is NOTHING
    assert [event["type"] for event in receive(translation, "session.created").send] == ["session.update"]
    assert not translation.lifecycle.opened.done
    effects = receive(translation, "session.updated", session={"id": "s", "expires_at": 7})
    assert translation.lifecycle.state is LiveState.OPEN
    assert (translation.session_id, translation.expires_at) == ("s", 7)
    assert isinstance(effects.emit[0], SessionReady)


def test_a_refused_configuration_fails_the_opening() -> None:
    engine = engine_of()
    engine.start(0.0)
    receive(engine, "error", error={"code": "unknown_parameter", "message": "Unknown parameter: 'session.vioce'."})
    assert isinstance(engine.lifecycle.opened.exception, ServerRefused)
    assert engine.lifecycle.opened.exception.code == "unknown_parameter"


@pytest.mark.parametrize("format", [{"type": "audio/pcm", "rate": 16_000}, {"type": "audio/pcmu", "rate": 8000}])
def test_a_server_with_another_format_is_refused_as_its_audio_would_be_noise(format: Any) -> None:
    engine = engine_of()
    engine.start(0.0)
    receive(engine, "session.started", session={"id": "s", "audio": {"format": format}})
    assert "the server would use audio/pcm" in str(engine.lifecycle.opened.exception)


@pytest.mark.parametrize("format", [None, {"type": "audio/pcm", "rate": 24_000}, {"type": "audio/new"}, "odd"])
def test_a_server_that_confirms_the_format_or_says_nothing_of_it_is_not(format: Any) -> None:
    engine = engine_of()
    engine.start(0.0)
    receive(engine, "session.started", session={"id": "s", "audio": {"format": format}})
    assert engine.lifecycle.opened.exception is None
    assert engine.lifecycle.state is LiveState.OPEN


def test_commands_are_answered_by_their_id_and_without_one_in_order() -> None:
    engine = opened()
    first, _ = engine.command({"type": "session.commentary.append"}, 0.0)
    second, _ = engine.command({"type": "session.commentary.append"}, 0.0)
    third, _ = engine.command({"type": "session.commentary.append"}, 0.0)
    receive(engine, "session.commentary.appended", client_event_id=second.event_id)
    assert (first.answer.done, second.answer.done) == (False, True)
    receive(engine, "session.commentary.appended")
    assert (first.answer.done, third.answer.done) == (True, False)


def test_an_error_that_names_a_command_refuses_it_and_is_an_event_where_no_caller_awaits_it() -> None:
    engine = opened()
    command, effects = engine.command({"type": "session.thinking.append"}, 0.0)
    assert effects.send[0]["event_id"] == command.event_id
    error = {"type": "t", "message": "no", "client_event_id": command.event_id}
    effects = receive(engine, "error", at=3.0, error=error)
    assert isinstance(command.answer.exception, ServerRefused)
    assert effects.emit == (ServerError(3.0, "t", None, "no", command.event_id),)
    assert engine.deadline == float("inf")


def test_a_command_that_is_not_answered_expires() -> None:
    engine = opened()
    command, _ = engine.command({"type": "session.input_audio.mute"}, 10.0)
    assert engine.deadline == 25.0
    assert engine.expire(24.0) is NOTHING
    [error] = engine.expire(25.0).emit
    assert isinstance(command.answer.exception, RequestTimedOut)
    assert isinstance(error, ServerError)
    assert error.message == "the server did not answer session.input_audio.mute in time"


def test_the_end_of_the_connection_ends_every_command() -> None:
    engine = opened()
    command, _ = engine.command({"type": "session.input_audio.mute"}, 0.0)
    lost = ConnectionLost("gone", code=1006)
    engine.disconnect(0.0, lost)
    assert command.answer.exception is lost
    assert (engine.lifecycle.state, engine.lifecycle.failure) == (LiveState.CLOSED, lost)


def test_a_session_that_the_server_ends_by_itself_is_a_failure_and_one_that_was_closed_is_none() -> None:
    ended, closed = opened(), opened()
    receive(ended, "session.closed", reason="expired", usage={"seconds": 7200.0})
    assert str(ended.lifecycle.failure) == "the server closed the session: expired"
    closed.close(0.0)
    effects = receive(closed, "session.closed", reason="close_requested", usage={"seconds": 3.5})
    assert closed.lifecycle.failure is None
    assert effects.emit == (LiveUsageUpdated(0.0, LiveUsage(seconds=3.5, final=True)),)
    assert closed.disconnect(0.0, ConnectionLost("bye", code=1000)) is NOTHING
    assert closed.lifecycle.failure is None


def test_the_end_is_reported_once_unless_the_server_confirms_it_to_the_application() -> None:
    engine = opened()
    ended = receive(engine, "session.closed", at=2.0, reason="expired")
    assert ended.emit[-1] == Disconnected(2.0, None, "expired")
    assert receive(engine, "session.closed", reason="expired") is NOTHING
    assert engine.disconnect(3.0, ConnectionLost("bye", code=1000)) is NOTHING
    dropped = opened()
    dropped.close(0.0)
    assert dropped.disconnect(1.0, ConnectionLost("bye", code=1006)).emit == (Disconnected(1.0, 1006, "bye"),)


def test_a_session_that_the_server_ends_before_it_is_open_fails_the_opening() -> None:
    engine = engine_of()
    engine.start(0.0)
    receive(engine, "session.closed", reason="no capacity")
    assert isinstance(engine.lifecycle.opened.exception, ConnectionLost)


def test_a_session_that_the_server_does_not_close_has_ended_all_the_same() -> None:
    silent, unwilling = opened(), opened()
    event = silent.close(0.0).send[0]
    assert [type(event) for event in silent.expire(15.0).emit] == [ServerError, Disconnected]
    assert isinstance(silent.lifecycle.closed.exception, RequestTimedOut)
    unwilling.close(0.0)
    receive(unwilling, "error", error={"message": "unknown event", "client_event_id": event["event_id"]})
    assert isinstance(unwilling.lifecycle.closed.exception, ServerRefused)
    for engine in (silent, unwilling):
        life = engine.lifecycle
        assert (life.state, life.failure, engine.deadline) == (LiveState.CLOSED, None, float("inf"))
        assert engine.close(20.0) is NOTHING


def test_an_event_that_can_not_be_written_is_no_command() -> None:
    engine = opened()
    with pytest.raises(UsageError, match=r"session\.update can't be written"):
        engine.command({"type": "session.update", "session": {"delegation": object()}}, 0.0)
    assert engine.deadline == float("inf")


# Usage


def test_usage_is_a_total_that_is_never_summed() -> None:
    engine = opened()
    receive(engine, "session.usage.updated", usage={"seconds": 60.0}, context_window={"usage_ratio": 0.25})
    receive(engine, "session.usage.updated", usage={"seconds": 120.0})
    assert engine.usage == LiveUsage(seconds=120.0, context=0.25)


def test_tokens_of_the_backend_model_are_added_up() -> None:
    engine = opened()
    usage = {"input_tokens": 10, "input_tokens_details": {"cached_tokens": 4}, "output_tokens": 3}
    for _ in range(2):
        receive(engine, "response.event", event={"type": "response.completed", "response": {"usage": usage}})
    assert (engine.usage.input_tokens, engine.usage.cached_tokens, engine.usage.output_tokens) == (20, 8, 6)


def test_a_session_costs_its_minutes_and_the_tokens_of_the_backend_model() -> None:
    usage = LiveUsage(seconds=90.0, input_tokens=1000, cached_tokens=400, output_tokens=100)
    prices = Prices(session_minute=0.06, text_in=5, text_cached=0.5, text_out=30)
    assert usage.cost(prices) == Decimal("0.09") + Decimal("0.0062")
    with pytest.raises(UsageError, match="90 s of the session, and the prices have no session_minute"):
        usage.cost(Prices(text_in=5, text_out=30))
    with pytest.raises(UsageError, match="prices is a Prices"):
        usage.cost({"session_minute": 0.06})  # type: ignore[arg-type]


# Work


def backend(engine: StreamEngine, kind: str, delegation_id: str = "d", **fields: Any) -> StreamEffects:
    return receive(engine, "response.event", delegation_id=delegation_id, event={"type": kind, **fields})


def function_call(call_id: str, **fields: Any) -> dict[str, Any]:
    return {"type": "function_call", "call_id": call_id, "name": "look_up", "arguments": "{}", **fields}


def test_work_that_is_handed_over_is_reported() -> None:
    engine = opened()
    delegation = {"id": "d", "type": "delegation", "target": "client"}
    effects = receive(engine, "session.delegation.created", delegation=delegation, offset_ms=1500)
    assert effects.emit == (DelegationStarted(0.0, Delegation("d", "client", 1.5)),)


def test_outputs_are_sent_together_once_the_response_is_complete_and_every_call_is_answered() -> None:
    engine = opened()
    backend(engine, "response.created")
    [first] = backend(engine, "response.output_item.done", item=function_call("a")).calls
    [second] = backend(engine, "response.output_item.done", item=function_call("b")).calls
    assert engine.finish_call(first, ToolResult("1"), 0.0).send == ()
    assert backend(engine, "response.completed", response={}).send == ()
    sent = engine.finish_call(second, ToolResult("2"), 0.0).send
    assert [event.get("item", {}).get("output", event["type"]) for event in sent] == ["1", "2", "response.create"]
    assert (first.output, second.output) == ("1", "2")


def test_another_response_in_progress_is_waited_for() -> None:
    engine = opened()
    [call] = backend(engine, "response.output_item.done", item=function_call("a")).calls
    backend(engine, "response.created", delegation_id="other")
    backend(engine, "response.completed", response={})
    assert engine.finish_call(call, ToolResult("1"), 0.0).send == ()
    assert [event["type"] for event in backend(engine, "response.completed", "other", response={}).send] == [
        "response.item.create", "response.create",
    ]  # fmt: skip


def test_a_response_whose_end_was_lost_is_waited_for_while_it_is_not_silent_and_then_answered() -> None:
    engine = opened()
    [call] = backend(engine, "response.output_item.done", item=function_call("a")).calls
    assert engine.deadline == math.inf
    assert engine.finish_call(call, ToolResult("1"), 5.0).send == ()
    receive(engine, "response.event", 60.0, delegation_id="d", event={"type": "response.output_text.delta"})
    assert engine.deadline == 180.0
    assert engine.expire(179.0) == NOTHING
    effects = engine.expire(180.0)
    assert [event["type"] for event in effects.send] == ["response.item.create", "response.create"]
    [violation] = effects.emit
    assert isinstance(violation, ProtocolViolation)
    assert violation.reason == "the backend model did not end 1 of its responses: 120 s of silence"
    assert engine.deadline == math.inf


def test_a_text_waits_no_longer_for_a_response_that_has_fallen_silent() -> None:
    engine = opened()
    backend(engine, "response.created")
    assert [event["type"] for event in engine.ask({"type": "message"}).send] == ["response.item.create"]
    assert engine.deadline == 120.0
    assert [event["type"] for event in engine.expire(120.0).send] == ["response.create"]


def test_the_output_for_a_response_that_failed_is_dropped_and_the_failure_is_reported() -> None:
    engine = opened()
    [call] = backend(engine, "response.output_item.done", item=function_call("a")).calls
    effects = backend(engine, "response.failed", response={"error": {"code": "oops", "message": "it broke"}})
    assert ServerError(0.0, "backend", "oops", "it broke", None) in effects.emit
    assert engine.finish_call(call, ToolResult("1"), 0.0).send == ()


@pytest.mark.parametrize("kind", ["response.failed", "response.incomplete", "response.cancelled", "error"])
def test_a_text_is_answered_after_a_response_that_has_failed_in_whatever_way(kind: str) -> None:
    engine = opened()
    backend(engine, "response.created")
    assert [event["type"] for event in engine.ask({"type": "message"}).send] == ["response.item.create"]
    effects = backend(engine, kind, message="out of order")
    assert [event["type"] for event in effects.send] == ["response.create"]
    assert [type(event) for event in effects.emit] == [BackendMessage, ServerError]
    assert "out of order" in str(effects.emit[-1])


def test_a_call_that_comes_after_close_is_not_run() -> None:
    engine = opened()
    engine.close(0.0)
    assert backend(engine, "response.output_item.done", item=function_call("a")).calls == ()


@pytest.mark.parametrize("kind", [None, 5, ["response.failed"], {}])
def test_an_event_of_the_backend_model_without_a_type_is_passed_on(kind: Any) -> None:
    assert [type(event) for event in backend(opened(), kind).emit] == [BackendMessage]


def test_an_output_for_a_call_that_was_never_made_is_refused() -> None:
    engine = opened()
    with pytest.raises(UsageError, match="no call 'call_typo'"):
        engine.answer("call_typo", ToolResult("1"))


def test_a_tool_that_wants_no_response_gets_none() -> None:
    engine = opened()
    [call] = backend(engine, "response.output_item.done", item=function_call("a")).calls
    backend(engine, "response.completed", response={})
    sent = engine.finish_call(call, ToolResult("1", respond=False), 0.0).send
    assert [event["type"] for event in sent] == ["response.item.create"]


@pytest.mark.parametrize(
    "item", [None, {"type": "message"}, function_call("a", status="incomplete"), function_call("a", name=None)]
)
def test_what_is_no_complete_call_is_not_run(item: Any) -> None:
    engine = opened()
    effects = backend(engine, "response.output_item.done", item=item)
    assert effects.calls == ()
    assert isinstance(effects.emit[0], BackendMessage)


def test_a_call_that_is_repeated_is_run_once() -> None:
    engine = opened()
    assert len(backend(engine, "response.output_item.done", item=function_call("a")).calls) == 1
    assert backend(engine, "response.output_item.done", item=function_call("a")).calls == ()


# The unexpected


def test_an_event_of_another_protocol_is_passed_on() -> None:
    [event] = receive(opened(), "transport.ringing", session_id="s").emit
    assert isinstance(event, ServerMessage)


@pytest.mark.parametrize("frame", ["[]", "{", '{"type": "session.output_transcript.delta"}', '{"type": 3}'])
def test_a_frame_that_is_no_event_is_a_violation_and_no_more(frame: str) -> None:
    engine = opened()
    [event] = engine.receive(parse(frame), 5.0).emit
    assert isinstance(event, ProtocolViolation)
    assert event.at == 5.0
    assert engine.lifecycle.state is LiveState.OPEN


def test_audio_at_another_rate_would_be_noise_and_is_not_played() -> None:
    engine = opened(TRANSLATION)
    [event] = receive(engine, "session.output_audio.delta", delta="AAAA", sample_rate=16_000).emit
    assert isinstance(event, ProtocolViolation)
    assert engine.stream.segment.received == 0


def test_text_without_a_time_follows_the_audio_that_came() -> None:
    engine = opened(TRANSLATION)
    receive(engine, "session.output_audio.delta", delta="AQAB" * 8000, elapsed_ms=0)
    receive(engine, "session.output_transcript.delta", delta="hola")
    engine.stream.segment.mark_heard(12_000, 0.0, 0.0)
    assert engine.advance(0.0) is NOTHING
    receive(engine, "session.output_audio.delta", delta="AQAB" * 800)
    engine.stream.segment.mark_heard(1, 0.0, 0.0)
    [shown] = engine.advance(0.0).emit
    assert isinstance(shown, LiveCaptionShown)
    assert (shown.caption.start, shown.caption.estimated) == (0.5, True)


@pytest.mark.parametrize(
    ("times", "reason"),
    [
        ({"start_ms": 10**12}, "`start_ms` is 1000000000000, 5 s into the session"),
        ({"start_ms": 15_001, "end_ms": 15_200}, "`start_ms` is 15001, 5 s into the session; `end_ms` is 15200"),
        ({"start_ms": -5}, "`start_ms` should be"),
        ({"start_ms": "soon"}, "`start_ms` should be"),
    ],
)
def test_words_at_an_impossible_time_are_reported_and_come_with_the_next_audio(
    times: dict[str, Any], reason: str
) -> None:
    engine = opened()
    [event] = receive(engine, "session.output_transcript.delta", 5.0, delta="one", **times).emit
    assert isinstance(event, ProtocolViolation)
    assert reason in event.reason
    receive(engine, "session.output_transcript.delta", 5.0, delta=" two", start_ms=200, end_ms=400)
    receive(engine, "session.output_audio.delta", 5.0, delta="AQAB" * 8000)
    engine.stream.segment.mark_heard(1, 5.0, 0.0)
    shown = engine.advance(5.0).emit
    engine.stream.segment.mark_heard(12_000, 5.0, 0.0)
    shown += engine.advance(5.0).emit
    assert [(it.caption.text, it.caption.start) for it in shown if isinstance(it, LiveCaptionShown)] == [
        ("one", 0.0), (" two", 0.2)
    ]  # fmt: skip


def test_audio_at_an_impossible_time_is_reported_and_follows_what_came_before() -> None:
    engine = opened()
    receive(engine, "session.output_audio.delta", delta="AQAB" * 8000)
    [event] = receive(engine, "session.output_audio.delta", 1.0, delta="AQAB" * 8000, start_ms=10**12).emit
    assert isinstance(event, ProtocolViolation)
    assert engine.stream.segment.received == 24_000
    assert engine.stream.end == 24_000


def test_an_empty_fragment_is_no_caption() -> None:
    engine = opened()
    assert receive(engine, "session.input_transcript.delta", delta="", start_ms=0, end_ms=0) is NOTHING
