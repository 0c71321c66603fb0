"""`realtime-sdk replay`: a recorded session once more, through a real one."""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from typing import NamedTuple

import anyio

from ...conversation._sdk_events import Disconnected
from ...devices._null import NullSpeaker
from ...session._session import Session
from ...testing._clock import run_virtual
from ...testing.recorded._replay import Replay, replay
from .._stop import Stop
from ..display._controls import Controls
from ..display._display import Details, Display
from ..display._render import format_statistics
from ..session._device_choice import choose_speaker

_POLL_SECONDS = 0.1
"""Seconds between two redraws of a screen."""


class OpenedRecording(NamedTuple):
    """A recording that can be replayed, and the line that greets the user."""

    recording: Replay
    greeting: str


def open_audibly(folder: Path, device_out: str | None) -> OpenedRecording:
    """Open a recording for the speaker, if there is one; raise `UsageError` if there is nothing to replay."""
    speaker = choose_speaker(device_out)
    silent = "; there is no speaker: only the captions are replayed" if speaker is None else ""
    return OpenedRecording(replay(folder, speaker=speaker or NullSpeaker()), f"Replaying {folder}{silent}.")


def open_silently(folder: Path) -> OpenedRecording:
    """Open a recording without sound; raise `UsageError` if there is nothing to replay."""
    return OpenedRecording(replay(folder), f"Replaying {folder}, without sound.")


def run_fast(opened: OpenedRecording, display: Display, speed: float) -> None:
    """Replay a recording `speed` times as fast, or as fast as possible (0)."""
    run_virtual(partial(run, opened, display, Stop()), limit=math.inf, speed=speed or math.inf)


async def run(opened: OpenedRecording, display: Display, stop: Stop) -> None:
    """Replay a recording in real time, until it ends or `stop` is requested."""
    recording, greeting = opened
    with stop.cancels(anyio.CancelScope()):
        async with AsyncExitStack() as stack:
            session = await stack.enter_async_context(recording)
            stack.callback(_print_figures, display, lambda: session.usage.total)
            await stack.enter_async_context(display.showing(Controls(session, stop.request), Details(greeting)))
            await _follow(session, recording, display)


async def _follow(session: Session, recording: Replay, display: Display) -> None:
    """Display the events until the recording ends."""
    events = session.events()
    while True:
        with anyio.move_on_after(_POLL_SECONDS):
            event = await anext(events, None)
            if event is None:
                return
            if not (isinstance(event, Disconnected) and recording.is_over):  # the end is no loss
                display.on_event(event)
        display.redraw()


def _print_figures(display: Display, tokens: Callable[[], int]) -> None:
    display.finish()
    display.print_line(format_statistics(display.view.statistics, tokens()))
