"""The server of stream sessions is as strict as the published schemas."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any, Literal

import anyio
import pybase64
import pytest

from realtime_sdk.errors import ConnectionLost, UsageError
from realtime_sdk.testing import FakeLiveServer, call, run_virtual
from realtime_sdk.transports._transport import Endpoint, Transport

START: dict[str, Any] = {"type": "session.start", "session": {"model": "gpt-live-1.1"}}
BACKEND: dict[str, Any] = {"type": "responses", "responses": {"model": "gpt-5.5"}}


def start(**fields: Any) -> dict[str, Any]:
    return {**START, "session": {**START["session"], **fields}}


def append(data: bytes) -> dict[str, Any]:
    return {"type": "session.input_audio.append", "audio": pybase64.b64encode_as_string(data)}


def exchange(
    server: FakeLiveServer, *events: dict[str, Any], then: Callable[[Transport], Awaitable[None]] | None = None
) -> list[dict[str, Any]]:
    """Send events, and return what the server sent by then."""

    async def main() -> None:
        async with server:
            transport = await server.connect(None, None)
            for event in events:
                await transport.send(json.dumps(event))
            await anyio.sleep(0.1)
            if then is not None:
                await then(transport)
                await anyio.sleep(0.1)

    run_virtual(main)
    return server.sent


def test_it_is_an_endpoint() -> None:
    assert isinstance(FakeLiveServer(), Endpoint)


@pytest.mark.parametrize(
    ("event", "code", "param"),
    [
        (start(voice="marin"), "unknown_parameter", "session.voice"),
        ({**START, "session": {}}, "missing_required_parameter", "session.model"),
        (start(turn_detection=None), "unknown_parameter", "session.turn_detection"),
        ({**START, "sesion": 1}, "unknown_parameter", "sesion"),
        ({"type": "session.input_audio.mute"}, "session_not_started", None),
        ({"type": "response.cancel"}, "invalid_value", "type"),
        ({"type": "conversation.item.truncate"}, "invalid_value", "type"),
    ],
)  # fmt: skip
def test_it_refuses_before_the_session_is_open(event: dict[str, Any], code: str, param: str | None) -> None:
    [error] = exchange(FakeLiveServer(), {**event, "event_id": "mine"})
    assert error["type"] == "error"
    assert (error["error"]["code"], error["error"].get("param")) == (code, param)
    assert error["error"]["client_event_id"] == "mine"


@pytest.mark.parametrize(
    ("event", "code"),
    [
        (append(b"\0\0\0"), "invalid_audio"),
        (append(b""), "invalid_audio"),
        ({"type": "session.input_audio.append", "audio": "?"}, "invalid_audio"),
        (START, "session_already_started"),
        ({"type": "session.update", "session": {"instructions": "x"}}, "unknown_parameter"),
        ({"type": "session.update", "session": {"delegation": BACKEND}}, "immutable_field_update"),
        ({"type": "session.commentary.append", "content": "x"}, "missing_required_parameter"),
        ({"type": "session.commentary.append", "content": "x", "delegation_id": "none of mine"}, "invalid_value"),
        ({"type": "session.thinking.append", "content": "a " * 501, "delegation_id": None}, "string_above_max_length"),
        ({"type": "response.create"}, "invalid_event"),
    ],
)
def test_it_refuses_in_an_open_session(event: dict[str, Any], code: str) -> None:
    started, error = exchange(FakeLiveServer(), START, event)
    assert started["type"] == "session.started"
    assert error["error"]["code"] == code


def test_it_answers_with_the_resolved_session_and_the_id_of_the_command() -> None:
    [started, muted] = exchange(
        FakeLiveServer(), {**START, "event_id": "a"}, {"type": "session.input_audio.mute", "event_id": "b"}
    )
    assert (started["client_event_id"], muted["client_event_id"]) == ("a", "b")
    assert started["session"]["status"] == "active"
    assert started["session"]["delegation"] == {"type": "client"}
    [started, muted] = exchange(FakeLiveServer(echoes=False), START, {"type": "session.input_audio.mute"})
    assert "client_event_id" not in muted


def test_its_clock_is_the_audio_that_it_is_sent() -> None:
    server = FakeLiveServer()
    server.say("Hi.", at=0.0)
    events = exchange(server, START, append(bytes(4800)), append(bytes(4799 + 1)), append(bytes(100)))
    kinds = [event["type"] for event in events[1:]]
    assert kinds == ["session.output_transcript.delta", "session.output_audio.delta", "session.output_audio.delta"]
    assert (events[1]["start_ms"], events[1]["end_ms"]) == (0, 200)
    assert set(events[2]) == {"type", "delta"}  # neither times nor an id
    assert server.seconds == pytest.approx(0.202, abs=1e-3)


def test_times_and_no_silence_as_on_a_side_band_connection() -> None:
    server = FakeLiveServer(timed=True)
    server.say("Hi.", at=0.2)
    events = exchange(server, START, append(bytes(2 * 24_000)))
    audio = [event for event in events if event["type"] == "session.output_audio.delta"]
    assert [(event["start_ms"], event["end_ms"]) for event in audio] == [(200, 300), (300, 400)]


def test_outputs_are_taken_for_calls_that_were_made_and_before_the_model_goes_on() -> None:
    server = FakeLiveServer()

    async def then(transport: Transport) -> None:
        server.delegate(call("look_up", {"what": "it"}), answer="Found.")
        await transport.send(json.dumps({"type": "response.create"}))
        output = {"type": "function_call_output", "call_id": "call_unknown", "output": "1"}
        await transport.send(json.dumps({"type": "response.item.create", "item": output}))

    sent = exchange(server, {**START, "session": {**START["session"], "delegation": BACKEND}}, then=then)
    nested = [event["event"]["type"] for event in sent if event["type"] == "response.event"]
    assert nested == ["response.created", "response.output_item.done", "response.completed"]
    assert sent[1]["delegation"]["target"] == "responses"
    assert [error["code"] for error in server.refused] == ["invalid_event", "invalid_value"]


@pytest.mark.parametrize("protocol", ["live", "translation"])
def test_a_close_is_confirmed_before_the_connection_ends(protocol: Literal["live", "translation"]) -> None:
    server = FakeLiveServer(protocol=protocol)
    first = START if protocol == "live" else {"type": "session.update", "session": {"audio": {}}}

    async def then(transport: Transport) -> None:
        with pytest.raises(ConnectionLost) as lost:
            while True:
                await transport.receive()
        assert lost.value.code == 1000

    events = exchange(server, first, {"type": "session.close"}, then=then)
    assert events[-1]["type"] == "session.closed"


def test_wrong_calls_of_a_test_are_refused() -> None:
    with pytest.raises(UsageError, match="protocol"):
        FakeLiveServer(protocol="realtime")  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="no client has connected"):
        FakeLiveServer().user_says("Hi.")
    with pytest.raises(UsageError, match="count is a positive whole number, not 0"):
        FakeLiveServer().refuse_connections(0)

    async def then(transport: Transport) -> None:
        with pytest.raises(UsageError, match=r"did you mean 'session.close'\?"):
            await server.wait_for("session.closed")
        with pytest.raises(UsageError, match="does the work of this session itself"):
            server.delegate(answer="Done.")

    server = FakeLiveServer()
    exchange(server, START, then=then)


def test_a_translation_hands_no_work_over() -> None:
    async def then(transport: Transport) -> None:
        with pytest.raises(UsageError, match="an interpreter hands no work over"):
            server.delegate()

    server = FakeLiveServer(protocol="translation")
    exchange(server, then=then)
    assert [event["type"] for event in server.sent] == ["session.created"]
