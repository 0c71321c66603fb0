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
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest

from .on_ray import FOLDER

CALLS = 6

LIMIT = 120.0  # seconds for anything here, on however busy a machine


class Text:
    """A text that grows, in a thread of its own, until it is complete."""

    def __init__(self) -> None:
        self.text = ""
        self._is_complete = False
        self._grown = threading.Condition()

    def add(self, text: str, *, last: bool = False) -> None:
        with self._grown:
            self.text += text
            self._is_complete = last
            self._grown.notify_all()

    def wait_for(self, pattern: str, count: int = 1) -> list[Any]:
        """What a pattern has found, once it is found so often."""
        with self._grown:
            self._grown.wait_for(lambda: self._is_complete or len(re.findall(pattern, self.text)) >= count, LIMIT)
            found = re.findall(pattern, self.text)
        assert len(found) >= count, f"{pattern!r} did not come {count} times within {LIMIT:g} s:\n{self.text}"
        return found


class Program:
    """A program in Python that runs, and what it has printed."""

    def __init__(self, arguments: list[str], environment: dict[str, str]) -> None:
        self.process = subprocess.Popen(
            [sys.executable, *arguments], env=os.environ | environment, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        self.printed = Text()
        self._reader = threading.Thread(target=self._read, daemon=True)  # a full pipe would stop the program
        self._reader.start()

    def wait_for(self, pattern: str, count: int = 1) -> list[Any]:
        return self.printed.wait_for(pattern, count)

    def stop(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(LIMIT)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise
        self._reader.join(LIMIT)

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as lines:
            for line in lines:
                self.printed.add(line)
        self.printed.add("", last=True)


@contextmanager
def running(*arguments: str, **environment: str) -> Iterator[Program]:
    program = Program(list(arguments), environment)
    try:
        yield program
    finally:
        program.stop()


@contextmanager
def callers(file: Path, url: str) -> Iterator[Program]:
    """Callers who make a call each, after which Locust ends."""
    options = ["--headless", "--only-summary", "--users", str(CALLS), "--spawn-rate", str(CALLS), "--host", url]
    environment = {"CALLS": str(CALLS), "CALL_LIMIT": str(LIMIT), "PYTHONPATH": str(FOLDER)}
    with running("-m", "locust", "-f", str(file), *options, **environment) as program:
        yield program


def calls_and_faults(locust: Program) -> tuple[int, int]:
    """Of Locust's summary."""
    calls, faults = locust.wait_for(r"hear +call +(\d+) +(\d+)\(")[-1]
    return int(calls), int(faults)


class Collector(HTTPServer):
    """A collector of OpenTelemetry's metrics, which takes all."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Post)
        self.posts = Text()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Post(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        assert isinstance(self.server, Collector)
        self.server.posts.add(self.rfile.read(int(self.headers["Content-Length"])).decode("ascii", "replace"))
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


def read(url: str) -> dict[str, Any]:
    with urlopen(url, timeout=LIMIT) as answer:
        state: dict[str, Any] = json.load(answer)
    return state


@pytest.mark.skipif(
    os.environ.get("CI") != "true" and find_spec("locust") is None, reason="no Locust: pip install -e '.[dev]'"
)
def test_locust_ends_when_all_callers_hang_up_in_the_same_moment(tmp_path: Path) -> None:
    file = tmp_path / "locustfile_that_hears_at_once.py"
    file.write_text(
        "from contextlib import nullcontext\n"
        "import locustfile\n"
        "from locustfile import NUMBERS, Caller\n"
        "locustfile.connect = lambda client, path, call_id: (path, nullcontext())\n"
        "Caller.listen = lambda self, stream: NUMBERS\n"
    )
    with callers(file, "http://127.0.0.1:1") as locust:
        assert calls_and_faults(locust) == (CALLS, 0)
        assert locust.process.wait(LIMIT) == 0


@pytest.mark.real
@pytest.mark.skipif(
    "RAY_CLUSTER" not in os.environ, reason="RAY_CLUSTER=1 starts a cluster of two nodes and callers: 15 s and more"
)
def test_every_call_is_heard_to_its_end_while_a_node_is_stopped(collector: Collector) -> None:
    with tempfile.TemporaryDirectory(dir="/tmp", prefix="ray-") as folder:  # its sockets need a short path
        environment = {
            "RAY_TMPDIR": folder, "PATIENCE": "0.5", "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url,
            "OTEL_METRIC_EXPORT_INTERVAL": "1000",
        }  # fmt: skip
        with running(str(FOLDER / "run.py"), "0", **environment) as example:
            [url] = example.wait_for(r"running on (http://\S+)")
            example.wait_for("takes calls at", 2)
            with callers(FOLDER / "locustfile.py", url) as locust:
                example.wait_for(r'"POST /calls ', CALLS)
                node = int(example.wait_for(r"node.py is process (\d+)")[0])
                os.kill(node, signal.SIGTERM)
                assert calls_and_faults(locust) == (CALLS, 0), locust.printed.text
            example.wait_for("is drained")
            assert len(read(f"{url}/readyz")["calls"]) == 1
            collector.posts.wait_for("gen_ai.client.operation.duration")
