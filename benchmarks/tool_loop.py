"""Loop lag while a tool runs: does a slow function hold up the sound, the microphone or the user?

A strict server (`realtime_sdk.testing.FakeServer`, in a process of its own) has the model call a function that takes
30 s. Meanwhile a text is sent every 3 s, and each answer is played to a device that keeps real time. A probe measures
by how much timers of 10 ms are late, and how long each turn of the loop lasts in CPU time, which hardly depends on what
else the machine does. Beside each case stands the same function on an event loop that does nothing else,
and the same talk without a function: what the machine and Python cost anyway.

    async        awaits
    sync         blocks in its thread, without using the processor
    bursts       computes in Python for 80 ms of every 100 ms, in its thread
    held lock    calls C code that keeps the interpreter lock for 20 ms at a time, every 100 ms

    python benchmarks/tool_loop.py [--seconds S] [--case NAME …] [--json]
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import inspect
import json
import sys
import time
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import anyio
from loop_lag import Lag, MeasuredLoop, measured_lag

import realtime_sdk
from realtime_sdk.testing import FakeServer, call, message

TEXT_SECONDS = 3.0
ANSWER_SECONDS = 2.0
BURST_SECONDS = 0.08
PERIOD_SECONDS = 0.1
HELD_SECONDS = 0.02

Function = Callable[[float], Any]


async def waiting(seconds: float) -> None:
    await asyncio.sleep(seconds)


def blocking(seconds: float) -> None:
    time.sleep(seconds)


def bursts(seconds: float) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        busy = time.monotonic() + BURST_SECONDS
        while time.monotonic() < busy:
            sum(number * number for number in range(1000))
        time.sleep(PERIOD_SECONDS - BURST_SECONDS)


def held_lock(seconds: float) -> None:
    numbers = range(numbers_summed_in(HELD_SECONDS))
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        sum(numbers)  # in C, which does not look whether another thread wants the lock
        time.sleep(PERIOD_SECONDS - HELD_SECONDS)


def numbers_summed_in(seconds: float) -> int:
    began = time.monotonic()
    sum(range(1_000_000))
    return round(1_000_000 * seconds / (time.monotonic() - began))


CASES: dict[str, Function | None] = {
    "no tool": None, "async": waiting, "sync": blocking, "bursts": bursts, "held lock": held_lock,
}  # fmt: skip


async def on_a_bare_loop(function: Function | None, seconds: float) -> None:
    if function is None:
        await asyncio.sleep(seconds)
    elif inspect.iscoroutinefunction(function):
        await function(seconds)
    else:
        await asyncio.to_thread(function, seconds)


async def in_a_session(function: Function | None, seconds: float, url: str) -> Lag:
    """Talk while the function runs, and return the lag; it is an error if the answers were not heard meanwhile."""
    tools = [] if function is None else [realtime_sdk.Tool(partial(function, seconds), name="work")]
    speaker = realtime_sdk.NullSpeaker()
    async with realtime_sdk.connect(endpoint=url, microphone=None, speaker=speaker, tools=tools) as session:
        await (await session.respond()).played()  # the first answer: what is loaded once is loaded
        await (await session.respond()).done()
        with measured_lag() as lag:
            await talk(session, seconds)
        heard = [item for item in session.conversation if item.type == "message" and item.role == "assistant"]
        assert sum(item.heard != "" for item in heard) >= int(seconds / TEXT_SECONDS) - 1, heard
        return lag


async def talk(session: realtime_sdk.Session, seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while True:
                session.send_text("Are you still there?")
                await asyncio.sleep(TEXT_SECONDS)


@asynccontextmanager
async def server(*, tool: bool) -> AsyncIterator[str]:
    """A server in a process of its own; yields its address."""
    arguments = [sys.executable, __file__, "--serve", *(["--tool"] if tool else [])]
    process = await asyncio.create_subprocess_exec(*arguments, stdout=PIPE)
    assert process.stdout is not None
    try:
        yield (await process.stdout.readline()).decode().strip()
    finally:
        process.terminate()
        await process.wait()


async def serve(*, tool: bool) -> None:
    fake = FakeServer()
    answer = message("Yes, I am still looking for it.", seconds=ANSWER_SECONDS)
    fake.reply(answer)
    if tool:
        fake.reply(call("work"))
    for _ in range(200):
        fake.reply(answer, pace=4.0)
    async with fake, fake.listen() as url:
        print(url, flush=True)
        await anyio.sleep_forever()


async def measure(name: str, seconds: float) -> dict[str, Any]:
    function = CASES[name]
    async with server(tool=function is not None) as url:
        session = await in_a_session(function, seconds, url)
    with measured_lag() as bare:
        await on_a_bare_loop(function, seconds)
    return {"case": name, "session": milliseconds(session), "bare loop": milliseconds(bare)}


def milliseconds(lag: Lag) -> dict[str, float]:
    """The figures of a row."""
    late, turns = sorted(lag.late), sorted(lag.turns)
    seconds = {
        "p50": late[len(late) // 2], "p99": late[int(len(late) * 0.99)], "longest": late[-1],
        "turn p99": turns[int(len(turns) * 0.99)], "turn longest": turns[-1],
    }  # fmt: skip
    return {name: round(1000 * value, 2) for name, value in seconds.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=30.0, help="that the function takes")
    parser.add_argument("--case", nargs="+", choices=CASES, default=list(CASES))
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--tool", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        asyncio.run(serve(tool=options.tool))
        return
    if not options.json:
        print(f"{'ms':<12}{'late: p50':>12}{'p99':>12}{'longest':>12}{'turn: p99':>12}{'longest':>12}")
    for name in options.case:
        with asyncio.Runner(loop_factory=MeasuredLoop) as runner:
            result = runner.run(measure(name, options.seconds))
        if options.json:
            print(json.dumps(result), flush=True)
            continue
        print(name)
        for side in ("session", "bare loop"):
            print(f"  {side:<10}{''.join(f'{value:12.2f}' for value in result[side].values())}", flush=True)


if __name__ == "__main__":
    main()
