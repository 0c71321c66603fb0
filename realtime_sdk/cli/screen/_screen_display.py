"""Displays a conversation on a screen of its own, and takes the user's keys."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, nullcontext, suppress

import anyio
from rich.console import Console
from rich.text import Text

from ..._runtime import clock
from ...conversation._sdk_events import InputLevel, OutputLevel, SdkEvent
from ...session._session import SessionState
from ..display._controls import Controls
from ..display._conversation_view import Entry, Progress, UserEntry
from ..display._display import Details, Display
from ..display._render import render_entry, sanitize
from ._panel import Panel, Status
from ._screen_lines import Scroll, Transcript, screen_lines
from ._talk_app import TalkApp
from ._terminal import ScreenStreams, screen_terminal

_SILENT_AFTER = 0.3
"""Seconds without a new level after which a side counts as silent."""

_CLOSING_SECONDS = 1.0
"""Seconds after which a terminal that takes nothing is given up when the screen closes: the files matter more."""


class ScreenDisplay(Display):
    """Draws the conversation while it runs, and prints it when the screen closes, so that the terminal keeps it.

    size: columns and rows of a screen in memory, without a terminal; None: the terminal's.
    """

    takes_keys = True

    def __init__(self, console: Console, size: tuple[int, int] | None = None) -> None:
        super().__init__(console)
        self.app: TalkApp | None = None  # None: the screen is closed
        self.scroll = Scroll()
        self._size = size
        self._details = Details(greeting="")
        self._transcript = Transcript()
        self._controls: Controls | None = None  # None: no conversation runs
        self._started_at = 0.0  # wall-clock time
        self._streams: ScreenStreams | None = None  # None: no screen was shown yet, or on no terminal

    @asynccontextmanager
    async def showing(self, controls: Controls, details: Details) -> AsyncIterator[None]:
        """Display a conversation while it runs."""
        self._controls, self._details, self._started_at = controls, details, clock.wall()
        self.view.turns = controls.session.turns
        try:
            with nullcontext() if self._size else screen_terminal() as self._streams:
                held = None if self._streams is None else self._streams.held
                async with self._open(TalkApp(self, held)):
                    yield
        finally:
            self._controls = None

    def finish(self) -> None:
        """Print what was held back while the screen was shown, and the whole conversation."""
        if self._streams is not None and self._streams.printed:
            with suppress(OSError):  # the window may be closed
                print(self._streams.printed, end="", file=sys.stderr, flush=True)
        self._transcript.entries += self.view.finish()
        self._print(self._transcript.entries)

    @asynccontextmanager
    async def _open(self, app: TalkApp) -> AsyncIterator[None]:
        running = asyncio.create_task(self._run(app))
        await app.started.wait()
        self.app = app
        try:
            yield
        finally:
            self.app = None
            if self._streams is not None:
                self._streams.terminal.patience = _CLOSING_SECONDS
            app.exit()
            with suppress(OSError), anyio.CancelScope(shield=True):  # the window may be closed
                await running

    async def _run(self, app: TalkApp) -> None:
        try:
            await app.run_async(headless=self._size is not None, size=self._size, mouse=False)
        finally:
            app.started.set()
            self.press("q")  # a screen that fails ends the conversation

    def press(self, key: str) -> None:
        """Act on a key."""
        if self._controls is not None and (problem := self._controls.press(key)):
            self.view.note(problem)

    def on_event(self, event: SdkEvent) -> None:
        """Display the changes of an event."""
        self.view.on_event(event)
        self.redraw()

    def redraw(self) -> None:
        """Draw what has changed, unless the terminal has yet to take what was drawn before."""
        if self.app is not None and not (self._streams is not None and self._streams.terminal.busy):
            self.app.redraw()

    def lines(self, width: int, height: int) -> list[Text]:
        """Return the lines to show now."""
        if self._controls is None:
            return []
        panel = self._panel(self._controls)
        return screen_lines(self.view, self._transcript, panel, self.scroll, width=width, height=height)

    def _panel(self, controls: Controls) -> Panel:
        now, view, session, details = clock.wall(), self.view, controls.session, self._details
        hearing = any(isinstance(entry, UserEntry) and entry.progress is Progress.ACTIVE for entry in view.open)
        before = [line for line in self.printed if isinstance(line, str)]  # the screen covers them
        return Panel(
            status=_status(session.state, hearing=hearing, paused=controls.paused),
            model=sanitize(str(session.settings.get("model") or "")), greeting="\n".join([*before, details.greeting]),
            recording="" if details.recording is None else str(details.recording), elapsed=now - self._started_at,
            microphone=_current(view.input_level, now), speaker=_current(view.output_level, now),
            muted=controls.muted, volume=session.volume, statistics=view.statistics, tokens=session.usage.total,
            cost="" if details.bill is None else details.bill.text(session.usage), hints=controls.hints,
        )  # fmt: skip

    def _print(self, entries: Sequence[Entry]) -> None:
        for entry in entries:
            self._write(render_entry(entry, self._console.width))
        self.printed += entries


def _status(state: SessionState, *, hearing: bool, paused: bool) -> Status:
    if state in ("reconnecting", "closed"):
        return Status(state)
    if paused:
        return Status.PAUSED
    return Status.HEARING if hearing else Status(state)


def _current(level: InputLevel | OutputLevel | None, now: float) -> float | None:
    return None if level is None or now - level.at > _SILENT_AFTER else level.dbfs
