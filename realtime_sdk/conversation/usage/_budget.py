"""A limit on what a session may cost."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...errors import UsageError
from ._prices import Price, Prices, check_prices, read_price

if TYPE_CHECKING:
    from .._sdk_events import BudgetExceeded

__all__ = ["Budget"]


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
