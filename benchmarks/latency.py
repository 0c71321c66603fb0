"""How long audio takes through this package to the device, and the end of it: alone, and beside other work of the loop.

A server in a process of its own, on the other core, sends over WebSocket on loopback. One session is measured: short
messages, in deltas of 40 ms at the pace of speech, which the user cuts (the server's `speech_started`) or the
application (`Session.interrupt()`, called when a button is pressed) by turns. All times begin where the server sends,
so they include the kernel, the wait for the event loop, and the library's part:

    floor    a delta to the callback of bare `websockets`, `json` and `pybase64`, on the same event loop meanwhile
    delta    a delta to the device: `write` has returned
    inside   the part of that from the moment at which the session takes the frame
    first    the first delta of a message, which the prebuffer holds back: 40 ms where there is no jitter
    speech   `speech_started` to the device: `flush` has returned
    button   the button, a frame of a socket of its own, to the device: `flush` of `interrupt()` has returned

each in ms, the median and the 99th percentile, and how many there were; of several runs the medians of both, and the
sum. The time in which the process could have run, and other programs had its core, is subtracted: `waited` is its share
of all time. `core` is the CPU time of the client's process as a share of one core, `pages` how many the web server
serves in a second.

What runs beside it on the event loop: other sessions in which the model speaks all the time (as in `scale.py`), and a
web server (FastAPI on uvicorn) whose clients run in the server's process.

    python benchmarks/latency.py [--cases NAME …] [--seconds S] [--runs N] [--priority] [--profile FILE]
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import socket
import sys
import time
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import client_process
import cores
import latency_server
import numpy as np
import pybase64
import running_sessions
import scale
import server_process
from websockets.asyncio.client import connect as connect_bare

sys.path.insert(0, str(Path(__file__).parents[1]))  # the sound server is the tests'

import realtime_sdk
from realtime_sdk import connect as connect_session  # here, because loading it holds the event loop
from realtime_sdk.audio._pcm import Pcm, from_bytes
from realtime_sdk.devices import NullSpeaker, Speaker
from realtime_sdk.session.observers._tap import Tap
from tests.real.sound_server import SoundServer

SETTLING_SECONDS: Final = 3.0
COLUMNS: Final = ("floor", "delta", "inside", "first", "speech", "button")


@dataclass(frozen=True)
class Case:
    """What runs beside the measured session."""

    sessions: int = 0
    captions: str = "untimed"  # of the other sessions: a key of `scale.CAPTIONS`
    web: bool = False
    speaker: str = "null"  # or "card": the real one, on a null sink of PulseAudio


CASES: Final = {
    "alone": Case(),
    "50 sessions": Case(50),
    "20 with captions": Case(20, "read"),
    "50 with captions": Case(50, "read"),
    "web server": Case(web=True),
    "50 sessions, web server": Case(50, web=True),
    "alone, card": Case(speaker="card"),
    "50 sessions, card": Case(50, speaker="card"),
}


class WaitingLoop(asyncio.SelectorEventLoop):
    """An event loop that knows for how long the machine has made it wait."""

    def __init__(self) -> None:
        super().__init__()
        self._waiting = cores.WaitClock()
        self._turns: deque[tuple[float, float]] = deque(maxlen=1000)  # when each began, and the seconds waited by then

    def _run_once(self) -> None:
        self._turns.append((time.monotonic(), self.waited()))
        super()._run_once()  # type: ignore[misc]  # unknown to its stubs

    def waited(self) -> float:
        """Seconds for which this process was ready to run and had no core."""
        return self._waiting.time()

    def waited_since(self, at: float) -> float:
        """Seconds for which it was so since the turn in which a monotonic time fell."""
        before = next((waited for began, waited in reversed(self._turns) if began <= at), self._turns[0][1])
        return self.waited() - before


def seconds_since(at: float) -> float:
    """Seconds since a monotonic time, without those in which the running loop had no core."""
    seconds, loop = time.monotonic() - at, asyncio.get_running_loop()
    assert isinstance(loop, WaitingLoop)
    return max(0.0, seconds - loop.waited_since(at))


@dataclass
class Measured:
    """Seconds that each took, by its column."""

    late: dict[str, list[float]] = field(default_factory=lambda: {name: [] for name in COLUMNS})
    measuring: bool = False
    taken_at: float = 0.0  # monotonic time at which the session took the last frame
    stops: dict[str, float] = field(default_factory=dict)  # what is to stop the device now, and when it was sent

    def add(self, column: str, seconds: float) -> None:
        """Count one, unless the session is not measured yet."""
        if self.measuring:
            self.late[column].append(seconds)


class FrameTap(Tap):
    """Notes when a session takes a frame."""

    reads_captions = False

    def __init__(self, measured: Measured) -> None:
        self._measured = measured

    def received(self, frame: bytes | str) -> None:
        """A frame came from the server."""
        self._measured.taken_at = time.monotonic()
        assert isinstance(frame, bytes)
        if b"speech_started" in frame:
            self._measured.stops["speech"] = int(json.loads(frame)["event_id"].removeprefix("event_")) / 1e9


class StampedDevice:
    """An output device that measures how late its calls come."""

    def __init__(self, device: NullSpeaker | Speaker, measured: Measured) -> None:
        self._device = device
        self._measured = measured
        self._begun_at = 0.0  # monotonic time at which the first delta of a message was written
        self.patience = device.patience
        self.open, self.close, self.set_gain = device.open, device.close, device.set_gain
        self.room, self.played, self.pause, self.resume = device.room, device.played, device.pause, device.resume

    def write(self, pcm: Pcm) -> int:
        """Write to the device."""
        taken = self._device.write(pcm)
        if (stamp := latency_server.stamp_of(pcm)) is not None:
            number, sent_at = stamp
            if number == 0:
                self._begun_at = time.monotonic()
                self._measured.add("first", seconds_since(sent_at))
            elif sent_at > self._begun_at:  # else the prebuffer has held it back, too
                self._measured.add("delta", seconds_since(sent_at))
                self._measured.add("inside", seconds_since(self._measured.taken_at))
        return taken

    def flush(self) -> int:
        """Flush the device."""
        heard = self._device.flush()
        for column, sent_at in self._measured.stops.items():
            self._measured.add(column, seconds_since(sent_at))
        self._measured.stops.clear()
        return heard


async def talk(url: str, measured: Measured, case: Case) -> None:
    """Run the measured session until it is cancelled."""
    device = StampedDevice(Speaker() if case.speaker == "card" else NullSpeaker(), measured)
    connecting = connect_session(
        endpoint=f"{url}?measured", aligner=scale.CAPTIONS[case.captions], microphone=None, speaker=device,
        tap=FrameTap(measured),
    )  # fmt: skip
    async with (
        connect_bare(f"{url}?button", compression=None) as button,  # first: the server's first press needs it
        connecting as session,
        asyncio.TaskGroup() as tasks,
    ):
        tasks.create_task(_follow(session, case))
        async for frame in button:
            measured.stops["button"] = json.loads(frame)["pressed_at"]
            session.interrupt()


async def _follow(session: realtime_sdk.Session, case: Case) -> None:
    """Read the captions, where they are read, and the errors, which would make the figures worthless."""
    kinds = [realtime_sdk.ServerError, realtime_sdk.ProtocolViolation]
    async for event in session.events(*kinds, *([realtime_sdk.CaptionShown] if case.captions == "read" else [])):
        assert isinstance(event, realtime_sdk.CaptionShown), event


async def listen_bare(url: str, measured: Measured) -> None:
    """Read the deltas, decode their audio and call back, until it is cancelled: the floor."""
    async with connect_bare(f"{url}?bare", compression=None, max_size=None) as connection:
        async for frame in connection:
            event = json.loads(frame)
            if event["type"] == "response.output_audio.delta":
                pcm = from_bytes(pybase64.b64decode(event["delta"]))
                stamp = latency_server.stamp_of(pcm)
                assert stamp is not None
                measured.add("floor", seconds_since(stamp[1]))


@asynccontextmanager
async def serving(port: int, served: list[float]) -> AsyncIterator[None]:
    """Serve web pages on the running loop; `served` gets the monotonic time of each."""
    import fastapi  # only here: it is no dependency of the package
    import uvicorn

    app = fastapi.FastAPI()

    @app.get("/calls")
    async def calls() -> list[dict[str, Any]]:
        served.append(time.monotonic())
        return [{"id": f"call_{number}", "caller": "+31201234567", "seconds": number / 7} for number in range(50)]

    server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="warning"))
    task = asyncio.create_task(server.serve())
    try:
        yield
    finally:
        server.should_exit = True
        await task


@dataclass
class Result:
    """What was measured, and how busy the client was meanwhile."""

    late: dict[str, list[float]]
    core: float  # CPU seconds a second
    waited: float
    pages: float  # of the web server, a second


async def together(url: str, web_port: int | None, case: Case, options: argparse.Namespace) -> Result:
    """Open the sessions one after the other, and measure once all of them run."""
    measured, heard, served = Measured(), scale.Heard(), list[float]()
    async with contextlib.AsyncExitStack() as stack:
        if web_port is not None:
            await stack.enter_async_context(serving(web_port, served))
        tasks = []
        for _ in range(case.sessions):
            listening = scale.listen(f"{url}?talk", heard, captions=case.captions, microphone=False)
            tasks.append(asyncio.create_task(listening))
            await asyncio.sleep(1 / scale.OPENED_A_SECOND)
        await asyncio.sleep(SETTLING_SECONDS)
        tasks += [asyncio.create_task(listen_bare(url, measured)), asyncio.create_task(talk(url, measured, case))]
        await asyncio.sleep(SETTLING_SECONDS)
        measured.measuring = True
        usage = await running_sessions.usage_for(options.seconds, options.profile)
        measured.measuring = False
        pages = sum(at > usage.began for at in served) / usage.seconds
        await running_sessions.end(tasks)
    return Result(measured.late, usage.core, usage.waited, pages)


def run_client(url: str, web_port: int | None, case: Case, options: argparse.Namespace) -> Result:
    """Run the sessions, in a process of its own."""
    if options.priority:
        cores.go_first()
    with asyncio.Runner(loop_factory=WaitingLoop) as runner:
        return runner.run(together(url, web_port, case, options))


def measure(case: Case, options: argparse.Namespace) -> Result:
    """Measure in processes of their own."""
    web_port = _free_port() if case.web else None
    with server_process.running(latency_server.run, web_port, options.priority) as (url, _):
        return client_process.result_of(run_client, url, web_port, case, options, on_cores=1)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
        return port


def row(name: str, results: list[Result]) -> str:
    """Return a row of the table."""
    cells = [_cell([result.late[column] for result in results]) for column in COLUMNS]
    names = ("core", "waited", "pages")
    core, waited, pages = (float(np.median([getattr(each, name) for each in results])) for name in names)
    return f"| {name} | {' | '.join(cells)} | {core:.0%} | {waited:.1%} | {pages:.0f} |"


def _cell(runs: list[list[float]]) -> str:
    """Return the medians of several runs."""
    median, late = np.median([np.percentile(seconds, (50, 99)) for seconds in runs], axis=0) * 1000
    return f"{median:.2f} / {late:.1f} ({sum(map(len, runs))})"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", nargs="+", choices=CASES, metavar="NAME", help="of: " + ", ".join(CASES))
    parser.add_argument("--seconds", type=float, default=30.0, metavar="S", help="of each run")
    parser.add_argument("--runs", type=int, default=5, metavar="N", help="of each case, in turn")
    parser.add_argument("--priority", action="store_true", help="go before other programs (root only)")
    parser.add_argument("--profile", type=Path, metavar="FILE", help="write a profile of the last measurement")
    options = parser.parse_args()
    names = options.cases or [name for name, case in CASES.items() if case.speaker == "null"]
    print(f"load before: {os.getloadavg()[0]:.1f}, {os.cpu_count()} cores", flush=True)
    columns = ("beside", *COLUMNS, "core", "waited", "pages")
    results: dict[str, list[Result]] = {name: [] for name in names}
    with SoundServer() if any(CASES[name].speaker == "card" for name in names) else contextlib.nullcontext():
        for _ in range(options.runs):
            for name in names:
                results[name].append(measure(CASES[name], options))
    print(f"| {' | '.join(columns)} |")
    print("|---" * len(columns) + "|")
    for name in names:
        print(row(name, results[name]))


if __name__ == "__main__":
    main()
