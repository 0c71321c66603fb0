"""The memory that sessions take, and the time and memory that long conversations take.

Sessions: all are of one process and over sockets; the server is another process, so that only the client is measured.
Printed is the growth of the process's resident memory by each session: idle; while each plays a reply, which is sent a
tenth faster than it sounds, or all at once; and once that was heard. All play the same reply, on a `NullSpeaker`. With
captions, these are read. What Python has freed and keeps for the next reply counts as taken.

Captions: an aligner is fed the same reply, a tenth faster than it sounds, and places all of its words, however busy the
machine is. Printed is what Python holds of it just before the end of text and audio, beside the audio.

Items: one session takes in items as fast as it can, whose frames come out of memory: the user's messages; the messages
of a response each, as text or spoken and not heard; the messages of one response. Printed are the CPU time, and
the memory that each item keeps.

    python benchmarks/memory.py [--sessions 100] [--items 1000 10000] [--by-file]
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import os
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack
from multiprocessing.connection import Connection
from typing import Final

import client_process
import pybase64
import server_process
from captions_load import Frames, Recorded, joined
from clips import synthesised
from methods import Delivery
from spoken_response import Event, SpokenResponse, delivered
from websockets.asyncio.server import ServerConnection

from realtime_sdk import MessageItem, NullSpeaker, Session, TranscriptAligner, connect
from realtime_sdk.audio._pcm import WIRE_RATE, Pcm

MEGABYTE: Final = 1 << 20

WARM_UP: Final = 5
"""Sessions before those that are measured: what they load, they load for all."""

READ_BYTES: Final = 1 << 16
"""Of a burst, as one read of a socket brings them."""

UNREAD_PERIOD: Final = 0.2
"""Seconds between two placings of words, as in a session whose captions are not read."""

DELIVERIES: Final = (Delivery("1.1x", 1.1), Delivery("at once", 1e9))


def resident() -> int:
    """Bytes of memory that are resident."""
    gc.collect()
    with open("/proc/self/statm", encoding="ascii") as figures:
        return int(figures.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


# Sessions


def run_server(seconds: float, ready: Connection) -> None:
    """Serve, in a process of its own: a reply for each frame of a client, which names how it is delivered."""
    clip = next(joined((clip for clip in synthesised() if clip.language == "en"), seconds))
    session = json.dumps({"type": "session.created", "event_id": "event_0", "session": {"id": "sess_1"}})
    replies = {
        delivery.name: [(at, json.dumps({"event_id": "event", **event})) for at, event in delivered(0, clip, delivery)]
        for delivery in DELIVERIES
    }

    async def talk(connection: ServerConnection) -> None:
        await connection.send(session)
        async for frame in connection:
            began = asyncio.get_running_loop().time()
            for at, event in replies[json.loads(frame)["delivery"]]:
                await asyncio.sleep(began + at - asyncio.get_running_loop().time())
                await connection.send(event)

    asyncio.run(server_process.serve_sockets(talk, ready))


async def listen(session: Session, delivery: str, audible: asyncio.Semaphore, *, captions: bool) -> None:
    """Have a session play a reply; `audible` is released once some of it was heard."""
    session.send({"type": "speak", "delivery": delivery})
    response = await anext(session.responses())
    async for item in response:
        assert isinstance(item, MessageItem)
        if captions:
            async for _ in item.captions():
                audible.release()
        await item.played()


async def speaking(sessions: list[Session], delivery: str, seconds: float, *, captions: bool) -> int:
    """Have all sessions play a reply; returns the resident memory in the midst of it."""
    audible = asyncio.Semaphore(0)
    listeners = [asyncio.ensure_future(listen(each, delivery, audible, captions=captions)) for each in sessions]
    await asyncio.sleep(seconds / 2)
    in_the_midst = resident()
    await asyncio.gather(*listeners)
    return in_the_midst


async def measure_sessions(url: str, options: argparse.Namespace, delivery: str, *, captions: bool) -> None:
    """Open sessions, let them be idle, speak and be silent again; print what each takes."""
    async with AsyncExitStack() as stack:

        async def opened(count: int) -> list[Session]:
            return [
                await stack.enter_async_context(connect(endpoint=url, speaker=NullSpeaker(), microphone=None))
                for _ in range(count)
            ]

        await speaking(await opened(WARM_UP), delivery, options.seconds, captions=captions)
        before = resident()
        if options.by_file:
            tracemalloc.start(6)
        sessions = await opened(options.sessions)
        idle = resident()
        if options.by_file:
            show_by_file("idle", options.sessions)
        spoken = await speaking(sessions, delivery, options.seconds, captions=captions)
        after = resident()
        if options.by_file:
            show_by_file("after", options.sessions)
            tracemalloc.stop()
        each = [(figure - before) / options.sessions / MEGABYTE for figure in (idle, spoken, after)]
        name = f"{delivery}, captions" if captions else delivery
        row = " | ".join(f"{figure:.2f}" for figure in each)
        print(f"| {name} | {row} | {threading.active_count()} |", flush=True)


def show_by_file(when: str, sessions: int) -> None:
    """Print what Python's allocations of each file hold, for each session."""
    print(f"{when}: KiB a session, by file")
    for statistic in tracemalloc.take_snapshot().statistics("filename")[:25]:
        print(f"{statistic.size / sessions / 1024:9.1f}  {statistic.traceback[0].filename[-70:]}")


