"""Barge-in: does the server remember what was heard? This package beside other clients, on one server and one device.

A strict server (`realtime_sdk.testing.FakeServer`, on loopback) sends a response of message items. The client, in a
process of its own, plays them on a simulated device that keeps every frame it has played (`peers/device.py`). When the
device reaches a given position, the server detects the user; two seconds later, the audio that the device has played is
compared with the client's truncations and deletions. Every item has distinct audio, so the device's record suffices to
find which items were heard, and how much of each. The cases:

    two items, 4 and 6 s, sent at 5 times real time; the user cuts in at 1.3 s of the second
    one item of 12 s, sent at twice real time; at 2.5 s, while it is still generated
    three items of 3 s, sent at 5 times real time; at 1 s of the second
    two items, 4 and 6 s, sent at once; at 1.3 s of the second
    two items, 4 and 6 s, sent little faster than real time; at 1.3 s of the second, while it is still generated

The columns:

    item     yes: of the items heard, the client truncated the one that was playing and no other; none: it truncated
             nothing
    error    ms between the end to which the client truncated an item and the end of what was heard of it, the largest
    unheard  items that were never heard and remain in the server's conversation
    cancels  how often the server (which detects the user) or the client cancelled the response: right is once while it
             is generated, otherwise never
    refused  requests of the client that the server refused

The other clients run in environments of their own, which `--setup` makes:

    python benchmarks/barge_in.py [--setup DIR | --peers DIR] [--only NAME ...] [--json]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import os
import sys
import tempfile
from asyncio.subprocess import PIPE, Process
from base64 import b64decode
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import anyio
from environments import interpreter, set_up

from realtime_sdk.audio._pcm import WIRE_RATE, Pcm, from_bytes
from realtime_sdk.testing import FakeServer, message
from realtime_sdk.testing._sounds import stretches

CLIENTS = Path(__file__).parent / "peers"

READY_SECONDS = 1.0
"""Seconds without a message from a client after which it is taken to be ready."""

QUESTION_SECONDS = 0.3
"""Seconds for which the user speaks to get the response."""

CORRECTION_SECONDS = 2.0
"""Seconds from the moment the user cuts in until the server's memory is compared; the user speaks all the while."""

CLIENT_TIMEOUT_SECONDS = 120.0
"""Seconds that a client has to reach the place where the user cuts in."""

TEXT = "All of this is said so that there is something to interrupt, and nobody will ask what it was."


@dataclass(frozen=True, slots=True)
class Case:
    """A response, and the place where the user cuts in."""

    name: str
    items: tuple[float, ...]  # seconds of each
    item: int  # the one that sounds then, counted from 1
    at: float  # seconds of it that were heard
    pace: float  # seconds of sound sent in a second

    @property
    def seconds(self) -> float:
        """Seconds of sound that are heard before the user cuts in."""
        return sum(self.items[: self.item - 1]) + self.at


CASES = (
    Case("two items, 5x", (4.0, 6.0), 2, 1.3, 5.0),
    Case("one item, 2x", (12.0,), 1, 2.5, 2.0),
    Case("three items, 5x", (3.0, 3.0, 3.0), 2, 1.0, 5.0),
    Case("two items, at once", (4.0, 6.0), 2, 1.3, math.inf),
    Case("two items, 1.2x", (4.0, 6.0), 2, 1.3, 1.2),
)


@dataclass(frozen=True, slots=True)
class Client:
    """Who takes part: a program of `peers/`, and what its environment has to hold."""

    program: str
    environment: str | None = None  # None: the one that runs the benchmark
    packages: tuple[str, ...] = ()
    arguments: tuple[str, ...] = ()

    def python(self, folder: Path | None) -> Path | None:
        """Give the interpreter; None where it is not installed."""
        if self.environment is None:
            return Path(sys.executable)
        return interpreter(folder, self.environment)


AGENTS = ("openai-agents", ("openai-agents", "websockets"))
CLIENTS_BY_NAME = {
    "realtime_sdk": Client("this_package.py"),
    "openai-agents": Client("openai_agents.py", *AGENTS),
    "openai-agents + tracker": Client("openai_agents.py", *AGENTS, arguments=("tracker",)),
    "livekit-agents": Client("livekit_agents.py", "livekit-agents", ("livekit-agents", "livekit-plugins-openai")),
    "pipecat": Client("pipecat_ai.py", "pipecat", ("pipecat-ai[openai]",)),
    "openai-python": Client("openai_python.py", "openai-python", ("openai[realtime]",)),
}


@dataclass(frozen=True, slots=True)
class Row:
    """What came of one case with one client; see the columns above."""

    case: str
    client: str
    version: str
    right_item: bool | None  # None: nothing was truncated
    error_ms: float | None
    unheard_left: int
    cancels: int
    refused: list[str]  # what the server said to each


class ClientFailed(Exception):
    """A client did not play the reply; the message says what it complained of."""


