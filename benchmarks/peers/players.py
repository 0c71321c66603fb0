"""Programs that play what a server sends, or send what they hear, while something keeps Python busy.

    python players.py SIDE NAME URL DISTURBANCE

Prints the time (`time.monotonic`) once it is connected. At each line of input it stops its sound, and prints the time
at which it was about to. OPENAI_EXAMPLE is the `audio_util.py` of openai-python's examples.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import ctypes
import importlib.util
import inspect
import json
import os
import queue
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from typing import Any, TypeAlias
from unittest.mock import MagicMock

import sounddevice
from websockets.asyncio.client import ClientConnection, connect as connect_bare

from realtime_sdk import connect

RATE = 24_000

SHARE = 0.005
"""Seconds between two bursts in which a thread holds the interpreter's lock."""

BLOCKED, FREE = 0.2, 0.3
"""Seconds for which the event loop is blocked, and runs, in turn."""

Client: TypeAlias = Callable[[str], AbstractAsyncContextManager[Callable[[], Any]]]
"""Connects to an address; gives what stops its sound."""


# Who plays


@asynccontextmanager
async def this_package_plays(url: str) -> AsyncIterator[Callable[[], Any]]:
    async with connect(endpoint=url, microphone=None) as session:
        yield session.interrupt


@asynccontextmanager
async def openai_example_plays(url: str) -> AsyncIterator[Callable[[], Any]]:
    """A callback in Python that takes arrays from a list, in blocks of 50 ms."""
    player = openai_example().AudioPlayerAsync()

    def play(event: dict[str, Any], pcm: bytes) -> None:
        part = {key: event[key] for key in ("response_id", "item_id", "content_index")}
        player.add_data(pcm, **part)

    async with deltas(url, play):
        yield player.stop


@asynccontextmanager
async def blocking_writer_plays(url: str) -> AsyncIterator[Callable[[], Any]]:
    """A thread that writes one delta after the other, each when the last one has been taken."""
    waiting: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    stream = sounddevice.RawOutputStream(RATE, channels=1, dtype="int16")
    stream.start()

    def write() -> None:
        while True:
            stream.write(waiting.get())

    threading.Thread(target=write, daemon=True).start()
    async with deltas(url, lambda _event, pcm: waiting.put(pcm)):
        yield stream.abort


@asynccontextmanager
async def deltas(url: str, play: Callable[[dict[str, Any], bytes], None]) -> AsyncIterator[None]:
    """Hand over each delta of sound as it comes."""

    async def listen(connection: ClientConnection) -> None:
        async for frame in connection:
            event = json.loads(frame)
            if event["type"] == "response.output_audio.delta":
                play(event, base64.b64decode(event["delta"]))

    async with connect_bare(url, max_size=None) as connection, asyncio.TaskGroup() as tasks:
        tasks.create_task(listen(connection))
        yield


# Who listens


@asynccontextmanager
async def this_package_listens(url: str) -> AsyncIterator[Callable[[], Any]]:
    async with connect(endpoint=url, speaker=None) as session:
        yield session.mute


@asynccontextmanager
async def openai_example_listens(url: str) -> AsyncIterator[Callable[[], Any]]:
    """PortAudio's blocking reads of 20 ms, for which the event loop looks whenever it has nothing else to do."""
    async with connect_bare(url) as connection, asyncio.TaskGroup() as tasks:
        wire = MagicMock()
        wire.send = lambda event: connection.send(json.dumps(event))
        worker = tasks.create_task(openai_example().send_audio_worker_sounddevice(wire))
        yield worker.cancel


def this_package_without_rtmixer(client: Client) -> Client:
    """Make of a client of this package one that has its callback in Python, all else alike."""

    @asynccontextmanager
    async def without(url: str) -> AsyncIterator[Callable[[], Any]]:
        sys.modules["rtmixer"] = None  # type: ignore[assignment]  # so it can't be imported
        async with client(url) as stop:
            yield stop

    return without


def openai_example() -> Any:
    """Load the example; what it imports for types and for reading files alone is not needed here."""
    for name in ("pyaudio", "pydub", "openai", "openai.resources.realtime.realtime"):
        sys.modules[name] = MagicMock()
    spec = importlib.util.spec_from_file_location("audio_util", os.environ["OPENAI_EXAMPLE"])
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


CLIENTS: dict[tuple[str, str], Client] = {
    ("play", "realtime_sdk"): this_package_plays,
    ("play", "its Python callback"): this_package_without_rtmixer(this_package_plays),
    ("play", "openai example"): openai_example_plays,
    ("play", "blocking writer"): blocking_writer_plays,
    ("listen", "realtime_sdk"): this_package_listens,
    ("listen", "its Python callback"): this_package_without_rtmixer(this_package_listens),
    ("listen", "openai example"): openai_example_listens,
}


# What keeps Python busy


@contextmanager
def disturbed(disturbance: str) -> Iterator[None]:
    """Do what `disturbance` says: "lock 80" holds the interpreter's lock 80 ms at a time, "loop" blocks the loop."""
    match disturbance.split():
        case ["lock", milliseconds]:
            threading.Thread(target=hold_lock, args=[int(milliseconds)], daemon=True).start()
            yield
        case ["loop"]:
            blocking = asyncio.ensure_future(block_loop())
            yield
            blocking.cancel()
        case _:
            yield


def hold_lock(milliseconds: int) -> None:
    library = ctypes.PyDLL(None)  # whose functions keep the lock while they run
    while True:
        time.sleep(SHARE)
        library.usleep(milliseconds * 1000)


async def block_loop() -> None:
    while True:
        await asyncio.sleep(FREE)
        time.sleep(BLOCKED)  # noqa: ASYNC251  # this is what is tried


async def main(side: str, name: str, url: str, disturbance: str) -> None:
    """Run a client until the input ends."""
    with contextlib.redirect_stdout(sys.stderr):  # an example may print; standard output is for the benchmark
        async with CLIENTS[side, name](url) as stop:
            print(time.monotonic(), file=sys.__stdout__, flush=True)
            with disturbed(disturbance):
                while await asyncio.to_thread(sys.stdin.readline):
                    told = time.monotonic()
                    if inspect.isawaitable(stopping := stop()):
                        await stopping
                    print(told, file=sys.__stdout__, flush=True)
            os._exit(0)  # how a client cleans up is not measured here


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
