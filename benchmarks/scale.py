"""How many sessions one core carries in real time, with captions and without, and what breaks first.

All sessions run in one process, which has one core; the server, in a process of its own on the other core, sends
frames that were encoded beforehand, over WebSocket on loopback, with the sequence and pace of a voice service. In each
session the model speaks all the time (in a call it is silent for half the time or more), on a speaker without hardware;
one begins with another message than the next, so that what a message costs is spread over time, as it is of calls.
With `--microphone`, each session sends the user's audio as well. Its captions are read as they come, or unread (words
are timed all the same: a cut needs them), or untimed (`aligner=None`). `bare` is the floor: `websockets`, `json` and
`pybase64` alone, which play nothing.

    core      CPU time of the client's process, as a share of one core
    lag       by how much a timer of 10 ms was late: median and 99th percentile, in ms
    turn      CPU time of one turn of the event loop, which hardly depends on what else the machine does: the same
    waited    share of the time in which the process could have run, and other processes had its core
    captions  how long after its audio a caption was read: 99th percentile, in ms
    MB        memory of the client's process at most
    server    CPU time of the server's process, as a share of one core

    python benchmarks/scale.py [--sessions 1 20 …] [--captions untimed read …] [--seconds S] [--priority] [--uvloop]
        [--loops N] [--microphone] [--plot FILE]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import resource
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Final

import client_process
import cores
import numpy as np
import pybase64
import running_sessions
import scale_server
from loop_lag import Lag, MeasuredLoop, measured_lag
from websockets.asyncio.client import connect as connect_bare

import realtime_sdk
from realtime_sdk._runtime import clock
from realtime_sdk.audio._pcm import Pcm

SESSIONS: Final = (1, 20, 40, 60, 80, 100, 150, 200)
OPENED_A_SECOND: Final = 40
"""Sessions: opening one costs more than running it for a second."""
SETTLING_SECONDS: Final = 2.0
LAG_LIMIT: Final = 0.020
CAPTION_LIMIT: Final = 0.100
BLOCK_SECONDS: Final = 0.02
COLUMNS: Final = (
    "sessions", "captions", "core", "each", "lag", "turn", "waited", "captions late", "underruns", "MB", "server",
    "broken",
)  # fmt: skip
CAPTIONS: Final = {"bare": None, "untimed": None, "unread": "signal", "read": "signal"}
"""What an application does with the captions, and the aligner that it asks for."""


@dataclass(frozen=True)
class Load:
    """What some sessions cost, while all of them ran."""

    sessions: int
    captions: str  # a key of `CAPTIONS`
    core: float  # CPU seconds of the client a second
    lag: tuple[float, float]  # seconds: median, 99th percentile
    turn: tuple[float, float]
    waited: float
    caption_late: float  # seconds; nan: none was read
    read: int  # captions
    underruns: int
    memory: float  # MB of the client at most
    server: float  # CPU seconds of the server a second

    @property
    def broken(self) -> list[str]:
        """What was not as it should be."""
        limits = {
            "event loop": self.lag[1] > LAG_LIMIT, "captions": self.caption_late > CAPTION_LIMIT,
            "audio": self.underruns > 0, "core": self.core > 0.9,
        }  # fmt: skip
        return [name for name, is_broken in limits.items() if is_broken]


@dataclass
class Heard:
    """What the sessions reported while they were measured."""

    measuring: bool = False
    late: list[float] = field(default_factory=list)  # seconds of each caption
    underruns: int = 0


class SilentMicrophone:
    """An `InputDevice` that captures silence in real time."""

    async def open(self, rate: int) -> None:
        """Count from now on."""
        self._rate, self._captured, self._opened = rate, 0, clock.now()

    async def read(self) -> Pcm:
        """Return the next block once it has been captured."""
        block = np.zeros(round(BLOCK_SECONDS * self._rate), np.int16)
        self._captured += len(block)
        await asyncio.sleep(self._opened + self._captured / self._rate - clock.now())
        return block

    async def close(self) -> None:
        """There is nothing to close."""


async def listen(url: str, heard: Heard, *, captions: str, microphone: bool) -> None:
    """Run a session until it is cancelled."""
    devices: dict[str, Any] = {
        "microphone": SilentMicrophone() if microphone else None, "speaker": realtime_sdk.NullSpeaker()
    }  # fmt: skip
    connecting = realtime_sdk.connect(endpoint=url, aligner=CAPTIONS[captions], **devices)
    async with connecting as session, asyncio.TaskGroup() as tasks:
        tasks.create_task(_count_underruns(session, heard))
        async for response in session.responses():
            async for item in response:
                assert isinstance(item, realtime_sdk.MessageItem)
                if captions == "read":
                    await _read(item, heard)
                await item.played()


async def listen_bare(url: str) -> None:
    """Read the frames and decode their audio, until it is cancelled."""
    async with connect_bare(url, compression=None, max_size=None) as connection:
        async for frame in connection:
            event = json.loads(frame)
            if event["type"] == "response.output_audio.delta":
                pybase64.b64decode(event["delta"])


async def _read(item: realtime_sdk.MessageItem, heard: Heard) -> None:
    async for caption in item.captions():
        started = item.playout.started_at
        if heard.measuring and started is not None:
            heard.late.append(clock.wall() - started - caption.start)


async def _count_underruns(session: realtime_sdk.Session, heard: Heard) -> None:
    async for _ in session.events(realtime_sdk.Underrun):
        heard.underruns += heard.measuring


async def together(url: str, sessions: int, options: argparse.Namespace, *, captions: str) -> tuple[Any, ...]:
    """Open the sessions one after the other, and measure once all of them run."""
    heard = Heard()
    tasks = []
    for _ in range(sessions):
        if captions == "bare":
            tasks.append(asyncio.create_task(listen_bare(url)))
        else:
            session = listen(url, heard, captions=captions, microphone=options.microphone)
            tasks.append(asyncio.create_task(session))
        await asyncio.sleep(1 / OPENED_A_SECOND)
    await asyncio.sleep(SETTLING_SECONDS)
    heard.measuring = True
    with measured_lag() as lag:
        usage = await running_sessions.usage_for(options.seconds, options.profile)
    heard.measuring = False
    await running_sessions.end(tasks)
    return usage.core, lag, usage.waited, heard, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000


def run_client(url: str, sessions: int, options: argparse.Namespace, captions: str) -> tuple[Any, ...]:
    """Run the sessions, in a process of its own."""
    if options.priority:
        cores.go_first()
    loop = partial(run_loop, url, sessions // options.loops, options, captions)
    if options.loops == 1:
        return loop()
    with ThreadPoolExecutor(options.loops) as threads:
        running = [threads.submit(loop) for _ in range(options.loops)]
        return joined([each.result() for each in running])


def run_loop(url: str, sessions: int, options: argparse.Namespace, captions: str) -> tuple[Any, ...]:
    """Run sessions on an event loop of their own."""
    factory: Callable[[], asyncio.AbstractEventLoop] = MeasuredLoop
    if options.uvloop:
        import uvloop  # type: ignore[import-not-found,unused-ignore]  # only here

        factory = uvloop.new_event_loop
    with asyncio.Runner(loop_factory=factory) as runner:
        return runner.run(together(url, sessions, options, captions=captions))


def joined(loops: list[tuple[Any, ...]]) -> tuple[Any, ...]:
    """Return what several loops of a process measured at about the same time as the measurement of one."""
    shares, lags, waited, heards, memory = zip(*loops, strict=True)
    lag, heard = Lag(), Heard()
    for each in lags:
        lag.late += each.late
        lag.turns += each.turns
    for each in heards:
        heard.late += each.late
        heard.underruns += each.underruns
    return max(shares), lag, max(waited), heard, max(memory)


def measure(sessions: int, options: argparse.Namespace, *, captions: str) -> Load:
    """Measure in processes of their own."""
    with scale_server.running() as (url, server_cpu):
        began, spent = time.monotonic(), server_cpu()
        core, lag, waited, heard, memory = client_process.result_of(
            run_client, url, sessions, options, captions, on_cores=options.loops
        )
        server = (server_cpu() - spent) / (time.monotonic() - began)
    late = float(np.percentile(heard.late, 99)) if heard.late else float("nan")
    return Load(
        sessions, captions, core, _percentiles(lag.late), _percentiles(lag.turns), waited, late, len(heard.late),
        heard.underruns, memory, server,
    )  # fmt: skip


def _percentiles(seconds: list[float]) -> tuple[float, float]:
    if not seconds:
        return float("nan"), float("nan")
    median, late = np.percentile(seconds, (50, 99))
    return float(median), float(late)


def row(load: Load) -> str:
    """Return a row of the table."""
    lag, turn = (f"{each[0] * 1000:.1f} / {each[1] * 1000:.1f}" for each in (load.lag, load.turn))
    late = f"{load.caption_late * 1000:.0f} ({load.read})" if load.read else "-"
    return (
        f"| {load.sessions} | {load.captions} | {load.core:.1%} | {load.core / load.sessions:.2%} "
        f"| {lag} | {turn} | {load.waited:.0%} | {late} | {load.underruns} | {load.memory:.0f} | {load.server:.0%} "
        f"| {', '.join(load.broken) or '-'} |"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sessions", nargs="+", type=int, default=SESSIONS, metavar="N")
    parser.add_argument("--captions", nargs="+", choices=CAPTIONS, default=["untimed", "read"])
    parser.add_argument("--seconds", type=float, default=10.0, metavar="S", help="of each measurement")
    parser.add_argument("--loops", type=int, default=1, metavar="N", help="event loops, each in a thread, on N cores")
    parser.add_argument("--microphone", action="store_true", help="send the user's audio, too")
    parser.add_argument("--priority", action="store_true", help="go before other programs (root only)")
    parser.add_argument("--uvloop", action="store_true", help="on uvloop's event loop")
    parser.add_argument("--profile", type=Path, metavar="FILE", help="write a profile of the last measurement")
    parser.add_argument("--plot", type=Path, metavar="FILE", help="draw the figures; takes matplotlib")
    options = parser.parse_args()
    print(f"load before: {os.getloadavg()[0]:.1f}, {os.cpu_count()} cores")
    print(f"| {' | '.join(COLUMNS)} |")
    print("|---" * len(COLUMNS) + "|")
    curves: dict[str, list[tuple[int, float, float]]] = {captions: [] for captions in options.captions}
    for captions, curve in curves.items():
        for sessions in options.sessions:
            load = measure(sessions, options, captions=captions)
            curve.append((load.sessions, load.core, load.lag[1]))
            print(row(load), flush=True)
            if "core" in load.broken:
                break  # more sessions would only wait for it
    if options.plot is not None:
        import plot

        plot.draw_scale(curves, options.plot)


if __name__ == "__main__":
    main()
