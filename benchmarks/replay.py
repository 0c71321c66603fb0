"""CPU time of the replay of a ten-minute talk.

The talk is recorded first: 30 questions and 30 answers of 8 s, the microphone open throughout, noise in place of both
voices. Replays run in this process on the virtual clock, with every event of the session read. Printed is the process
time (user + system) of a whole replay, from reading the files to the end of the session, as the median of several.

    python benchmarks/replay.py [--minutes 10] [--runs 3]
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from functools import partial
from pathlib import Path

import anyio

from realtime_sdk import connect
from realtime_sdk.testing import FakeServer, VirtualMicrophone, VirtualSpeaker, message, noise, replay, run_virtual
from realtime_sdk.testing.recorded._replay import ReplayAligner

TEXT = "Once upon a time there was a king who counted every star that he could see from his tower, and wrote it down."
TURN_SECONDS, ANSWER_SECONDS, QUESTION_SECONDS = 20.0, 8.0, 1.5
ALIGNERS: tuple[ReplayAligner | None, ...] = ("recorded", "signal", None)


async def record(folder: Path, minutes: float) -> None:
    """Record a talk."""
    server, microphone = FakeServer(latency=0.05), VirtualMicrophone()
    talk = connect(
        endpoint=server, microphone=microphone, speaker=VirtualSpeaker(), record=folder, aligner="signal"
    )
    async with server, talk:
        for turn in range(round(minutes * 60 / TURN_SECONDS)):
            server.reply(message(TEXT, seconds=ANSWER_SECONDS), pace=4.0)
            microphone.say(noise(QUESTION_SECONDS, seed=turn))
            await server.user_speaks("Go on.", seconds=QUESTION_SECONDS)
            await anyio.sleep((turn + 1) * TURN_SECONDS - anyio.current_time())


async def read_events(folder: Path, aligner: ReplayAligner | None) -> int:
    """Replay it, and count its events."""
    async with replay(folder, aligner=aligner) as session:
        return len([event async for event in session.events()])


def cpu_seconds(folder: Path, aligner: ReplayAligner | None) -> float:
    begin = time.process_time()
    run_virtual(partial(read_events, folder, aligner))
    return time.process_time() - begin


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=10.0, help="length of the talk")
    parser.add_argument("--runs", type=int, default=3, help="replays of each kind")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name, "talk")
        run_virtual(partial(record, folder, options.minutes))
        for aligner in ALIGNERS:
            cpu_seconds(folder, aligner)  # what is loaded once in a process
            seconds = [cpu_seconds(folder, aligner) for _ in range(options.runs)]
            shown = ", ".join(f"{each:.2f}" for each in sorted(seconds))
            print(f"aligner={aligner!r}: {statistics.median(seconds):.2f} s of CPU time ({shown})")
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
