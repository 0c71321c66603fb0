"""Taps: observers of everything that a session does."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol

import anyio

from ..._runtime.arguments import check_instance
from ...audio._session_formats import Formats

if TYPE_CHECKING:
    from ...audio._pcm import Pcm
    from ...conversation._sdk_events import SdkEvent

REPORTS_PERIOD: Final = 0.5
"""Seconds between two looks at what a tap has to report while the session emits nothing: a disk may stall then."""

_log = logging.getLogger("realtime_sdk.session")

_A_TAP: Final = "a Tap, an object with the methods sent, received, captured, heard, emitted and close"


class Tap(Protocol):
    """Observes everything a session does, as a recorder does. All methods are called on the loop and return at once.

    `at` is the wall-clock time of the first frame of `pcm`. A tap may have some attributes and methods more.
    `reads_captions = False`: it does without `CaptionShown`; for any other tap, words are placed in time even if the
    application reads no captions. `reads_levels = False`: it does without `InputLevel` and `OutputLevel`. `reports()`
    returns events of its own, which the session emits. `left()` is called when the session begins to end, some time
    before `close`. For two coroutine functions the session waits: for `wait_opened` before it opens, and it raises what
    that raises; for `wait_closed` until what `close` began is done.
    """

    def sent(self, text: str) -> None:
        """A frame went to the server."""
        return None

    def received(self, frame: bytes | str) -> None:
        """A frame came from the server."""
        return None

    def captured(self, at: float, pcm: Pcm) -> None:
        """Audio of the microphone is on its way to the server."""
        return None

    def heard(self, at: float, pcm: Pcm) -> None:
        """Audio left the converter, or the application took it: then `at` may be in the future, where it plays."""
        return None

    def emitted(self, event: SdkEvent) -> None:
        """The session emitted an event."""
        return None

    def close(self) -> None:
        """The session is over."""
        return None


def reads_captions(tap: Tap | None) -> bool:
    """Whether words have to be placed in time for a tap."""
    return tap is not None and bool(getattr(tap, "reads_captions", True))


def reads_levels(tap: Tap | None) -> bool:
    """Whether levels have to be measured for a tap."""
    return tap is not None and bool(getattr(tap, "reads_levels", True))


def reports_of(tap: object) -> Sequence[SdkEvent]:
    """The events that a tap, or a recorder, has to report."""
    reports = getattr(tap, "reports", None)
    return () if reports is None else reports()


async def wait_opened(tap: object) -> None:
    """Wait until a tap is ready, such as a recorder whose files are to be opened; raise what keeps it from being so."""
    if (wait := getattr(tap, "wait_opened", None)) is not None:
        await wait()


def emit_reports(tap: object, emit: Callable[[Any], None]) -> None:
    """Emit what a tap has to report now."""
    for report in reports_of(tap):
        emit(report)


async def follow_reports(tap: object, emit: Callable[[Any], None]) -> None:
    """Emit what a tap has to report, also while nothing else is emitted; return at once where it never has anything."""
    if not getattr(tap, "has_reports", hasattr(tap, "reports")):
        return
    while True:
        await anyio.sleep(REPORTS_PERIOD)
        emit_reports(tap, emit)


def leave(tap: object) -> None:
    """Call the tap's `left`, if it has one: the session begins to end."""
    if (left := getattr(tap, "left", None)) is not None:
        left()


@dataclass(frozen=True, slots=True)
class TapEnd:
    """What a tap that was closed has yet to finish."""

    tap: object

    async def close(self) -> None:
        """Wait until it is done."""
        if (wait_closed := getattr(self.tap, "wait_closed", None)) is not None:
            await wait_closed()


class Taps:
    """Taps as one. A tap that raises is removed: its bug must not end the session."""

    def __init__(self, taps: Sequence[Tap]) -> None:
        self._taps = list(taps)
        self.reads_captions = any(reads_captions(tap) for tap in taps)
        self.reads_levels = any(reads_levels(tap) for tap in taps)
        self.has_reports = any(hasattr(tap, "reports") for tap in taps)

    def sent(self, text: str) -> None:
        """A frame went to the server."""
        self._each(lambda tap: tap.sent(text))

    def received(self, frame: bytes | str) -> None:
        """A frame came from the server."""
        self._each(lambda tap: tap.received(frame))

    def captured(self, at: float, pcm: Pcm) -> None:
        """Audio of the microphone is on its way to the server."""
        self._each(lambda tap: tap.captured(at, pcm))

    def heard(self, at: float, pcm: Pcm) -> None:
        """Audio left the converter, or the application took it."""
        self._each(lambda tap: tap.heard(at, pcm))

    def emitted(self, event: SdkEvent) -> None:
        """The session emitted an event."""
        self._each(lambda tap: tap.emitted(event))

    def reports(self) -> list[SdkEvent]:
        """The events that the taps have to report."""
        reports: list[SdkEvent] = []
        self._each(lambda tap: reports.extend(reports_of(tap)))
        return reports

    def left(self) -> None:
        """The session begins to end."""
        self._each(leave)

    def close(self) -> None:
        """The session is over."""
        self._each(lambda tap: tap.close())

    async def wait_opened(self) -> None:
        """Wait until all taps are ready."""
        for tap in self._taps:
            await wait_opened(tap)

    async def wait_closed(self) -> None:
        """Wait until all taps have finished."""
        for tap in self._taps:
            await TapEnd(tap).close()

    def _each(self, call: Callable[[Tap], None]) -> None:
        for tap in list(self._taps):
            try:
                call(tap)
            except Exception:
                _log.exception("the tap %s failed, and is removed", type(tap).__name__)
                self._taps.remove(tap)


def taps_of(tap: Tap | Sequence[Tap] | None) -> list[Tap]:
    """The application's own taps, checked."""
    taps = [] if tap is None else list(tap) if isinstance(tap, Sequence) else [tap]
    for each in taps:
        check_instance("tap", each, Tap, _A_TAP)
    return taps


def tap_of(record: str | Path | None, formats: Formats, taps: Sequence[Tap]) -> Tap | None:
    """The taps of the session as one: a recorder, the application's own, both or none."""
    if record is not None:
        from ...recording._recorder import Recorder  # most sessions record nothing

        taps = [Recorder(record, formats), *taps]
    return Taps(taps) if taps else None
