"""The example on Ray, on the virtual clock: its workers, dispatchers and front door are called as Ray calls them."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from importlib import import_module
from types import SimpleNamespace
from typing import Any
from xml.etree import ElementTree

import anyio
import pytest
from fastapi import FastAPI, Request, WebSocket
from fastapi.routing import APIRoute
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from pytest import approx

from realtime_sdk.testing import FakeCall, FakeConnection, FakeGateway, FakeServer, message, run_virtual

from .running import EXAMPLES

FOLDER = EXAMPLES / "ray"

MODULES = ("call", "calls", "dispatcher", "front", "model", "worker")


@pytest.fixture
def ray(monkeypatch: pytest.MonkeyPatch) -> Iterator[SimpleNamespace]:
    """The modules of the example, imported as from its own folder."""
    monkeypatch.syspath_prepend(str(FOLDER))
    for name in MODULES:
        monkeypatch.delitem(sys.modules, name, raising=False)
    yield SimpleNamespace(**{name: import_module(name) for name in MODULES})
    for name in MODULES:
        sys.modules.pop(name, None)


class Handle:
    """An actor handle: its methods are called by `.remote(…)`, until the actor is lost."""

    def __init__(self, actor: object) -> None:
        self._actor = actor
        self.is_lost = False

    def __getattr__(self, name: str) -> Any:
        return SimpleNamespace(remote=lambda *arguments: self._call(name, arguments))

    async def _call(self, name: str, arguments: tuple[Any, ...]) -> Any:
        if self.is_lost:
            raise RuntimeError("ActorDiedError")
        return await getattr(self._actor, name)(*arguments)


class Cluster:
    """Workers that listen, the lines to them, and a model."""

    def __init__(self, ray: SimpleNamespace, server: FakeServer, *names: str, **options: Any) -> None:
        self.ray = ray
        self.server = server
        self.options = options
        self.workers: dict[str, Any] = {}
        self.handles: dict[str, Handle] = {}
        self.app = FastAPI()
        for name in names:
            self.add(name)
        self.dispatcher = self.new_dispatcher()

    def add(self, name: str) -> None:
        worker = self.ray.worker.Worker(endpoint=self.server, **self.options)
        worker.address = f"/{name}"  # as if it listened
        self.workers[name], self.handles[name] = worker, Handle(worker)

        @self.app.websocket(worker.address)
        async def line(socket: WebSocket) -> None:
            await socket.accept()
            await worker.carry(socket)
            await socket.close(1000)

    def new_dispatcher(self) -> Any:
        return self.ray.dispatcher.Dispatcher(lambda: self.handles)

    @asynccontextmanager
    async def caller(self, call_id: str) -> AsyncIterator[FakeCall]:
        """The line of a call that was placed, at the address where it is."""
        address = await self.dispatcher.find(call_id)
        async with FakeGateway(self.app).call(address, parameters={"call": call_id}) as call:
            yield call


def sent(connection: FakeConnection, kind: str) -> list[dict[str, Any]]:
    """What a worker has sent of a kind."""
    return [event for event in connection.received if event["type"] == kind]


def said_by_the_model(connection: FakeConnection) -> list[str]:
    """The model's messages, as the server holds them."""
    return [item.text for item in connection.items if item.wire.get("role") == "assistant"]


def test_calls_are_spread_evenly_even_if_they_come_at_once(ray: SimpleNamespace) -> None:
    async def main() -> None:
        async with FakeServer() as server, anyio.create_task_group() as tasks:
            cluster = Cluster(ray, server, "a", "b")
            for number in range(6):
                tasks.start_soon(cluster.dispatcher.place, f"call {number}")
        assert [len(worker.expected) for worker in cluster.workers.values()] == [3, 3]

    run_virtual(main)


def test_a_call_is_found_by_every_dispatcher_and_placed_once(ray: SimpleNamespace) -> None:
    async def main() -> None:
        async with FakeServer() as server:
            cluster = Cluster(ray, server, "a", "b", room=1)
            other = cluster.new_dispatcher()
            name, address = await cluster.dispatcher.place("call")
            assert await other.find("call") == address
            assert (await other.place("another"))[0] != name
            with pytest.raises(ray.dispatcher.Full, match="none of 2 workers takes another call"):
                await other.place("a third")

    run_virtual(main)


def test_a_caller_who_does_not_come_takes_no_room(ray: SimpleNamespace) -> None:
    async def main() -> None:
        async with FakeServer() as server:
            cluster = Cluster(ray, server, "a", room=1)
            await cluster.dispatcher.place("call")
            await anyio.sleep(ray.calls.ARRIVAL + 1)
            assert await cluster.dispatcher.find("call") is None
            await cluster.dispatcher.place("another")

    run_virtual(main)


