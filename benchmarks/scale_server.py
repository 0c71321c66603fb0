"""A server of `scale.py`: each connection is sent the same frames, encoded beforehand, when they are due."""

from __future__ import annotations

import asyncio
import gc
import json
import multiprocessing
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import cycle, groupby
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Final, TypeAlias

import pybase64
from clips import synthesised
from methods import Delivery
from spoken_response import Event, SpokenResponse
from websockets.asyncio.server import ServerConnection, serve
from websockets.frames import Frame, Opcode
from websockets.protocol import State

from realtime_sdk.audio._pcm import to_bytes

DELIVERY: Final = Delivery("1.5x", 1.5)
PAUSE_SECONDS: Final = 0.3  # between two messages
TALK_SECONDS: Final = 240.0
CLIPS: Final = 12

Burst: TypeAlias = tuple[float, bytes]
"""Frames as they lie on the wire, and the seconds at which they are due."""


@contextmanager
def running() -> Iterator[tuple[str, Callable[[], float]]]:
    """Run the server on the last core: its address, and a function that returns its CPU seconds."""
    ours, theirs = multiprocessing.Pipe()
    server = multiprocessing.get_context("spawn").Process(target=_run, args=(theirs,), daemon=True)
    server.start()
    try:
        yield f"ws://127.0.0.1:{ours.recv()}", lambda: _cpu_seconds(server.pid)
    finally:
        server.terminate()
        server.join()


def _cpu_seconds(pid: int | None) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def talk() -> list[Burst]:
    """Return a talk whose messages are clips of several English voices."""
    clips = [clip for clip in synthesised() if clip.language == "en"][:CLIPS]
    events: list[tuple[float, Event]] = []
    begin = 0.0
    for number, clip in enumerate(cycle(clips)):
        if begin > TALK_SECONDS:
            break
        response = SpokenResponse(number, clip.text)
        deltas = [(at, _delta(piece, response.ids)) for at, piece in DELIVERY.arrivals(clip)]
        last = deltas[-1][0]
        events += [(begin + at, event) for at, event in (
            *((0.0, event) for event in response.beginning), *deltas, *((last, event) for event in response.end),
        )]  # fmt: skip
        begin += clip.seconds + PAUSE_SECONDS
    return [
        (at, b"".join(_on_the_wire({"event_id": f"event_{at}", **event}) for _, event in due))
        for at, due in groupby(events, key=lambda event: event[0])
    ]


def _delta(piece: object, ids: Event) -> Event:
    if isinstance(piece, str):
        return {"type": "response.output_audio_transcript.delta", **ids, "delta": piece}
    audio = pybase64.b64encode_as_string(to_bytes(piece))  # type: ignore[arg-type]  # not text: audio
    return {"type": "response.output_audio.delta", **ids, "delta": audio}


def _on_the_wire(event: Event) -> bytes:
    return Frame(Opcode.TEXT, json.dumps(event).encode()).serialize(mask=False)


def _run(ready: Connection) -> None:
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    bursts = talk()
    gc.freeze()
    asyncio.run(_serve(bursts, ready))


async def _serve(bursts: list[Burst], ready: Connection) -> None:
    opened = _on_the_wire({"type": "session.created", "event_id": "event_0", "session": {"id": "sess"}})

    async def handle(connection: ServerConnection) -> None:
        loop = asyncio.get_running_loop()
        connection.transport.write(opened)
        began = loop.time()
        reading = asyncio.create_task(_ignore(connection))
        for at, frames in bursts:
            await asyncio.sleep(began + at - loop.time())
            if connection.state is not State.OPEN:
                break
            connection.transport.write(frames)
        await reading

    async with serve(handle, "127.0.0.1", 0, compression=None, max_size=None, ping_interval=None) as server:
        ready.send(server.sockets[0].getsockname()[1])
        await asyncio.get_running_loop().create_future()


async def _ignore(connection: ServerConnection) -> None:
    async for _ in connection:
        pass
