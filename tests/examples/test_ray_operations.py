"""The example on Ray as it is operated: the front door, probes, metrics, and what Kubernetes is told."""

from __future__ import annotations

import re
import runpy
import sys
from importlib import import_module
from types import SimpleNamespace
from typing import Any
from xml.etree import ElementTree

import anyio
import pytest
from fastapi import FastAPI, Request
from fastapi.routing import APIRoute
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader

from realtime_sdk.testing import FakeServer, message, run_virtual

from .on_ray import FOLDER, Cluster, Connection


async def post(app: FastAPI, call_id: str, asked: int = 0) -> ElementTree.Element:
    """The front door's answer to a gateway."""
    body = {"type": "http.request", "body": f"CallSid={call_id}".encode(), "more_body": False}

    async def receive() -> dict[str, Any]:
        return body

    answer = await endpoint(app, "/calls")(Request({"type": "http"}, receive), asked)
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
            assert answer.findtext("Redirect") == "/calls?asked=1"
            at = anyio.current_time()
            assert [verb.tag for verb in await post(app, "CA2")] == ["Reject"]
            assert anyio.current_time() == at
            assert (await endpoint(app, "/readyz")()).status_code == 503

    run_virtual(main)


def test_a_call_that_has_begun_waits_for_a_place_and_is_hung_up_in_the_end(ray: SimpleNamespace) -> None:
    async def main() -> None:
        async with FakeServer() as server:
            cluster = Cluster(ray, server, "a", room=1)
            app = ray.front.make_app(cluster.dispatcher)
            await post(app, "CA1")
            pause, again = await post(app, "CA2", asked=1)  # its worker was lost
            assert (pause.tag, pause.attrib) == ("Pause", {"length": "2"})
            assert again.text == "/calls?asked=2"
            assert [verb.tag for verb in await post(app, "CA2", asked=ray.front.TRIES)] == ["Hangup"]
            cluster.add("b")
            await anyio.sleep(float(pause.attrib["length"]))
            assert (await post(app, "CA2", asked=2))[0].tag == "Connect"

    run_virtual(main)


def test_a_worker_is_ready_until_it_is_full_or_drained_and_alive_all_the_time(ray: SimpleNamespace) -> None:
    async def main() -> None:
        async with FakeServer() as server:
            worker = Cluster(ray, server, "a", room=1).workers["a"]
            seen = []
            for step in (None, worker.expect("call"), worker.drain()):
                if step is not None:
                    await step
                paths = [SimpleNamespace(path=path) for path in ("/healthz", "/readyz")]
                seen.append([worker.probe(Connection(), path) for path in paths])
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


def test_a_worker_that_ends_between_two_questions_to_ray_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    def get_actor(name: str) -> str:
        if name == "ended":
            raise ValueError(f"Failed to look up actor with name {name!r}")
        return f"the handle of {name}"

    fake = SimpleNamespace(util=SimpleNamespace(list_named_actors=lambda: ["ended", "here"]), get_actor=get_actor)
    monkeypatch.setitem(sys.modules, "ray", fake)
    assert runpy.run_path(str(FOLDER / "cluster.py"))["named_workers"]() == {"here": "the handle of here"}


def containers() -> dict[str, tuple[dict[str, Any], dict[str, Any]]]:
    """The containers of the deployments, each with its pod, by the names of the deployments."""
    yaml: Any = import_module("yaml")
    documents = yaml.safe_load_all((FOLDER / "kubernetes.yaml").read_text())
    deployments = [each for each in documents if each["kind"] == "Deployment"]
    pods = {each["metadata"]["name"]: each["spec"]["template"]["spec"] for each in deployments}
    return {name: (pod["containers"][0], pod) for name, pod in pods.items()}


def probed(container: dict[str, Any]) -> set[tuple[str, int]]:
    """Paths and ports that Kubernetes asks."""
    probes = [container[kind]["httpGet"] for kind in container if kind.endswith("Probe")]
    return {(probe["path"], probe["port"]) for probe in probes}


def test_kubernetes_asks_the_probes_that_there_are(ray: SimpleNamespace) -> None:
    async def main() -> None:
        async with FakeServer() as server:
            cluster = Cluster(ray, server, "a")
            worker, front = containers()["calls-worker"][0], containers()["calls-front"][0]
            port = next(int(each["value"]) for each in worker["env"] if each["name"] == "PORT")
            assert probed(worker) == {("/healthz", port), ("/readyz", port)}
            paths = [SimpleNamespace(path=path) for path, _ in probed(worker)]
            assert [cluster.workers["a"].probe(Connection(), path) for path in paths] == [200, 200]
            assert probed(front) == {("/healthz", 8000), ("/readyz", 8000)}
            assert "front.py 8000" in front["command"][-1]
            app = ray.front.make_app(cluster.dispatcher)
            assert all(endpoint(app, path) for path, _ in probed(front))

    run_virtual(main)


def test_kubernetes_gives_a_worker_the_time_to_drain_and_settings_that_it_reads() -> None:
    worker, pod = containers()["calls-worker"]
    settings = {each["name"]: each.get("value") for each in worker["env"]}
    assert int(settings["DRAIN_LIMIT"]) < pod["terminationGracePeriodSeconds"]
    read = set(re.findall(r'environ\.get\("(\w+)"', (FOLDER / "node.py").read_text()))
    assert {name for name in settings if not name.startswith(("OTEL_", "OPENAI_"))} == read
    assert "exec python node.py" in worker["command"][-1]  # so that SIGTERM comes to it