def test_a_stranger_gets_no_session(ray: SimpleNamespace) -> None:
    async def main() -> None:
        async with FakeServer() as server:
            cluster = Cluster(ray, server, "a")
            async with FakeGateway(cluster.app).call("/a", parameters={"call": "guessed"}) as call:
                await call.wait_closed()
            assert not server.connections

    run_virtual(main)


def test_a_call_that_moves_in_mid_answer_neither_repeats_nor_loses_what_was_heard(ray: SimpleNamespace) -> None:
    async def main() -> None:
        async with FakeServer() as server, anyio.create_task_group() as tasks:
            cluster = Cluster(ray, server, "a")
            server.reply(message("one two three four", seconds=4.0))
            server.reply(message("three four", seconds=2.0))
            await cluster.dispatcher.place("call")
            async with cluster.caller("call") as before:
                await before.wait_until_heard(2.4)
                cluster.add("b")
                tasks.start_soon(cluster.dispatcher.drain, "a", 0.0, 60.0)
                await before.wait_closed()
            assert await cluster.dispatcher.find("call") == "/b"
            async with cluster.caller("call") as after:
                await after.wait_until_heard(2.0)
            first, second = server.connections
            # What the caller heard is what the first model was told, and what the second one knows, and goes on from.
            [cut] = sent(first, "conversation.item.truncate")
            assert cut["audio_end_ms"] / 1000 == approx(before.heard_seconds, abs=0.05)
            assert said_by_the_model(second) == ["one two three", "three four"]
            [asked] = sent(second, "response.create")
            assert 'in your last word, "three"' in asked["response"]["instructions"]

    run_virtual(main)


def test_a_call_whose_turn_ends_in_time_moves_without_another_answer(ray: SimpleNamespace) -> None:
    async def main() -> None:
        async with FakeServer() as server, anyio.create_task_group() as tasks:
            cluster = Cluster(ray, server, "a")
            server.reply(message("one two", seconds=2.0))
            await cluster.dispatcher.place("call")
            async with cluster.caller("call") as before:
                await before.wait_until_heard(1.0)
                cluster.add("b")
                tasks.start_soon(cluster.dispatcher.drain, "a", 10.0, 60.0)
                await before.wait_closed()
            assert before.heard_seconds == approx(2.0, abs=0.05)
            async with cluster.caller("call"):
                await server.wait_for("conversation.item.create")
                await anyio.sleep(1.0)
            assert said_by_the_model(server.connections[1]) == ["one two"]
            assert not sent(server.connections[1], "response.create")

    run_virtual(main)


def test_a_worker_from_which_no_call_can_move_waits_for_them_for_a_limited_time(
    ray: SimpleNamespace, caplog: pytest.LogCaptureFixture
) -> None:
    async def main() -> None:
        async with FakeServer() as server:
            cluster = Cluster(ray, server, "a")
            server.reply(message("one two", seconds=2.0))
            await cluster.dispatcher.place("call")
            async with cluster.caller("call") as call:
                await call.wait_until_heard(1.0)
                at = anyio.current_time()
                await cluster.dispatcher.drain("a", 0.0, 30.0)
                assert anyio.current_time() - at == approx(30.0, abs=0.1)
                assert call.heard_seconds == approx(2.0, abs=0.05)  # it was not cut for nothing
                assert await cluster.dispatcher.find("call") == "/a"

    run_virtual(main)
    assert "call call stays on a until its caller hangs up: none of 1 workers takes another call" in caplog.text
    assert "a has calls after 30 s" in caplog.text


def test_a_worker_that_is_drained_ends_once_its_last_caller_has_hung_up(ray: SimpleNamespace) -> None:
    async def main() -> None:
        async with FakeServer() as server:
            cluster = Cluster(ray, server, "a")
            await cluster.dispatcher.place("call")
            async with anyio.create_task_group() as tasks:
                async with cluster.caller("call"):
                    tasks.start_soon(cluster.dispatcher.drain, "a", 0.0, 600.0)
                    await anyio.sleep(5.0)
                at = anyio.current_time()
            assert anyio.current_time() - at < 1.0

    run_virtual(main)


def test_a_worker_that_is_lost_is_named_and_its_callers_are_placed_elsewhere(
    ray: SimpleNamespace, caplog: pytest.LogCaptureFixture
) -> None:
    async def main() -> None:
        async with FakeServer() as server:
            cluster = Cluster(ray, server, "a", "b")
            name, address = await cluster.dispatcher.place("call")
            cluster.handles[name].is_lost = True
            assert await cluster.dispatcher.find("call") is None
            placed, again = await cluster.dispatcher.place("call")
            assert placed != name
            assert again != address

    run_virtual(main)
    assert "a is lost, stopped, or hangs" in caplog.text


