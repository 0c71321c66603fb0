"""A server to connect to."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from ..protocol.dialects._dialect import Dialect
from ..transports._transport import Transport


@dataclass(frozen=True, slots=True, repr=False)
class Target:
    """A server to connect to."""

    name: str
    connect: Callable[[str | None], Awaitable[Transport]]  # with the id of the conversation to resume; None: a new one
    dialect: Dialect
    is_over: Callable[[], bool] = bool  # whether no connection follows the last one: a recording that ends
