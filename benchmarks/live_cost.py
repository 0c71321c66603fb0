"""What a live session costs on a real sound server: CPU time as a share of one core, by part and by thread.

PulseAudio runs with null sinks as speaker and microphone, and the microphone hears the speaker 6 dB down; the server
sends speech in real time over WebSocket on loopback. Both are processes of their own. Each case runs in a process of
its own, in turn, several times; printed are the medians.

    bare speaker   the floor: rtmixer's C callback playing silence, with the same block and latency, and an event loop
    bare duplex    the floor: the same, and rtmixer's recorder, whose ring is read by nothing
    bare socket    the floor: `websockets`, `json` and `pybase64` alone: decodes what comes, and sends the user's audio
                   in blocks of the microphone's, without any device
    idle           a session whose open speaker plays nothing
    playing        the model speaks all the time
    + microphone   and what is captured is sent, without an echo canceller
    + echo         and its echo is cancelled
    + captions     and the captions are read
    idle duplex    a session with speaker, microphone and echo canceller in which nothing is played

    wake-ups       how often a second the kernel ran a thread of the process that had waited
    waited         share of the time in which the process could have run, and others had its core

    python benchmarks/live_cost.py [--cases idle playing …] [--seconds 12] [--runs 3] [--speech DIR] [--threads]

`--speech`: a folder of clips, as `clips.from_folder` reads it; left out, eSpeak NG speaks.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import itertools
import json
import os
import statistics
import sys
import threading
import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Final, TypeAlias

sys.path.insert(0, str(Path(__file__).parents[1]))  # the sound server is the tests'

import client_process
import numpy as np
import pybase64
import server_process
from captions_load import joined
from clips import from_folder, synthesised
from methods import Delivery
from spoken_response import delivered
from websockets.asyncio.client import ClientConnection, connect as connect_bare
from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed

from realtime_sdk import MessageItem, Microphone, Session, Speaker, connect
from realtime_sdk.audio._pcm import WIRE_RATE, to_frames
from realtime_sdk.devices import _microphone, _portaudio, _speaker
from realtime_sdk.devices._stream import OpenDevice
from tests.real.sound_server import SoundServer

DELIVERY: Final = Delivery("1.05x", 1.05)
"""Real time, and a little more: a server that sent exactly as fast would let the speaker run dry."""

REPLY_SECONDS: Final = 60.0
SETTLING_SECONDS: Final = 4.0
"""Seconds before a measurement: what is loaded at the first delta, and what an echo canceller learns."""

ECHO: Final = 0.5
"""Amplitude of the echo."""

THREADS: Final = {"MainThread": "Python's event loop", "python": "PortAudio", "threaded-ml": "PulseAudio's client"}
"""What runs in a thread of this name."""

Case: TypeAlias = Callable[[str], AbstractAsyncContextManager[None]]


@dataclass(frozen=True)
class Cost:
    """CPU seconds a second of a process, in all and of each thread; how often it was woken, and waited."""

    core: float
    threads: dict[str, tuple[float, float]]  # CPU seconds a second, wake-ups a second
    wakes: float  # a second
    waited: float  # seconds a second


# The cases


@asynccontextmanager
async def bare(_url: str, *, capture: bool = False) -> AsyncIterator[None]:
    """PortAudio's streams as the devices open them, and nothing else."""
    output = _speaker.OUTPUT_LATENCY_SECONDS, _speaker.OUTPUT_BLOCK_SECONDS
    streams: list[OpenDevice] = [await _portaudio.open_mixer(None, WIRE_RATE, *output)]
    if capture:
        input = _microphone.INPUT_LATENCY_SECONDS, _microphone.INPUT_BLOCK_SECONDS
        streams.append(await _portaudio.open_recorder(None, WIRE_RATE, *input, None))
    try:
        yield
    finally:
        for stream in streams:
            await _portaudio.close(stream)


