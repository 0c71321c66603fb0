"""The messages of a line that wait to be sent."""

from __future__ import annotations

import itertools
import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from ._dialect import Message


@dataclass(slots=True, eq=False)
class Packet:
    """Audio of one message, and the mark that the far side returns once it has played it."""

    end: int  # the frame after its last one
    seconds: float  # that it lasts
    mark: str
    has_left: bool = False  # the outbox: the far side may have it
    sent_at: float = math.inf  # loop time


@dataclass(frozen=True, slots=True, eq=False)
class Outgoing:
    """A message to be sent."""

    message: Message
    packet: Packet | None = None  # whose audio or mark it is; None for a command


class Outbox:
    """The messages of all playbacks of a line that wait to be sent, and the numbers that name marks and clears.

    wake: called when a message waits.
    """

    def __init__(self, wake: Callable[[], None]) -> None:
        self._wake = wake
        self._waiting: deque[Outgoing] = deque()
        self._numbers = itertools.count(1)

    def number(self) -> int:
        """Return a number that no mark and no clear of the line had."""
        return next(self._numbers)

    def put(self, message: Message | None, packet: Packet | None = None) -> None:
        """Add a message; None: there is none."""
        if message is not None:
            self._waiting.append(Outgoing(message, packet))
            self._wake()

    def take(self) -> Outgoing | None:
        """Return the next message to be sent; None: there is none."""
        if not self._waiting:
            return None
        outgoing = self._waiting.popleft()
        if outgoing.packet is not None:
            outgoing.packet.has_left = True
        return outgoing

    def sent(self, outgoing: Outgoing, at: float) -> None:
        """This message was sent, at loop time `at`."""
        if outgoing.packet is not None:
            outgoing.packet.sent_at = min(outgoing.packet.sent_at, at)

    def drop_audio(self) -> None:
        """Drop audio and marks; commands stay."""
        self._waiting = deque(outgoing for outgoing in self._waiting if outgoing.packet is None)

    def drop(self) -> None:
        """Drop everything."""
        self._waiting.clear()