def sessions_table(options: argparse.Namespace) -> None:
    """Print the table of sessions."""
    print(f"{options.sessions} sessions, a reply of {options.seconds:g} s: MB each\n")
    print("| | idle | speaking | silent again | threads |\n|---|---|---|---|---|")
    for delivery in DELIVERIES:
        for captions in (False, True):
            with server_process.running(run_server, options.seconds) as (url, _):
                client_process.result_of(run_sessions, url, options, delivery.name, captions)


def run_sessions(url: str, options: argparse.Namespace, delivery: str, captions: bool) -> None:
    """Measure sessions, in a process of their own."""
    asyncio.run(measure_sessions(url, options, delivery, captions=captions))


# Captions


def captions_row(seconds: float) -> None:
    """Print what an aligner holds."""
    clip = next(joined((clip for clip in synthesised() if clip.language == "en"), seconds))
    arrivals = DELIVERIES[0].arrivals(clip)
    place_words(arrivals)  # loads what is loaded once
    tracemalloc.start()
    aligner = place_words(arrivals)
    gc.collect()
    held = tracemalloc.get_traced_memory()[0] / MEGABYTE
    tracemalloc.stop()
    print(f"\n{aligner} holds {held:.2f} MB just before the end")


def place_words(arrivals: list[tuple[float, str | Pcm]]) -> TranscriptAligner:
    """Return an aligner that has placed the words of what arrived, every 0.2 s."""
    aligner, heard = TranscriptAligner(WIRE_RATE), 0.0
    for at, piece in arrivals:
        if isinstance(piece, str):
            aligner.push_text(piece)
        else:
            aligner.push_audio(piece)
        while heard + UNREAD_PERIOD <= at:
            heard += UNREAD_PERIOD
            aligner.due(heard)
    return aligner


# Items


def user_messages(count: int) -> Iterator[Event]:
    previous: str | None = None
    for n in range(count):
        item: Event = {"id": f"item_{n}", "type": "message", "role": "user", "status": "completed"}
        item |= {"content": [{"type": "input_text", "text": f"Message {n}."}]}
        for kind in ("conversation.item.added", "conversation.item.done"):
            yield {"type": kind, "previous_item_id": previous, "item": item}
        previous = item["id"]


def replies(count: int) -> Iterator[Event]:
    for n in range(count):
        response = SpokenResponse(n, f"Reply {n}.")
        yield from response.beginning
        yield {"type": "response.output_audio_transcript.delta", **response.ids, "delta": response.text}
        yield from response.end


def spoken_replies(count: int) -> Iterator[Event]:
    sound = pybase64.b64encode_as_string(bytes(960))  # 20 ms
    for event in replies(count):
        yield event
        if event["type"] == "response.output_audio_transcript.delta":
            yield {**event, "type": "response.output_audio.delta", "delta": sound}


def one_response(count: int) -> Iterator[Event]:
    yield {"type": "response.created", "response": {"id": "resp", "status": "in_progress", "output": []}}
    for event in replies(count):
        if not event["type"].startswith(("response.created", "response.done")):
            yield {**event, "response_id": "resp"} if "response_id" in event else event


ITEMS: Final[dict[str, Callable[[int], Iterator[Event]]]] = {
    "the user's": user_messages, "replies": replies, "spoken replies": spoken_replies, "one response": one_response,
}  # fmt: skip


class Backlog(Recorded):
    """Frames that are all there, as many at a time as one read of a socket brings; `taken`: the last was taken."""

    def __init__(self, frames: Frames) -> None:
        super().__init__(frames)
        self.taken = asyncio.Event()

    async def receive(self) -> str:
        """Return the first frame of the next read."""
        if self._next == len(self._frames):
            self.taken.set()
        return await super().receive()

    def arrived(self) -> list[str]:
        """Return the other frames of this read."""
        begin, size = self._next, 0
        while self._next < len(self._frames) and size < READ_BYTES:
            size += len(self._frames[self._next][1])
            self._next += 1
        return [frame for _, frame in self._frames[begin : self._next]]


async def take_in(events: Iterator[Event]) -> tuple[float, int]:
    """Take in events; returns the CPU seconds, and the bytes that they leave."""
    frames = [(0.0, json.dumps({"event_id": "event", **event})) for event in events]
    session = (0.0, json.dumps({"type": "session.created", "session": {"id": "sess"}}))
    backlog = Backlog([session, *frames])
    async with connect(endpoint=backlog, speaker=None, microphone=None):
        before, began = resident(), time.process_time()
        await backlog.taken.wait()
        return time.process_time() - began, resident() - before


def items_table(options: argparse.Namespace) -> None:
    """Print the table of items."""
    print("\n| items | " + " | ".join(f"{count}" for count in options.items) + " |")
    print("|---" * (len(options.items) + 1) + "|")
    for name, make in ITEMS.items():
        cells = []
        for count in options.items:
            seconds, kept = asyncio.run(take_in(make(count)))
            cells.append(f"{seconds:.2f} s, {kept / count / 1024:.1f} KiB each")
        print(f"| {name} | {' | '.join(cells)} |", flush=True)


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--sessions", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=20.0, help="of the reply")
    parser.add_argument("--items", type=int, nargs="*", default=[1000, 10_000])
    parser.add_argument("--by-file", action="store_true", help="print what the files of the package hold")
    options = parser.parse_args()
    if options.sessions:
        sessions_table(options)
        client_process.result_of(captions_row, options.seconds)
    items_table(options)
    print(f"\n{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