@asynccontextmanager
async def bare_socket(url: str) -> AsyncIterator[None]:
    """A WebSocket whose deltas are decoded, and on which the user's audio is sent."""
    async with connect_bare(url, max_size=None) as connection, asyncio.TaskGroup() as tasks:
        await connection.send(json.dumps({"type": "speak"}))
        running = [tasks.create_task(receive_bare(connection)), tasks.create_task(send_bare(connection))]
        try:
            yield
        finally:
            for task in running:
                task.cancel()


async def receive_bare(connection: ClientConnection) -> None:
    """Decode the audio that comes."""
    async for frame in connection:
        event = json.loads(frame)
        if event["type"] == "response.output_audio.delta":
            pybase64.b64decode(event["delta"])


async def send_bare(connection: ClientConnection) -> None:
    """Send audio in real time."""
    loop, seconds = asyncio.get_running_loop(), _microphone.INPUT_BLOCK_SECONDS
    block = np.random.default_rng(0).integers(-99, 99, to_frames(seconds, WIRE_RATE), np.int16).tobytes()
    began = loop.time()
    for number in itertools.count():
        await asyncio.sleep(began + seconds * number - loop.time())
        audio = pybase64.b64encode_as_string(block)
        await connection.send(json.dumps({"type": "input_audio_buffer.append", "audio": audio}))


@asynccontextmanager
async def session(url: str, *, speaks: bool = True, captions: bool = False, **options: Any) -> AsyncIterator[None]:
    """A session, whose model speaks where it is asked to."""
    options = {"speaker": Speaker(), "microphone": None, **options}
    async with connect(endpoint=url, **options) as opened, asyncio.TaskGroup() as tasks:
        listening = tasks.create_task(listen(opened, captions=captions))
        if speaks:
            opened.send({"type": "speak"})
        try:
            yield
        finally:
            listening.cancel()


async def listen(session: Session, *, captions: bool) -> None:
    """Take the items of the responses, and perhaps their captions."""
    async for response in session.responses():
        async for item in response:
            assert isinstance(item, MessageItem)
            if captions:
                async for _ in item.captions():
                    pass
            await item.played()


CASES: Final[dict[str, tuple[Case, dict[str, Any]]]] = {
    "bare speaker": (bare, {}),
    "bare duplex": (bare, {"capture": True}),
    "bare socket": (bare_socket, {}),
    "idle": (session, {"speaks": False}),
    "playing": (session, {"aligner": None}),
    "+ microphone": (session, {"aligner": None, "microphone": Microphone, "echo_canceller": None}),
    "+ echo": (session, {"aligner": None, "microphone": Microphone}),
    "+ captions": (session, {"aligner": "signal", "microphone": Microphone, "captions": True}),
    "idle duplex": (session, {"microphone": Microphone, "speaks": False}),
}


# The server


def run_server(speech: Path | None, ready: Connection) -> None:
    """Serve, in a process of its own: replies without a pause, from the first frame that asks for them."""
    clips = [clip for clip in (from_folder(speech) if speech else synthesised()) if clip.language == "en"]
    clip = next(joined(clips, REPLY_SECONDS))
    opened = json.dumps({"type": "session.created", "event_id": "event_0", "session": {"id": "sess"}})
    reply = [(at, json.dumps({"event_id": "event", **event})) for at, event in delivered(0, clip, DELIVERY)]

    asyncio.run(server_process.serve_sockets(Replies(opened, reply).give, ready))


@dataclass
class Replies:
    """Sends the frames of one reply over each connection, when they are due, once it is asked to."""

    opened: str
    reply: list[tuple[float, str]]

    async def give(self, connection: ServerConnection) -> None:
        """Serve a connection until it is closed."""
        await connection.send(self.opened)
        async with asyncio.TaskGroup() as tasks:
            async for frame in connection:
                if '"speak"' in str(frame):
                    tasks.create_task(self._speak(connection))

    async def _speak(self, connection: ServerConnection) -> None:
        loop = asyncio.get_running_loop()
        began = loop.time()
        with contextlib.suppress(ConnectionClosed):
            for at, event in self.reply:
                await asyncio.sleep(began + at - loop.time())
                await connection.send(event)


# The measurement


