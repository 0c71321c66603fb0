"""Watches what a session costs."""

from __future__ import annotations

import logging
from collections.abc import Callable

from ...errors import UsageError
from .._sdk_events import BudgetExceeded, ResponseFinished, SdkEvent, UserTranscript
from ._budget import Budget
from ._prices import read_price
from ._usage import SessionUsage, TranscriptionUsage

_log = logging.getLogger("realtime_sdk.session")


class BudgetWatch:
    """Compares the cost of a session with its budget whenever something was counted."""

    def __init__(self, budget: Budget, usage: Callable[[], SessionUsage]) -> None:
        self._budget: Budget | None = budget  # None: it was exceeded, or can't be computed
        self._usage = usage

    def on_event(self, event: SdkEvent) -> BudgetExceeded | None:
        """Return the event that the budget is exceeded, once it is."""
        if self._budget is None:
            return None
        match event:
            case ResponseFinished(at) | UserTranscript(at, usage=TranscriptionUsage()):
                return self._compare(self._budget, at)
        return None

    def _compare(self, budget: Budget, at: float) -> BudgetExceeded | None:
        try:
            cost = self._usage().cost(budget.prices)
        except UsageError as error:
            _log.error("the budget is not watched any more: %s", error)
            self._budget = None
            return None
        limit = read_price("limit", budget.limit)
        if cost <= limit:
            return None
        self._budget = None
        exceeded = BudgetExceeded(at, cost, limit)
        if budget.on_exceeded is not None:
            try:
                budget.on_exceeded(exceeded)
            except Exception:
                _log.exception("on_exceeded of the budget failed")
        return exceeded
