"""`realtime-sdk replay`: a recorded session once more, through a real one."""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path

import anyio

from .. import devices
from ..conversation._sdk_events import Disconnected
from ..devices._null import NullSpeaker
from ..devices._protocols import OutputDevice
from ..devices._speaker import Speaker
from ..errors import DeviceError, UsageError
from ..testing._clock import run_virtual
from ..testing._replay import Replay, replay
from ._controls import Controls
from ._device_choice import parse_device
from ._display import Details, Display
from ._render import format_statistics
from ._stop import Stop

_POLL_SECONDS = 0.1
"""Seconds between two redraws of a screen."""


def check_recording(folder: Path) -> None:
    """Raise `UsageError` if there is nothing to replay."""
    _opened(folder, None)


async def run_audibly(folder: Path, device_out: str | None, display: Display, stop: Stop) -> None:
    """Replay a recording in real time, through the speaker if there is one."""
    speaker = _speaker(device_out)
    silent = "; there is no speaker: only the captions are replayed" if isinstance(speaker, NullSpeaker) else ""
    await _run(folder, speaker, display, stop, f"Replaying {folder}{silent}.")


def run_silently(folder: Path, speed: float, display: Display) -> None:
    """Replay a recording `speed` times as fast, or as fast as possible (0), without sound."""
    greeting = f"Replaying {folder}, without sound."
    run_virtual(partial(_run, folder, None, display, Stop(), greeting), limit=math.inf, speed=speed or math.inf)


async def _run(folder: Path, speaker: OutputDevice | None, display: Display, stop: Stop, greeting: str) -> None:
    recording = _opened(folder, speaker)
    with stop.cancels(anyio.CancelScope()):
        async with AsyncExitStack() as stack:
            session = await stack.enter_async_context(recording)
            stack.callback(_print_figures, display, lambda: session.usage.total)
            await stack.enter_async_context(display.showing(Controls(session, stop.request), Details(greeting)))
            events = session.events()
            while True:
                with anyio.move_on_after(_POLL_SECONDS):
                    event = await anext(events, None)
                    if event is None:
                        return
                    if not (isinstance(event, Disconnected) and recording.is_over):  # the end is no loss
                        display.on_event(event)
                display.redraw()


def _opened(folder: Path, speaker: OutputDevice | None) -> Replay:
    try:
        return replay(folder, speaker=speaker)
    except OSError as refused:
        raise UsageError(f"{refused.filename} can't be read: {refused.strerror}") from refused


def _speaker(device_out: str | None) -> OutputDevice:
    """Return the machine's speaker; where there is none, a device that plays to no one."""
    if device_out is None:
        try:
            if not any(info.is_default_output for info in devices.list_devices()):
                return NullSpeaker()
        except DeviceError:
            return NullSpeaker()
    return Speaker(parse_device(device_out))


def _print_figures(display: Display, tokens: Callable[[], int]) -> None:
    display.finish()
    display.print_line(format_statistics(display.view.statistics, tokens()))
