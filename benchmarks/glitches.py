"""Audio while Python is blocked: this package beside openai-python's example, a blocking writer and a Python callback.

The Python callback is this package's own, for machines without a wheel of rtmixer; the rest is the same.

A strict server (`realtime_sdk.testing.FakeServer`, on loopback) sends noise in which every frame is distinct, at twice
real time. The client, in a process of its own, plays it through PortAudio on a null sink of
PulseAudio, whose monitor is recorded; or it sends what it captures of noise that is played to the null sink whose
monitor is its microphone. From two seconds before the audio on, in the client's process:

    nothing   nothing happens
    lock N    a thread holds the interpreter's lock for N ms at a time, with 5 ms in between
    loop      the event loop is blocked for 200 ms, twice a second

The columns, medians of several runs but for the last:

    gaps      silences in the audio
    silence   ms of them
    lost      ms of the audio that are missing
    repeated  ms that were played twice
    clean     runs without any of that, of how many

Below: how long after a client is stopped the monitor is not silent yet.

    python benchmarks/glitches.py [--setup DIR | --openai FILE] [--runs 3] [--seconds 6] [--json] [--picture FILE]

`--setup` fetches openai-python's source distribution, of whose examples `audio_util.py` is used as it is; FILE is that.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import tarfile
import tempfile
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import asdict, astuple, dataclass
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))  # the sound server is the tests'

from realtime_sdk.audio._pcm import Pcm, to_bytes
from realtime_sdk.testing import FakeServer, message
from realtime_sdk.testing._sounds import noise, stretches
from tests.real.sound_server import MICROPHONE, RATE, Ear, SoundServer

PLAYERS = Path(__file__).parent / "peers" / "players.py"

CLIENTS = {
    "play": ("realtime_sdk", "its Python callback", "openai example", "blocking writer"),
    "listen": ("realtime_sdk", "its Python callback", "openai example"),
}

DISTURBANCES = ("nothing", "lock 20", "lock 80", "lock 150", "loop")

SEND_SPEED = 2.0
"""Seconds of audio sent per second."""

WARM_UP_SECONDS = 2.0
"""Seconds for which Python is blocked before there is any audio."""

DRAIN_SECONDS = 1.0
"""Seconds of silence after which a client has played, or sent, everything."""

CLIENT_TIMEOUT_SECONDS = 30.0
"""Seconds that a client may take to connect, or to play more."""

STOP_AFTER_SECONDS = 2.0
"""Seconds of audio after which a client is stopped."""


@dataclass(frozen=True, slots=True)
class Glitches:
    """Defects of recorded audio."""

    gaps: int
    silence_ms: float
    lost_ms: float
    repeated_ms: float


@dataclass(frozen=True, slots=True)
class Row:
    """How a client did."""

    side: str
    client: str
    disturbance: str
    glitches: Glitches  # medians
    clean: int  # runs without any
    runs: int


def judge(heard: Pcm, sound: Pcm) -> Glitches:
    """Hold what was heard against the sound that was played."""
    loud = np.flatnonzero(heard)
    heard = heard[loud[0] : loud[-1] + 1] if len(loud) else heard[:0]
    gaps = silent = lost = repeated = end = 0
    for stretch in stretches(heard, {"sound": sound}):
        if stretch.item_id is None:
            gaps += 1
            silent += stretch.frames
        else:
            lost += max(0, stretch.start - end)
            repeated += max(0, end - stretch.start)
            end = stretch.start + stretch.frames
    lost += len(sound) - end
    return Glitches(gaps, *(frames * 1000 / RATE for frames in (silent, lost, repeated)))


async def play(client: str, disturbance: str, seconds: float) -> Pcm:
    """Have a client play; give what was heard."""
    server = FakeServer()
    sound = noise(seconds, seed=1)
    server.reply(message(pcm=sound), pace=SEND_SPEED)
    async with server, server.listen() as url, running("play", client, url, disturbance):
        ear = Ear(time.monotonic)
        try:
            await ear.hear(WARM_UP_SECONDS)
            await server.user_speaks("Tell me.", 0.3)
            await ear.hear(seconds)
            while np.any(ear.recording[-round(DRAIN_SECONDS * RATE) :]):
                await ear.hear(DRAIN_SECONDS / 4)
            return ear.recording
        finally:
            ear.stop()


async def listen(client: str, disturbance: str, seconds: float) -> Pcm:
    """Have a client listen; give what it sent."""
    server = FakeServer()
    pcm = to_bytes(np.concatenate([noise(seconds, seed=1), np.zeros(RATE // 2, np.int16)]))
    player = ["pacat", "-d", MICROPHONE, "--raw", "--format=s16le", f"--rate={RATE}", "--channels=1",
              "--latency-msec=500"]  # fmt: skip
    async with server, server.listen() as url, running("listen", client, url, disturbance):
        await server.wait_for("input_audio_buffer.append")
        await asyncio.sleep(WARM_UP_SECONDS)
        pacat = await asyncio.create_subprocess_exec(*player, stdin=PIPE)
        await pacat.communicate(pcm)
        await asyncio.sleep(DRAIN_SECONDS)
        return server.heard


async def stop(client: str) -> float:
    """Tell a client to stop its sound; give the seconds until the monitor is silent."""
    server = FakeServer()
    server.reply(message(pcm=noise(2 * STOP_AFTER_SECONDS, seed=1)), pace=SEND_SPEED)
    ear = Ear(time.monotonic)
    try:
        async with server, server.listen() as url, running("play", client, url, "nothing") as process:
            await server.user_speaks("Tell me.", 0.3)
            while np.count_nonzero(ear.recording) < STOP_AFTER_SECONDS * RATE:
                await ear.hear(0.05)
            assert process.stdin is not None
            process.stdin.write(b"stop\n")
            said = await answer(process)
            await ear.hear(0.3)
            return ear.time_of(int(np.flatnonzero(ear.recording)[-1])) - said
    finally:
        ear.stop()


@asynccontextmanager
async def running(side: str, client: str, url: str, disturbance: str) -> AsyncIterator[Process]:
    """Run a client; it is connected. What it and the sound libraries complain of is shown if it fails."""
    command = [sys.executable, str(PLAYERS), side, client, url, disturbance]
    with tempfile.TemporaryFile() as complaints:
        process = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE, stderr=complaints)
        try:
            await answer(process)
            yield process
        except (ValueError, TimeoutError):
            complaints.seek(0)
            sys.stderr.buffer.write(complaints.read())
            raise
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()


async def answer(process: Process) -> float:
    """Wait for the client's next line: the time at which it did what it was to do."""
    assert process.stdout is not None
    async with asyncio.timeout(CLIENT_TIMEOUT_SECONDS):
        return float(await process.stdout.readline())


