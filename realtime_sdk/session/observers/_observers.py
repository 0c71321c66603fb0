"""The observers of a session: each SDK event passes them, in one order."""

from __future__ import annotations

from ...conversation._sdk_events import SdkEvent
from ...conversation._streams import ReplayableStream
from ...conversation.usage._budget_watch import BudgetWatch
from ...conversation.usage._turn_timer import TurnTimer
from ...turns._idle_detector import IdleDetector
from ._log import SessionLog
from ._tap import Tap, emit_reports


class Observers:
    """Passes each event to the log, the application, the tap, the idle detector, the turn timer and the budget.

    An event that the tap, the timer or the budget returns follows the one that caused it.
    """

    def __init__(
        self, log: SessionLog, events: ReplayableStream[SdkEvent], timer: TurnTimer, *, tap: Tap | None,
        idle: IdleDetector | None, budget: BudgetWatch | None,
    ) -> None:  # fmt: skip
        self._log = log
        self._events = events
        self._timer = timer
        self._tap = tap
        self._idle = idle
        self._budget = budget

    def emit(self, event: SdkEvent) -> None:
        """Pass on an event, unless the session's events have ended."""
        if self._events.ended:
            return
        self._log.event(event)
        self._events.put(event)
        if self._tap is not None:
            self._tap.emitted(event)
            emit_reports(self._tap, self.emit)
        if self._idle is not None:
            self._idle.on_event(event)
        if (answered := self._timer.on_event(event)) is not None:
            self.emit(answered)
        if self._budget is not None and (exceeded := self._budget.on_event(event)) is not None:
            self.emit(exceeded)