async def play(case: Case, name: str, python: Path) -> Row:
    """Let one client talk through one case."""
    server = FakeServer(done="per_item")  # kinder to clients that wait for an item's end than the service's order
    server.reply(*(message(TEXT, seconds=seconds) for seconds in case.items), pace=case.pace)
    client = CLIENTS_BY_NAME[name]
    command = [str(python), str(CLIENTS / client.program)]
    async with server, server.listen() as url:
        async with running([*command, url, str(case.seconds), *client.arguments]) as process:
            async with asyncio.timeout(CLIENT_TIMEOUT_SECONDS):
                await quiet(server, process)
                await server.user_speaks("Tell me.", QUESTION_SECONDS)
                await answer(process)
            cut = len(server.received), len(server.sent)
            with anyio.move_on_after(CORRECTION_SECONDS):
                await server.user_speaks("Stop.", 2 * CORRECTION_SECONDS)  # the turn lasts until after the cut
            memory = {item.id: item.frames for item in server.items if item.voiced}
            assert process.stdin is not None
            process.stdin.close()
            last = await answer(process)
        requests, events = server.received[cut[0] :], server.sent[cut[1] :]
        heard = heard_frames(from_bytes(b64decode(last["heard"])), server.sounds)
    right, error = judge(requests, heard)
    return Row(
        case.name, name, last["version"], right, error,
        unheard_left=sum(frames > 0 for item_id, frames in memory.items() if item_id not in heard),
        cancels=sum(map(is_cancel, [*requests, *events])),
        refused=[error["message"] for error in server.refused],
    )  # fmt: skip


@asynccontextmanager
async def running(command: list[str]) -> AsyncIterator[Process]:
    """Run a client; raise `ClientFailed` if it ends before its time, or lets the user wait."""
    environment = os.environ | {"OPENAI_API_KEY": "none"}
    with tempfile.TemporaryFile() as complaints:
        process = await asyncio.create_subprocess_exec(
            *command, stdin=PIPE, stdout=PIPE, stderr=complaints, env=environment, limit=1 << 26
        )
        try:
            yield process
        except (EOFError, TimeoutError) as error:
            complaints.seek(0)
            words = complaints.read().decode(errors="replace")[-2000:]
            raise ClientFailed(f"{' '.join(command)} did not play the reply:\n{words}") from error
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()


async def answer(process: Process) -> dict[str, Any]:
    """Wait for the client's next line."""
    assert process.stdout is not None
    line = await process.stdout.readline()
    if not line:
        raise EOFError
    said: dict[str, Any] = json.loads(line)
    return said


async def quiet(server: FakeServer, process: Process) -> None:
    """Wait until a client has connected and configured its session: it has no more to say."""
    count = -1
    while count != len(server.received) or not server.connections:
        if process.returncode is not None:
            raise EOFError
        count = len(server.received)
        await asyncio.sleep(READY_SECONDS)


def heard_frames(heard: Pcm, sounds: dict[str, Pcm]) -> Counter[str]:
    """Count the frames that were heard of each item; the last one in the counter is that which sounded last."""
    frames: Counter[str] = Counter()
    for stretch in stretches(heard, sounds):
        if stretch.item_id is not None:
            frames[stretch.item_id] += stretch.frames
    return frames


def judge(requests: list[dict[str, Any]], heard: Counter[str]) -> tuple[bool | None, float | None]:
    """Say whether the right item was truncated, and by how many milliseconds the worst truncation missed."""
    ends = {e["item_id"]: e["audio_end_ms"] for e in requests if e["type"] == "conversation.item.truncate"}
    if not ends:
        return None, None
    sounding = list(heard)[-1]
    error = max(abs(end - heard[item_id] / WIRE_RATE * 1000) for item_id, end in ends.items())
    return [item_id for item_id in ends if item_id in heard] == [sounding], error


def is_cancel(event: dict[str, Any]) -> bool:
    """Whether this is a client that cancels, or a server that did so on hearing the user."""
    if event["type"] != "response.done":
        return bool(event["type"] == "response.cancel")
    return (event["response"]["status_details"] or {}).get("reason") == "turn_detected"


def lines(row: Row) -> Iterator[str]:
    """Give a row of the table, and under it what the server refused."""
    item = {None: "none", True: "yes", False: "no"}[row.right_item]
    error = "-" if row.error_ms is None else f"{row.error_ms:.0f} ms"
    name = f"{row.client} {row.version}"
    yield f"{row.case:20}{name:32}{item:>5}{error:>10}{row.unheard_left:>9}{row.cancels:>9}{len(row.refused):>9}"
    for words in row.refused:
        yield f"{'':20}  refused: {words}"


def main() -> None:
    """Run every case with every client that is there."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--setup", type=Path, metavar="DIR", help="install the other clients there, then run")
    parser.add_argument("--peers", type=Path, metavar="DIR", help="where they were installed")
    parser.add_argument("--only", nargs="+", choices=CLIENTS_BY_NAME, default=list(CLIENTS_BY_NAME), metavar="NAME")
    parser.add_argument("--json", action="store_true", help="print one JSON object a row")
    options = parser.parse_args()
    if options.setup is not None:
        clients = CLIENTS_BY_NAME.values()
        set_up(options.setup, {client.environment: client.packages for client in clients if client.environment})
    folder = options.setup or options.peers
    pythons = {name: CLIENTS_BY_NAME[name].python(folder) for name in options.only}
    if not options.json:
        print(f"{'case':20}{'client':32}{'item':>5}{'error':>10}{'unheard':>9}{'cancels':>9}{'refused':>9}")
    for case in CASES:
        for name, python in pythons.items():
            if python is None:
                continue
            try:
                row = asyncio.run(play(case, name, python))
            except ClientFailed as failure:
                print(failure, file=sys.stderr)
            else:
                print(json.dumps(asdict(row)) if options.json else "\n".join(lines(row)), flush=True)
    missing = [name for name, python in pythons.items() if python is None]
    if missing:
        print(f"not installed: {', '.join(missing)}; --setup DIR installs them there", file=sys.stderr)


if __name__ == "__main__":
    main()