@dataclass
class Reading:
    """What the kernel has counted of each thread so far."""

    spent: dict[str, float] = field(default_factory=lambda: defaultdict[str, float](float))  # seconds of each thread
    wakes: dict[str, int] = field(default_factory=lambda: defaultdict[str, int](int))  # of each thread
    waited: float = 0.0  # seconds in which a thread could have run
    at: float = field(default_factory=time.monotonic)

    @classmethod
    def now(cls) -> Reading:
        """Read the counts of the process."""
        python = {thread.native_id: thread.name for thread in threading.enumerate()}
        reading = cls()
        for task in Path("/proc/self/task").iterdir():
            with contextlib.suppress(FileNotFoundError):  # it has ended
                spent, waited, _ = map(int, (task / "schedstat").read_text().split())
                status = (task / "status").read_text()
                name = python.get(int(task.name)) or (task / "comm").read_text().strip()
                name = THREADS.get(name, name)
                reading.spent[name] += spent / 1e9
                reading.waited += waited / 1e9
                reading.wakes[name] += int(status.split("\nvoluntary_ctxt_switches:")[1].split()[0])
        return reading

    def since(self, before: Reading) -> Cost:
        """What was spent between two readings."""
        seconds = self.at - before.at
        spent, wakes = Counter(self.spent), Counter(self.wakes)
        spent.subtract(before.spent)
        wakes.subtract(before.wakes)
        threads = {name: (spent[name] / seconds, wakes[name] / seconds) for name in self.spent}
        waited = (self.waited - before.waited) / seconds
        return Cost(sum(spent.values()) / seconds, threads, sum(wakes.values()) / seconds, waited)


async def measure(case: str, url: str, seconds: float) -> Cost:
    """Run a case and measure it once it has settled."""
    run, options = CASES[case]
    made = {name: value() if value is Microphone else value for name, value in options.items()}
    async with run(url, **made):
        await asyncio.sleep(SETTLING_SECONDS)
        before = Reading.now()
        await asyncio.sleep(seconds)
        return Reading.now().since(before)


def run_client(case: str, url: str, seconds: float) -> Cost:
    """Measure a case, in a process of its own."""
    return asyncio.run(measure(case, url, seconds))


def row(case: str, costs: list[Cost], *, threads: bool) -> str:
    """Return the rows of a case."""
    core, wakes, waited = (
        statistics.median(figures) for figures in zip(*((c.core, c.wakes, c.waited) for c in costs), strict=True)
    )
    spread = f"{min(c.core for c in costs):.1%}-{max(c.core for c in costs):.1%}"
    rows = [f"| {case} | {core:.2%} | {spread} | {wakes:.0f} | {waited:.1%} |"]
    if threads:
        for name in sorted({name for cost in costs for name in cost.threads}):
            figures = [cost.threads.get(name, (0.0, 0.0)) for cost in costs]
            share, woken = (statistics.median(column) for column in zip(*figures, strict=True))
            if share >= 0.0002:
                rows.append(f"| … {name} | {share:.2%} | | {woken:.0f} | |")
    return "\n".join(rows)


def main() -> None:
    """Measure every case."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", nargs="+", choices=CASES, default=list(CASES))
    parser.add_argument("--seconds", type=float, default=12.0, help="of each measurement")
    parser.add_argument("--runs", type=int, default=3, help="of each case, in turn")
    parser.add_argument("--speech", type=Path, metavar="DIR", help="a folder of clips")
    parser.add_argument("--threads", action="store_true", help="print each thread as well")
    options = parser.parse_args()
    load = os.getloadavg()[0]
    costs = defaultdict[str, list[Cost]](list)
    with SoundServer() as server, server.echo(50, ECHO), server_process.running(run_server, options.speech) as (url, _):
        for _ in range(options.runs):
            for case in options.cases:
                costs[case].append(client_process.result_of(run_client, case, url, options.seconds))
    print("| | of a core | from, to | wake-ups a second | waited |\n|---|---|---|---|---|")
    for case in options.cases:
        print(row(case, costs[case], threads=options.threads))
    print(f"\n{os.cpu_count()} cores, load {load:.1f} before and {os.getloadavg()[0]:.1f} after")


if __name__ == "__main__":
    main()
