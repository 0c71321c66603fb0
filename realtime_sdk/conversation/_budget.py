"""A limit on what a session may cost."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Callable
from dataclasses import dataclass

from ..errors import UsageError
from ._prices import Price, Prices, check_prices, read_price
from ._sdk_events import BudgetExceeded, ResponseFinished, SdkEvent, UserTranscript
from ._usage import SessionUsage, TranscriptionUsage

__all__ = ["Budget"]

_log = logging.getLogger("realtime_sdk.session")


@dataclass(frozen=True, slots=True)
class Budget:
    """A limit on what a session may cost, in the currency of the prices.

    Once the cost is above the limit, the session emits a `BudgetExceeded`, and calls `on_exceeded` with it, on its
    event loop: once. It does nothing else: how the talk ends is for the application to say. `on_exceeded` must not
    block; an exception of it is logged.
    """

    limit: Price
    prices: Prices
    on_exceeded: Callable[[BudgetExceeded], object] | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "limit", read_price("limit", self.limit))
        check_prices(self.prices)
        if self.on_exceeded is not None and not callable(self.on_exceeded):
            raise UsageError(f"on_exceeded is a function that takes a BudgetExceeded, not {self.on_exceeded!r}")
        if inspect.iscoroutinefunction(self.on_exceeded):
            raise UsageError("on_exceeded is a plain function, not an async one: await session.events(BudgetExceeded)")


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
