"""When the next attempt to connect is due, and when a session gives up."""

from __future__ import annotations

from random import Random
from typing import Final

from ..._runtime import clock
from ._reconnect import Reconnect

LAST_ATTEMPT: Final = 2.0
"""Seconds that the last attempt has until the session gives up: a connection is opened and restored in one."""


class Backoff:
    """The pauses between attempts after a loss, and the time that is left for them.

    No pause is shorter than the policy's first one, so that no server is hammered, whatever the clock does.
    """

    def __init__(self, policy: Reconnect, random: Random) -> None:
        self._policy = policy
        self._random = random
        self._pause = policy.first_delay  # seconds until the next attempt, without jitter
        self._gives_up_at = clock.now() + policy.give_up_after  # loop time

    @property
    def left(self) -> float:
        """Seconds until the session gives up."""
        return max(0.0, self._gives_up_at - clock.now())

    def add_connected(self, seconds: float) -> None:
        """A connection has been open for some time, and then been lost: that time does not count."""
        self._gives_up_at += seconds

    def next_pause(self, asked: float) -> float:
        """Return the seconds until the next attempt; none follows if they are not less than those left.

        asked: those that the server asks for. The last attempt is made early enough to be finished.
        """
        first, longest = self._policy.first_delay, self._policy.longest_delay
        pause = max(asked, min(self._pause + self._random.uniform(0.0, first), longest))
        self._pause = min(2 * self._pause, longest)
        until_last = self.left - LAST_ATTEMPT
        return min(pause, until_last) if until_last >= first else pause
