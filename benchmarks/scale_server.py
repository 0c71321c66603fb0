"""A server of `scale.py`: connections are sent the frames of a talk, encoded beforehand, when they are due."""

from __future__ import annotations

import asyncio
import gc
import json
import os
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import accumulate, cycle, groupby
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Final, TypeAlias

import cores
import server_process
from clips import Clip, synthesised
from methods import Delivery
from spoken_response import Event, delivered
from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed
from websockets.frames import Frame, Opcode
from websockets.protocol import State

DELIVERY: Final = Delivery("1.5x", 1.5)
PAUSE_SECONDS: Final = 0.3  # between two messages
TALK_SECONDS: Final = 240.0
CLIPS: Final = 12

Burst: TypeAlias = tuple[float, bytes]
"""Frames as they lie on the wire, and the seconds at which they are due."""


@contextmanager
def running() -> Iterator[tuple[str, Callable[[], float]]]:
    """Run the server on the last core: its address, and a function that returns its CPU seconds."""
    with server_process.running(_run) as (url, pid):
        yield url, lambda: _cpu_seconds(pid)


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def english_clips() -> list[Clip]:
    """Return clips of several English voices."""
    return [clip for clip in synthesised() if clip.language == "en"][:CLIPS]


def message_begins(clips: Sequence[Clip]) -> list[float]:
    """Return the seconds of a talk at which the messages of these clips begin, each once."""
    return list(accumulate((clip.seconds + PAUSE_SECONDS for clip in clips[:-1]), initial=0.0))


def talk(clips: Sequence[Clip] | None = None) -> list[Burst]:
    """Return a talk whose messages are these clips over and over, those of several English voices if left out."""
    clips = english_clips() if clips is None else clips
    events: list[tuple[float, Event]] = []
    begin = 0.0
    for number, clip in enumerate(cycle(clips)):
        if begin > TALK_SECONDS:
            break
        events += [(begin + at, event) for at, event in delivered(number, clip, DELIVERY)]
        begin += clip.seconds + PAUSE_SECONDS
    return [
        (at, b"".join(on_the_wire({"event_id": f"event_{at}", **event}) for _, event in due))
        for at, due in groupby(events, key=lambda event: event[0])
    ]


def on_the_wire(event: Event) -> bytes:
    """Return the frame of an event."""
    return Frame(Opcode.TEXT, json.dumps(event).encode()).serialize(mask=False)


class Talk:
    """Sends the frames of a talk over each connection, when they are due.

    begins: seconds of the talk at which one connection after the other begins, over and over; left out, all of them
        begin with its first frame.
    """

    def __init__(self, bursts: list[Burst], begins: Sequence[float] = (0.0,)) -> None:
        self._bursts = bursts
        self._begins = cycle(begins)
        self._opened = on_the_wire({"type": "session.created", "event_id": "event_0", "session": {"id": "sess"}})

    async def give(self, connection: ServerConnection) -> None:
        """Send the frames, until the connection is closed."""
        loop = asyncio.get_running_loop()
        connection.transport.write(self._opened)
        begin = next(self._begins)
        began = loop.time() - begin
        reading = asyncio.create_task(_ignore(connection))
        for at, frames in self._bursts[bisect_left(self._bursts, (begin,)) :]:
            await asyncio.sleep(began + at - loop.time())
            if connection.state is not State.OPEN:
                break
            connection.transport.write(frames)
        await reading


async def _ignore(connection: ServerConnection) -> None:
    with suppress(ConnectionClosed):  # a client that is measured no more is cancelled
        async for _ in connection:
            pass


def _run(ready: Connection) -> None:
    cores.take_last_core()
    clips = english_clips()
    conversation = Talk(talk(clips), message_begins(clips))
    gc.freeze()
    asyncio.run(server_process.serve_sockets(conversation.give, ready))
