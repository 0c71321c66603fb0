"""A day of talk in virtual time on connections that fail: the memory that it takes, and the tasks that it leaves.

Twelve turns an hour: the user speaks, the model answers with three seconds of audio whose captions are read; every
fifth turn calls a function, every seventh reply is interrupted. Each quarter of an hour the connection fails in one of
nine ways, in the middle of something; sessions expire after 1000 s, and are renewed before. The speaker keeps nothing
of what it played, and the server's record of its traffic is emptied each second. Two things grow by design, and are
in the figures: the session's history, and the copy of it that the server holds in the same process.

Printed are, after each hour, the resident memory and its growth since the first hour, in which caches fill, and what
is left in the end of tasks, threads and file descriptors.

    python benchmarks/soak.py [--hours 24] [--turns-per-hour 12]
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import os
import threading
from collections import Counter
from functools import partial
from typing import Any, Final

import anyio

from realtime_sdk import MessageItem, Session, connect
from realtime_sdk.testing import (
    Close,
    ConnectionFault,
    Expire,
    FakeServer,
    Phase,
    Refuse,
    Reset,
    Silence,
    VirtualSpeaker,
    call,
    message,
    run_virtual,
)

QUARTER: Final = 900.0
"""Seconds from one failure to the next."""

LIFETIME: Final = 1000.0
"""Seconds after which a session expires."""

FAULTS: Final[list[tuple[ConnectionFault, Phase]]] = [
    (Reset(), Phase.STREAMING),
    (Close(1001, "going away"), Phase.THINKING),
    (Silence(), Phase.USER_SPEAKING),
    (Expire(), Phase.DONE),
    (Close(1006), Phase.IN_TOOL),
    (Reset(), Phase.COMMITTED),
    (Close(1011, "internal error"), Phase.STREAMING),
    (Silence(), Phase.STREAMING),
    (Close(1000), Phase.DONE),
]

MEGABYTE: Final = 1 << 20


class ForgetfulSpeaker(VirtualSpeaker):
    """Plays, and keeps nothing of it."""

    def played(self) -> int:
        """Frames heard since `open`."""
        count = super().played()
        self._heard.clear()
        return count


class Soak:
    """The talk, and its figures."""

    def __init__(self, hours: float, turns_per_hour: int) -> None:
        self._end = hours * 3600.0
        self._pause = 3600.0 / turns_per_hour  # seconds from one turn to the next
        self._server = FakeServer(lifetime=LIFETIME)
        self.counts: Counter[str] = Counter()
        self.resident: list[int] = []  # bytes after each hour

    async def __call__(self) -> None:
        """Hold it."""
        connecting = connect(
            endpoint=self._server, speaker=ForgetfulSpeaker(), microphone=None, tools=[look],
            transcription={"model": "gpt-transcribe"}, aligner="signal",
        )  # fmt: skip
        async with self._server, connecting as session, anyio.create_task_group() as tasks:
            tasks.start_soon(self._count, session)
            tasks.start_soon(self._listen, session)
            tasks.start_soon(self._fail)
            tasks.start_soon(self._empty_the_record)
            tasks.start_soon(self._measure)
            await self._talk(session)
            tasks.cancel_scope.cancel()

    async def _talk(self, session: Session) -> None:
        for turn in range(int(self._end / self._pause)):
            begin = anyio.current_time()
            if turn % 5 == 0:
                self._server.reply(call("look", {"at": f"thing {turn}"}))
            self._server.reply(message(f"This is the answer to question {turn}.", seconds=3.0), pace=4.0)
            await self._ask(session, turn)
            self.counts["turns"] += 1
            await anyio.sleep_until(begin + self._pause)

    async def _ask(self, session: Session, turn: int) -> None:
        """One turn of the user; one that meets a connection that is down is typed."""
        if session.state == "reconnecting":
            await session.send_text(f"Question {turn}?")
        else:
            await self._server.user_speaks(f"Question {turn}?", seconds=1.0)
        if turn % 7 == 0:
            await anyio.sleep(1.5)
            await session.interrupt()

    async def _fail(self) -> None:
        for n in range(int(self._end / QUARTER)):
            await anyio.sleep(QUARTER)
            fault, phase = FAULTS[n % len(FAULTS)]
            self._server.fail(fault, at=phase)
            if n % 4 == 3:
                self._server.refuse_connections(2, Refuse(503))

    async def _count(self, session: Session) -> None:
        async for event in session.events():
            self.counts[type(event).__name__] += 1

    async def _listen(self, session: Session) -> None:
        async for response in session.responses():
            async for item in response:
                if isinstance(item, MessageItem):
                    await item.played()

    async def _measure(self) -> None:
        while True:
            await anyio.sleep(3600.0)
            self.resident.append(resident())
            grown = (self.resident[-1] - self.resident[0]) / MEGABYTE
            print(
                f"{len(self.resident):3} h  {self.resident[-1] / MEGABYTE:6.1f} MB  {grown:+6.1f} MB  "
                f"{self.counts['turns']} turns, {self.counts['Disconnected']} drops, "
                f"{self.counts['Reconnected']} connections", flush=True,
            )  # fmt: skip

    async def _empty_the_record(self) -> None:
        """Drop what the server keeps of the traffic, for tests, and of connections that are over.

        It holds all audio as text, and the whole history once for each connection. Kept for an hour, or until Python
        looks for cycles, that leaves the small objects of the session scattered over tens of megabytes, which can't be
        given back. The collector runs as it does in any process; it is called only once an hour, to measure.
        """
        server: Any = self._server
        while True:
            await anyio.sleep(1.0)
            for connection in server._running[:-1]:
                session = connection.session
                session.conversation = type(session.conversation)(session.conversation.id)
            for kept in (server.received, server.sent, server.connections, server._running):
                del kept[:-1]
            for connection in server._running:
                connection.received.clear()


async def look(at: str) -> str:
    """Look at something for a second."""
    await anyio.sleep(1.0)
    return f"{at} is there"


async def tasks_left_by(soak: Soak) -> list[str]:
    """Hold the talk; return the names of the tasks that are left."""
    await soak()
    return [task.get_name() for task in asyncio.all_tasks() if task is not asyncio.current_task()]


def resident() -> int:
    """Bytes of memory that are resident."""
    gc.collect()
    with open("/proc/self/statm", encoding="ascii") as figures:
        return int(figures.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def descriptors() -> int:
    """File descriptors that are open."""
    return len(os.listdir("/proc/self/fd"))


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--hours", type=float, default=24.0, help="virtual hours")
    parser.add_argument("--turns-per-hour", type=int, default=12)
    options = parser.parse_args()
    soak = Soak(options.hours, options.turns_per_hour)
    left = run_virtual(partial(tasks_left_by, soak), limit=options.hours * 3600.0 + 60.0)
    for thread in threading.enumerate():
        if thread is not threading.main_thread():
            thread.join(5.0)  # one that has been told to end may take a moment
    threads, open_files = threading.active_count(), descriptors()
    print(f"left: tasks {left}, threads {threads - 1}, file descriptors {open_files - 3}")


if __name__ == "__main__":
    main()
