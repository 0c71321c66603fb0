"""The rules, a backend and a speech input joined over a channel: who waits for whom, and what stops whom."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any

import anyio
import pytest

from realtime_sdk._runtime import clock
from realtime_sdk.audio._pcm import Pcm, to_frames
from realtime_sdk.errors import ConnectionLost
from realtime_sdk.server._backend import (
    Audio,
    Backend,
    Message,
    Output,
    Request,
    SpeechInput,
    SpeechStarted,
    SpeechStopped,
    Text,
    UnfinishedResponse,
)
from realtime_sdk.server._connection import Connection
from realtime_sdk.server._ids import CountedIds
from realtime_sdk.server._items import Event
from realtime_sdk.server._rules import ServerSession
from realtime_sdk.testing import noise, run_virtual
from realtime_sdk.testing._memory_connection import ClientEnd, MemoryConnection, ServerEnd

from .helpers import append, kinds, update, user_message

CREATE = {"type": "response.create"}


class Client:
    """A client that records the events it receives."""

    def __init__(self, connection: MemoryConnection) -> None:
        self.end = ClientEnd(connection)
        self.events: list[Event] = []
        self.lost: ConnectionLost | None = None

    async def record(self) -> None:
        try:
            while True:
                self.events.append(json.loads(await self.end.receive()))
        except ConnectionLost as lost:
            self.lost = lost

    async def send(self, *events: Event) -> None:
        for event in events:
            await self.end.send(json.dumps(event))

    async def settle(self) -> None:
        """Let every task run until it waits."""
        await anyio.sleep(0.001)

    def last(self, kind: str) -> Any:
        return next(event for event in reversed(self.events) if event["type"] == kind)


class ScriptedBackend:
    """A backend that responds with a function."""

    def __init__(self, outputs: Callable[[Request], AsyncIterator[Output]]) -> None:
        self.outputs = outputs
        self.requests: list[Request] = []

    def respond(self, request: Request) -> AsyncIterator[Output]:
        self.requests.append(request)
        return self.outputs(request)


async def greet(_request: Request) -> AsyncIterator[Output]:
    yield Message()
    yield Text("Hello.")
    yield Audio(noise(0.1, seed=1))


class ScriptedSpeechInput:
    """A speech input that detects turns where a test put them, and transcribes them after a while."""

    def __init__(self, boundaries: Sequence[SpeechStarted | SpeechStopped] = (), said: str = "", takes: float = 0.0):
        self.boundaries = list(boundaries)
        self.said = said
        self.takes = takes
        self.frames = 0
        self.turn_detection: dict[str, Any] | None = None

    def configure(self, turn_detection: dict[str, Any] | None) -> None:
        self.turn_detection = turn_detection

    def listen(self, pcm: Pcm) -> Sequence[SpeechStarted | SpeechStopped]:
        self.frames += len(pcm)
        due = [boundary for boundary in self.boundaries if boundary.frame <= self.frames]
        self.boundaries = self.boundaries[len(due) :]
        return due

    async def transcribe(self, pcm: Pcm) -> AsyncIterator[str]:
        await anyio.sleep(self.takes)
        for word in self.said.split():
            yield f" {word}"
        if not self.said:
            raise RuntimeError("no model")


def talk(
    script: Callable[[Client, Connection], Awaitable[None]], backend: Backend, speech_input: SpeechInput | None = None,
    lifetime: float = 3600.0,
) -> Client:
    """Run a client's script against a connection; give the client."""

    async def main() -> Client:
        link = MemoryConnection()
        client = Client(link)
        session = ServerSession(new_id=CountedIds())
        connection = Connection(ServerEnd(link), session, backend, speech_input, lifetime=lifetime)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(connection.run)
            tasks.start_soon(client.record)
            await script(client, connection)
            await client.end.close()
        return client

    return run_virtual(main)


def test_the_backend_responds_and_the_response_is_done() -> None:
    async def script(client: Client, _connection: Connection) -> None:
        await client.send(user_message("Hello."), CREATE)
        await client.settle()

    client = talk(script, ScriptedBackend(greet))
    assert kinds(client.events)[0] == "session.created"
    assert client.last("response.done")["response"]["output"][0]["content"][0]["transcript"] == "Hello."


def test_a_backend_that_fails_ends_its_response_and_nothing_else(caplog: pytest.LogCaptureFixture) -> None:
    async def break_down(_request: Request) -> AsyncIterator[Output]:
        yield Text("I think")
        raise RuntimeError("out of breath")

    async def script(client: Client, _connection: Connection) -> None:
        await client.send(CREATE)
        await client.settle()
        await client.send(CREATE)
        await client.settle()

    client = talk(script, ScriptedBackend(break_down))
    assert kinds(client.events).count("response.done") == 2
    response = client.last("response.done")["response"]
    assert response["status"] == "failed"
    assert response["status_details"]["error"] == {
        "type": "server_error", "code": "RuntimeError", "message": "out of breath",
    }
    assert "the backend failed in resp_1" in caplog.text


def test_a_backend_that_is_cut_short_says_why() -> None:
    async def stop_short(_request: Request) -> AsyncIterator[Output]:
        yield Text("I must not")
        raise UnfinishedResponse("incomplete", reason="content_filter")

    async def script(client: Client, _connection: Connection) -> None:
        await client.send(CREATE)
        await client.settle()

    response = talk(script, ScriptedBackend(stop_short)).last("response.done")["response"]
    assert response["status_details"] == {"type": "incomplete", "reason": "content_filter"}