def test_a_call_whose_new_worker_is_lost_while_it_moves_goes_to_another(ray: SimpleNamespace) -> None:
    async def main() -> None:
        async with FakeServer() as server, anyio.create_task_group() as tasks:
            cluster = Cluster(ray, server, "a")
            server.reply(message("one two three four", seconds=4.0))
            server.reply(message("three four", seconds=2.0))
            await cluster.dispatcher.place("call")
            async with cluster.caller("call") as before:
                await before.wait_until_heard(1.0)
                cluster.add("b")
                tasks.start_soon(cluster.dispatcher.drain, "a", 0.6, 60.0)
                await before.wait_until_heard(1.4)  # it has a place, and is still here
                assert "call" in cluster.workers["b"].expected
                cluster.handles["b"].is_lost = True
                cluster.add("c")
                await before.wait_closed()
            assert await cluster.dispatcher.find("call") == "/c"
            async with cluster.caller("call") as after:
                await after.wait_until_heard(2.0)
            assert said_by_the_model(server.connections[1]) == ["one two", "three four"]

    run_virtual(main)


async def post(app: FastAPI, call_id: str, streams: int = 0) -> ElementTree.Element:
    """The front door's answer to a gateway."""
    body = {"type": "http.request", "body": f"CallSid={call_id}".encode(), "more_body": False}

    async def receive() -> dict[str, Any]:
        return body

    answer = await endpoint(app, "/calls")(Request({"type": "http"}, receive), streams)
    return ElementTree.fromstring(answer.body)


def endpoint(app: FastAPI, path: str) -> Any:
    [found] = [route.endpoint for route in app.routes if isinstance(route, APIRoute) and route.path == path]
    return found


def test_the_front_door_sends_a_gateway_to_a_worker_and_turns_a_call_away_at_once(ray: SimpleNamespace) -> None:
    async def main() -> None:
        async with FakeServer() as server:
            cluster = Cluster(ray, server, "a", room=1)
            app = ray.front.make_app(cluster.dispatcher)
            assert (await endpoint(app, "/healthz")()) == {"alive": True}
            assert (await endpoint(app, "/readyz")()).status_code == 200
            answer = await post(app, "CA<1>")
            [stream] = answer.iter("Stream")
            assert stream.attrib["url"] == "/a"
            assert stream[0].attrib == {"name": "call", "value": "CA<1>"}
            assert answer.findtext("Redirect") == "/calls?streams=1"
            at = anyio.current_time()
            assert [verb.tag for verb in await post(app, "CA2")] == ["Reject"]
            assert [verb.tag for verb in await post(app, "CA2", streams=1)] == ["Hangup"]
            assert anyio.current_time() == at
            assert (await endpoint(app, "/readyz")()).status_code == 503

    run_virtual(main)


def test_a_call_that_finds_no_rest_is_hung_up_in_the_end(ray: SimpleNamespace) -> None:
    async def main() -> None:
        async with FakeServer() as server:
            app = ray.front.make_app(Cluster(ray, server, "a").dispatcher)
            assert [verb.tag for verb in await post(app, "CA1", streams=ray.front.TRIES)] == ["Hangup"]

    run_virtual(main)


def test_a_worker_is_ready_until_it_is_full_or_drained_and_alive_all_the_time(ray: SimpleNamespace) -> None:
    class Connection:
        def respond(self, status: int, text: str) -> int:
            return int(status)

    async def main() -> None:
        async with FakeServer() as server:
            worker = Cluster(ray, server, "a", room=1).workers["a"]
            seen = []
            for step in (None, worker.expect("call"), worker.drain()):
                if step is not None:
                    await step
                seen.append([worker.probe(Connection(), SimpleNamespace(path=path)) for path in ("/healthz", "/readyz")])
            assert seen == [[200, 200], [200, 503], [200, 503]]
            assert worker.probe(Connection(), SimpleNamespace(path="/")) is None  # a line

    run_virtual(main)


def test_a_worker_reports_its_calls_and_their_sessions_to_opentelemetry(ray: SimpleNamespace) -> None:
    reader = InMemoryMetricReader()

    async def main() -> None:
        async with FakeServer() as server:
            cluster = Cluster(ray, server, "a", meters=MeterProvider([reader]))
            server.reply(message("one", seconds=1.0))
            await cluster.dispatcher.place("call")
            async with cluster.caller("call") as call:
                await call.wait_until_heard(1.0)
                metrics = reported(reader)
            assert metrics["calls"] == [1]
            assert "gen_ai.client.operation.duration" in metrics

    run_virtual(main)
    assert reported(reader)["calls"] == [0]


def reported(reader: InMemoryMetricReader) -> dict[str, list[Any]]:
    data = reader.get_metrics_data()
    return {
        metric.name: [getattr(point, "value", None) for point in metric.data.data_points]
        for resource in (data.resource_metrics if data is not None else ())
        for scope in resource.scope_metrics
        for metric in scope.metrics
    }


def test_the_files_are_short() -> None:
    assert all(len(path.read_text().splitlines()) <= 90 for path in FOLDER.glob("*.py"))
