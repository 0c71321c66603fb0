"""The cost of captions while many sessions run in one process: CPU time, and how long the event loop is held.

Twenty sessions talk at the same time, in real time, each over a connection in memory that delivers a voice's audio and
text as a service does. Each case runs twice: with captions, which are read as they come, and without, as the baseline.
One session before them is not counted: it loads what all need, some tenths of a second once a process.

    1.1x           audio and text little faster than they are played
    4x             the same, four times as fast as they are played
    at once        a minute of audio and its text arrive at the beginning, the sessions half a second apart
    no spaces      1.1x, with a text of 10 000 letters in one piece
    blanks         1.1x, with 10 000 blanks before each message's words

The columns: the share of a core that one session takes, with captions and without, and the difference; how long one
turn of the event loop lasts in CPU time, which hardly depends on what else the machine does: 99th percentile and
longest, with captions and without; and by how much a timer of 10 ms is late.

    python benchmarks/captions_load.py [--case NAME …] [--sessions N] [--seconds S] [--aligner NAME] [--profile FILE]
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import cProfile
import gc
import json
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import cycle, islice
from pathlib import Path
from typing import TypeAlias

import numpy as np
from clips import Clip, synthesised
from loop_lag import Lag, MeasuredLoop, measured_lag
from methods import Delivery
from spoken_response import Event, delivered

from realtime_sdk import MessageItem, NullSpeaker, connect
from realtime_sdk.session.opening._aligner_name import AlignerName

Frames: TypeAlias = list[tuple[float, str]]
"""Frames of a talk, and the seconds at which they arrive."""

PAUSE_SECONDS = 0.3  # between two messages
MINUTE = 60.0
DEGENERATE_CHARACTERS = 10_000
LOADED_SECONDS = 3.0  # of the session that is not counted


@dataclass(frozen=True)
class Case:
    """How messages arrive, the changes to their clips, and the seconds between the beginnings of two sessions."""

    delivery: Delivery
    changed: Callable[[Clip], Clip] = lambda clip: clip
    clip_seconds: float = 0.0  # clips are joined until a message is as long
    stagger: float = 0.137


def without_spaces(clip: Clip) -> Clip:
    return replace(clip, text=("abcdefghij" * DEGENERATE_CHARACTERS)[:DEGENERATE_CHARACTERS], words=[(0, 0.0)])


def after_blanks(clip: Clip) -> Clip:
    words = [(at + DEGENERATE_CHARACTERS, onset) for at, onset in clip.words]
    return replace(clip, text=" " * DEGENERATE_CHARACTERS + clip.text, words=words)


SLOW = Delivery("1.1x", 1.1)
CASES = {
    "1.1x": Case(SLOW),
    "4x": Case(Delivery("4x", 4)),
    "at once": Case(Delivery("at once", 1e9), clip_seconds=MINUTE, stagger=0.5),
    "no spaces": Case(SLOW, without_spaces),
    "blanks": Case(SLOW, after_blanks),
}


@dataclass(frozen=True)
class Load:
    """The cost of some sessions."""

    core: float  # share of a core for each session
    lag: Lag
    captions: int  # that were read


class Recorded:
    """An `Endpoint` and its `Transport`: frames that arrive at seconds after the connection was opened."""

    name = "the recording"

    def __init__(self, frames: Frames) -> None:
        self._frames = frames
        self._next = 0
        self._opened = 0.0  # loop time

    async def connect(self, model: str | None, api_key: str | None) -> Recorded:
        """Start the clock."""
        self._opened = asyncio.get_running_loop().time()
        return self

    async def send(self, text: str) -> None:
        """Ignore the events of the client."""

    async def receive(self) -> str:
        """Return the next frame once it is due."""
        if self._next == len(self._frames):
            await asyncio.get_running_loop().create_future()  # the talk is over; the session is left
        at, frame = self._frames[self._next]
        self._next += 1
        await asyncio.sleep(self._opened + at - asyncio.get_running_loop().time())
        return frame

    async def close(self) -> None:
        """There is nothing to close."""


def joined(clips: Iterable[Clip], seconds: float) -> Iterator[Clip]:
    """Join clips until each is at least so long."""
    whole: Clip | None = None
    for clip in clips:
        if whole is not None:
            at, later = len(whole.text) + 1, whole.seconds
            words = whole.words + [(at + char, later + onset) for char, onset in clip.words]
            pcm = np.concatenate([whole.pcm, clip.pcm])
            clip = replace(clip, text=f"{whole.text} {clip.text}", pcm=pcm, words=words)
        whole = clip
        if whole.seconds >= seconds:
            yield whole
            whole = None


def talk(clips: Iterable[Clip], case: Case, seconds: float) -> Frames:
    """Return the frames of a talk whose messages are clips, and the seconds at which they arrive."""
    events: list[tuple[float, Event]] = [(0.0, {"type": "session.created", "session": {"id": "sess"}})]
    begin = 0.0
    for number, clip in enumerate(joined(clips, case.clip_seconds)):
        if begin >= seconds:
            break
        events += [(begin + at, event) for at, event in delivered(number, case.changed(clip), case.delivery)]
        begin += clip.seconds + PAUSE_SECONDS
    return [(at, json.dumps({"event_id": f"event_{number}", **event})) for number, (at, event) in enumerate(events)]


async def listen(frames: Frames, begin: float, seconds: float, aligner: AlignerName, *, captions: bool) -> int:
    """Run a session for some seconds; returns how many captions were read."""
    read = 0
    await asyncio.sleep(begin)
    endpoint, speaker = Recorded(frames), NullSpeaker()
    async with connect(endpoint=endpoint, speaker=speaker, microphone=None, aligner=aligner) as session:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                async for response in session.responses():
                    async for item in response:
                        assert isinstance(item, MessageItem)
                        if captions:
                            async for _ in item.captions():
                                read += 1
                        await item.played()
    return read


async def together(talks: list[Frames], case: Case, options: argparse.Namespace, *, captions: bool) -> Load:
    """Run a session for each talk, all at the same time."""
    began = time.process_time()
    listeners = [
        listen(frames, number * case.stagger, options.seconds, options.aligner, captions=captions)
        for number, frames in enumerate(talks)
    ]
    with measured_lag() as lag:
        read = await asyncio.gather(*listeners)
    spent = time.process_time() - began
    return Load(spent / (len(talks) * options.seconds), lag, sum(read))


def row(name: str, load: Load, baseline: Load) -> str:
    """Return a row of the table."""
    of_turns = [each.lag.turns for each in (load, baseline)]
    turns = [f"{np.percentile(each, 99) * 1000:.1f} / {max(each) * 1000:.1f}" for each in of_turns]
    late = np.percentile(load.lag.late, (50, 99, 100)) * 1000
    shares = f"{load.core:.2%} | {baseline.core:.2%} | {load.core - baseline.core:.2%}"
    lateness = " / ".join(f"{value:.0f}" for value in late)
    return f"| {name} | {shares} | {turns[0]} | {turns[1]} | {lateness} | {load.captions} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--case", nargs="+", choices=CASES, default=list(CASES), metavar="NAME", help="only these")
    parser.add_argument("--sessions", type=int, default=20, metavar="N")
    parser.add_argument("--seconds", type=float, default=30.0, metavar="S", help="of each session")
    parser.add_argument("--aligner", choices=("signal", "auto", "acoustic"), default="signal")
    parser.add_argument("--profile", type=Path, metavar="FILE", help="write a profile of the sessions with captions")
    options = parser.parse_args()
    clips = [clip for clip in synthesised() if clip.language == "en"]
    print(f"{options.sessions} sessions of {options.seconds:g} s, aligner={options.aligner!r}\n")
    print(
        "| | with | without | captions | turn, with | without | late, with | words |\n|---|---|---|---|---|---|---|---|"
    )
    first = talk(clips, CASES["1.1x"], LOADED_SECONDS)
    asyncio.run(listen(first, 0.0, LOADED_SECONDS, options.aligner, captions=True))
    for name in options.case:
        case = CASES[name]
        talks = [talk(islice(cycle(clips), n, None), case, options.seconds) for n in range(options.sessions)]
        loads = []
        for captions in (False, True):
            profile = cProfile.Profile() if captions and options.profile else None
            gc.collect()
            gc.freeze()  # as a server may: the collector is not to search the talks, which would be the longest turn
            with asyncio.Runner(loop_factory=MeasuredLoop) as runner, profile or contextlib.nullcontext():
                loads.append(runner.run(together(talks, case, options, captions=captions)))
            if profile is not None:
                profile.dump_stats(options.profile)
        print(row(name, loads[1], loads[0]), flush=True)


if __name__ == "__main__":
    main()