class Endless:
    """A backend that never ends by itself, and keeps the times at which it was stopped."""

    def __init__(self, pause: float) -> None:
        self.pause = pause
        self.stopped_at: list[float] = []

    async def respond(self, _request: Request) -> AsyncIterator[Output]:
        try:
            while True:
                yield Text(" and")
                await anyio.sleep(self.pause)
        finally:
            self.stopped_at.append(clock.now())


def test_a_cancelled_backend_is_stopped_at_once() -> None:
    async def script(client: Client, _connection: Connection) -> None:
        await client.send(CREATE)
        await anyio.sleep(1.05)
        await client.send({"type": "response.cancel"})
        await client.settle()

    backend = Endless(pause=0.1)
    client = talk(script, backend)
    assert backend.stopped_at == [1.05]
    assert kinds(client.events).count("response.output_audio_transcript.delta") == 11
    assert client.last("response.done")["response"]["status"] == "cancelled"


def test_a_backend_that_never_waits_leaves_others_their_turn() -> None:
    async def script(client: Client, connection: Connection) -> None:
        await client.send(CREATE)
        while "response.output_audio_transcript.delta" not in kinds(client.events):
            await anyio.lowlevel.checkpoint()
        await client.send({"type": "response.cancel"})
        await client.settle()

    backend = Endless(pause=0.0)
    assert talk(script, backend).last("response.done")["response"]["status"] == "cancelled"


def test_a_backend_is_stopped_when_the_client_leaves() -> None:
    async def script(client: Client, _connection: Connection) -> None:
        await client.send(CREATE)
        await anyio.sleep(1.05)

    backend = Endless(pause=0.1)
    talk(script, backend)
    assert backend.stopped_at == [1.05]


def test_the_speech_input_ends_the_turn_and_the_backend_gets_its_transcript() -> None:
    async def script(client: Client, _connection: Connection) -> None:
        transcription = {"audio": {"input": {"transcription": {"model": "any"}}}}
        await client.send(update(**transcription), *[append(0.1)] * 20)
        await anyio.sleep(2.0)

    turn = (SpeechStarted(to_frames(0.5)), SpeechStopped(to_frames(1.2)))
    backend, speech_input = ScriptedBackend(greet), ScriptedSpeechInput(turn, said="what time is it", takes=0.7)
    client = talk(script, backend, speech_input)
    assert kinds(client.events)[2:8] == [
        "input_audio_buffer.speech_started", "input_audio_buffer.speech_stopped", "input_audio_buffer.committed",
        "conversation.item.added", "conversation.item.done", "response.created",
    ]
    completed = "conversation.item.input_audio_transcription.completed"
    assert kinds(client.events).index(completed) < kinds(client.events).index("response.output_item.added")
    [request] = backend.requests
    assert request.items[0]["content"] == [{"type": "input_audio", "transcript": " what time is it"}]
    assert speech_input.turn_detection is not None
    assert speech_input.turn_detection["type"] == "server_vad"


def test_speech_stops_the_backend() -> None:
    async def script(client: Client, _connection: Connection) -> None:
        await client.send(CREATE)
        await anyio.sleep(1.05)
        await client.send(append(0.1))
        await client.settle()

    backend = Endless(pause=0.1)
    client = talk(script, backend, ScriptedSpeechInput([SpeechStarted(0)]))
    assert backend.stopped_at == [1.05]
    assert client.last("response.done")["response"]["status_details"]["reason"] == "turn_detected"
    assert kinds(client.events).index("input_audio_buffer.speech_started") < kinds(client.events).index("response.done")


def test_a_transcription_that_fails_costs_a_transcript_and_not_the_session(caplog: pytest.LogCaptureFixture) -> None:
    async def script(client: Client, _connection: Connection) -> None:
        transcription = {"audio": {"input": {"transcription": {"model": "any"}}}}
        await client.send(update(**transcription), append(0.2), {"type": "input_audio_buffer.commit"}, CREATE)
        await client.settle()

    backend = ScriptedBackend(greet)
    client = talk(script, backend, ScriptedSpeechInput())
    assert "conversation.item.input_audio_transcription.failed" in kinds(client.events)
    assert backend.requests[0].items[0]["content"] == [{"type": "input_audio", "transcript": None}]
    assert client.last("response.done")["response"]["status"] == "completed"
    assert "the transcription of item_1 failed" in caplog.text


def test_a_session_ends_after_an_hour() -> None:
    async def script(client: Client, _connection: Connection) -> None:
        await anyio.sleep(3599.0)
        await client.send(user_message("Still here."))
        await anyio.sleep(2.0)

    client = talk(script, ScriptedBackend(greet))
    assert kinds(client.events)[-2:] == ["conversation.item.done", "error"]
    assert client.last("error")["error"]["code"] == "session_expired"
    assert client.lost is not None
    assert client.lost.code == 1001


class Stuck(ServerEnd):
    """The server's end of a connection whose client does not read."""

    async def send(self, frame: str | bytes) -> None:
        await anyio.sleep_forever()


def test_a_client_that_does_not_read_is_disconnected() -> None:
    async def main() -> ConnectionLost:
        link = MemoryConnection()
        client = ClientEnd(link)
        connection = Connection(Stuck(link), ServerSession(), Endless(pause=0.0))
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(connection.run)
            await client.send(json.dumps(CREATE))
        with pytest.raises(ConnectionLost) as lost:
            await client.receive()
        return lost.value

    assert run_virtual(main).code == 1008