def measure(side: str, client: str, disturbance: str, options: argparse.Namespace) -> Row:
    """Run a client several times."""
    sound = noise(options.seconds, seed=1)
    job = play if side == "play" else listen
    runs = [asyncio.run(job(client, disturbance, options.seconds)) for _ in range(options.runs)]
    found = [astuple(judge(heard, sound)) for heard in runs]
    medians = Glitches(*map(statistics.median, zip(*found, strict=True)))
    return Row(side, client, disturbance, medians, clean=sum(not any(one) for one in found), runs=len(found))


def openai_example(options: argparse.Namespace) -> Path | None:
    """Find the example, or fetch it."""
    if options.setup is None:
        return None if options.openai is None else Path(options.openai).resolve()
    options.setup.mkdir(parents=True, exist_ok=True)
    fetch = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--no-binary", ":all:", "openai"]
    subprocess.run([*fetch, "-d", str(options.setup)], check=True)
    with tarfile.open(sorted(options.setup.glob("openai-*.tar.gz"))[-1]) as archive:
        name = next(name for name in archive.getnames() if name.endswith("examples/realtime/audio_util.py"))
        archive.extract(name, options.setup, filter="data")
    return Path(options.setup, name).resolve()


def line(row: Row) -> str:
    """Give a row of the table."""
    found = row.glitches
    figures = f"{found.gaps:>6g}{found.silence_ms:>10.0f}{found.lost_ms:>8.0f}{found.repeated_ms:>10.0f}"
    return f"{row.side:8}{row.client:21}{row.disturbance:10}{figures}{f'{row.clean} of {row.runs}':>10}"


def picture(names: tuple[str, ...], disturbance: str) -> Iterator[str]:
    """Draw as SVG what the monitor recorded of two seconds of each client."""
    width, height, room = 600, 60, 24
    size = f'viewBox="0 0 {width} {len(names) * (height + room)}"'
    yield f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="sans-serif" font-size="13">'
    for n, name in enumerate(names):
        heard = asyncio.run(play(name, disturbance, 4.0))
        begin = int(np.flatnonzero(heard)[0]) + RATE
        columns = heard[begin : begin + 2 * RATE].astype(int)[: 2 * RATE // width * width].reshape(width, -1)
        top = n * (height + room)
        points = [(x, column.max()) for x, column in enumerate(columns)]
        points += [(x, column.min()) for x, column in reversed(list(enumerate(columns)))]
        path = " ".join(f"{x},{top + room + height * (0.5 - 0.5 * y / 8000):.0f}" for x, y in points)
        colour = "#2a7" if name == "realtime_sdk" else "#c54"
        yield f'<text x="0" y="{top + room - 8}" fill="#888">{name}</text><polygon points="{path}" fill="{colour}"/>'
    yield "</svg>"


def main() -> None:
    """Run every client under every disturbance."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--setup", type=Path, metavar="DIR", help="fetch openai-python's example there, then run")
    parser.add_argument("--openai", metavar="FILE", help="where its audio_util.py is")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=6.0, help="of sound")
    parser.add_argument("--json", action="store_true", help="print one JSON object a row")
    parser.add_argument("--picture", type=Path, metavar="FILE", help="draw the waveforms under bursts of 80 ms instead")
    options = parser.parse_args()
    example = openai_example(options)
    if example is not None:
        os.environ["OPENAI_EXAMPLE"] = str(example)
    clients = {side: [c for c in names if example or c != "openai example"] for side, names in CLIENTS.items()}
    with SoundServer():
        if options.picture is not None:
            options.picture.write_text("\n".join(picture(tuple(clients["play"]), "lock 80")) + "\n")
            return
        print(f"load of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores", file=sys.stderr)
        if not options.json:
            print(f"{'side':8}{'client':21}{'meanwhile':10}{'gaps':>6}{'silence':>10}{'lost':>8}{'repeated':>10}{'clean':>10}")
        for side, names in clients.items():
            for disturbance in DISTURBANCES:
                for name in names:
                    row = measure(side, name, disturbance, options)
                    print(json.dumps(asdict(row)) if options.json else line(row), flush=True)
        for name in clients["play"]:
            silent_ms = 1000 * statistics.median(asyncio.run(stop(name)) for _ in range(options.runs))
            found = json.dumps({"client": name, "stop_to_silence_ms": silent_ms})
            print(found if options.json else f"{name}: silent {silent_ms:.0f} ms after it was stopped", flush=True)


if __name__ == "__main__":
    main()
