"""The example on Ray, whole: a cluster of two nodes on this machine, under a small load, while a node is stopped."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.request import urlopen

import pytest

from .on_ray import FOLDER

CALLS = 6

LIMIT = 120.0  # seconds for anything here, on however busy a machine


class Collector(HTTPServer):
    """A collector of OpenTelemetry's metrics, which takes all."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Post)
        self.posts: list[bytes] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Post(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        assert isinstance(self.server, Collector)
        self.server.posts.append(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def collector() -> Iterator[Collector]:
    with Collector() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


class Example:
    """The example's programs, and what they have printed."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.program = subprocess.Popen(
            [sys.executable, str(FOLDER / "run.py"), "0"], env=os.environ | environment, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        self.printed = ""

    def wait_for(self, pattern: str, count: int = 1) -> list[str]:
        """What a pattern has found, once it is found so often."""
        assert self.program.stdout is not None
        while len(found := re.findall(pattern, self.printed)) < count:
            line = self.program.stdout.readline()
            assert line, f"the example has ended:\n{self.printed}"
            self.printed += line
        return found


@contextmanager
def running(environment: dict[str, str]) -> Iterator[Example]:
    example = Example(environment)
    try:
        yield example
    finally:
        example.program.terminate()
        example.program.communicate(timeout=LIMIT)


def read(url: str) -> dict[str, Any]:
    with urlopen(url, timeout=LIMIT) as answer:
        state: dict[str, Any] = json.load(answer)
    return state


@pytest.mark.real
@pytest.mark.skipif(
    "RAY_CLUSTER" not in os.environ, reason="RAY_CLUSTER=1 starts a cluster of two nodes and callers, half a minute"
)
def test_every_call_is_heard_to_its_end_while_a_node_is_stopped(collector: Collector) -> None:
    with tempfile.TemporaryDirectory(prefix="ray-") as folder:  # its sockets need a short path
        environment = {
            "RAY_TMPDIR": folder, "PATIENCE": "0.5", "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url,
            "OTEL_METRIC_EXPORT_INTERVAL": "1000",
        }  # fmt: skip
        with running(environment) as example:
            [url] = example.wait_for(r"running on (http://\S+)")
            example.wait_for("takes calls at", 2)
            locust = [sys.executable, "-m", "locust", "-f", str(FOLDER / "locustfile.py"), "--host", url, "--headless"]
            callers = subprocess.Popen(
                [*locust, "--users", str(CALLS), "--spawn-rate", str(CALLS), "--json"], text=True,
                env=os.environ | {"CALLS": str(CALLS)}, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            )  # fmt: skip
            example.wait_for(r'"POST /calls ', CALLS)
            node = int(example.wait_for(r"node.py is process (\d+)")[0])
            os.kill(node, signal.SIGTERM)
            report, log = callers.communicate(timeout=LIMIT)
            assert callers.returncode == 0, log
            rows = {row["name"]: row for row in json.loads(report)}
            assert rows["call"]["num_requests"] == CALLS
            assert rows["call"]["num_failures"] == 0
            example.wait_for("is drained")
            state = read(f"{url}/readyz")
            assert list(state["calls"].values()) == [0]
    assert any(b"gen_ai.client.operation.duration" in post for post in collector.posts)
