"""Sessions that run beside each other on an event loop: what they cost for a while, and their end."""

from __future__ import annotations

import asyncio
import contextlib
import cProfile
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cores


@dataclass(frozen=True)
class Usage:
    """How busy this process was for a while."""

    began: float  # monotonic time
    seconds: float
    core: float  # CPU seconds a second
    waited: float  # seconds a second in which this thread could have run and had no core


async def usage_for(seconds: float, profile_to: Path | None) -> Usage:
    """Let the loop run for some seconds and measure it; write a profile of them where one is asked for."""
    profile = cProfile.Profile() if profile_to else contextlib.nullcontext()
    waiting = cores.WaitClock()
    began, spent, waited = time.monotonic(), time.process_time(), waiting.time()
    with profile:
        await asyncio.sleep(seconds)
    seconds = time.monotonic() - began
    usage = Usage(began, seconds, (time.process_time() - spent) / seconds, (waiting.time() - waited) / seconds)
    if isinstance(profile, cProfile.Profile):
        assert profile_to is not None
        profile.dump_stats(profile_to)
    return usage


async def end(sessions: Iterable[asyncio.Task[Any]]) -> None:
    """Cancel the tasks of the sessions; raise the error of one that has ended by itself, which is a failure."""
    tasks = list(sessions)
    ended = [task for task in tasks if task.done()]
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    for task in ended:
        task.result()
