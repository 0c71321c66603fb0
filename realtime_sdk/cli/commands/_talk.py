"""`realtime-sdk talk`: a spoken conversation, displayed as it is heard."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Final

import anyio

from ..._runtime import clock
from ...capture._turns import Turns
from ...conversation._sdk_events import Disconnected
from ...conversation.usage._usage import SessionUsage
from ...errors import UsageError
from ...session._session import Session
from .._stop import Stop
from ..display._bill import Bill
from ..display._controls import Controls
from ..display._display import Details, Display
from ..display._error_log import errors_only
from ..display._render import SEPARATOR, format_statistics
from ..session._device_choice import SPEAKER_FILE, choose_devices
from ..session._endpoint_choice import choose_endpoint
from ..session._session_options import SessionOptions
from ..session._users import LiveUser, User

_POLL_SECONDS: Final = 0.1
"""Seconds between two ticks of the user."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options(SessionOptions):
    """The options of the command."""

    input: Path | None = None
    output: Path | None = None  # None: a new folder under `talks`
    device_in: str | None = None
    device_out: str | None = None
    channel: int | None = None  # of the microphone; None: the mean of all
    record: bool = True
    seconds: float | None = None
    push_to_talk: bool = False
    prices: Path | None = None


async def run_talk(options: Options, display: Display, stop: Stop) -> None:
    """Run a conversation until it ends, or `stop` is requested; then print its figures and files.

    Raises `RealtimeError` if it can't start.
    """
    if not options.record:
        await _talk(options, None, display, stop)
        return
    with _recording_folder(options.output) as recording:
        await _talk(options, recording, display, stop)


async def _talk(options: Options, recording: Path | None, display: Display, stop: Stop) -> None:
    """Hold a conversation that is recorded into this folder; None: it is not."""
    devices = choose_devices(
        recording, spoken=options.input, device_in=options.device_in, device_out=options.device_out,
        channel=options.channel, push_to_talk=options.push_to_talk,
    )  # fmt: skip
    if options.push_to_talk and not (display.takes_keys and isinstance(devices.user, LiveUser)):
        raise UsageError("--push-to-talk needs a microphone, and a terminal in which keys can be pressed")
    bill = None if options.prices is None else Bill.read(options.prices)
    details = Details(devices.description, recording, bill)
    with stop.cancels(anyio.CancelScope()):
        async with AsyncExitStack() as stack:
            endpoint = await choose_endpoint(options, display, stack)
            opening = options.connect(
                endpoint, devices.microphone, devices.speaker, record=recording,
                turns=Turns.push_to_talk() if options.push_to_talk else None,
            )  # fmt: skip
            with errors_only("realtime_sdk"):  # of its warnings, the display has notes
                await _converse(opening, options, devices.user, details, display, stop)


async def _converse(
    opening: AbstractAsyncContextManager[Session, None], options: Options, user: User, details: Details,
    display: Display, stop: Stop,
) -> None:  # fmt: skip
    session: Session | None = None
    try:
        async with AsyncExitStack() as stack:
            with display.progress("Connecting", brief=True):
                session = await stack.enter_async_context(opening)
            controls = Controls(session, stop.request, push_to_talk=options.push_to_talk)
            async with display.showing(controls, details):
                with stop.cancels(anyio.move_on_after(options.seconds)):
                    await _follow(session, display, user)
    finally:
        if session is not None:  # all files are closed by now
            display.finish()
            _print_figures(display, session.usage, details)


@contextmanager
def _recording_folder(chosen: Path | None) -> Iterator[Path]:
    """Give the folder to record into, a new one unless one was chosen; remove it if the conversation has not begun."""
    folder = chosen or _reserved(Path("talks") / f"{datetime.fromtimestamp(clock.wall()):%Y-%m-%d_%H-%M-%S}")
    is_new = chosen is None or not chosen.exists()
    try:
        yield folder
    finally:
        if is_new and folder.exists() and {path.name for path in folder.iterdir()} <= {SPEAKER_FILE}:
            shutil.rmtree(folder)
            if chosen is None:
                with suppress(OSError):  # there are other talks
                    folder.parent.rmdir()


def _reserved(folder: Path) -> Path:
    """Make a folder of this name, or of one with a number where another talk began in the same second."""
    for number in count(1):
        numbered = folder if number == 1 else folder.with_name(f"{folder.name}_{number}")
        try:
            numbered.mkdir(mode=0o700, parents=True)
        except FileExistsError:
            continue
        except OSError as error:
            raise UsageError(f"can't record into {numbered}: {error.strerror}") from error
        return numbered
    raise AssertionError("there is always another number")


async def _follow(session: Session, display: Display, user: User) -> None:
    """Display the events until the user or the connection ends the conversation."""
    events = session.events()
    while not user.finished:
        with anyio.move_on_after(_POLL_SECONDS):
            event = await anext(events)
            display.on_event(event)
            user.on_event(event)
            if isinstance(event, Disconnected) and not event.will_retry:
                return
        user.tick(clock.wall())
        display.redraw()


def _print_figures(display: Display, usage: SessionUsage, details: Details) -> None:
    """Print the figures of a conversation, and its files."""
    cost = [] if details.bill is None else [details.bill.text(usage, explain=True)]
    display.print_line(SEPARATOR.join([format_statistics(display.view.statistics, usage.total), *cost]))
    if details.recording is not None:
        files = sorted(path.name for path in details.recording.iterdir())
        display.print_line(f"{details.recording}: {', '.join(files)}")
        folder = f'"{details.recording}"' if " " in f"{details.recording}" else details.recording
        display.print_line(f"To look at it: realtime-sdk report {folder}")
