"""Keeps a bug of this package from ending a session."""

from __future__ import annotations

from collections.abc import Callable

from .._runtime import clock
from ..conversation._effects import NOTHING, Effects, emitting
from ..errors import ConnectionLost
from ..protocol._codec import ProtocolViolation
from ._log import SessionLog

GUARDED = True
"""Whether an exception of the engine costs no more than the event that raised it; tests switch the guard off."""


class Guard:
    """Runs the steps of the engine. An exception costs an event, not the session."""

    def __init__(self, log: SessionLog) -> None:
        self._log = log
        self._faults: set[str] = set()  # bugs that were reported

    def run(self, step: Callable[..., Effects], *arguments: object) -> Effects:
        """Run a step; return its effects, or the report of its exception."""
        try:
            return step(*arguments)
        except ConnectionLost:
            raise
        except Exception as error:
            if not GUARDED:
                raise
            name = getattr(arguments[0], "type", step.__name__)
            reason = f"{name} could not be handled: {error!r}"[:500]
            if reason in self._faults:
                return NOTHING  # a repeated failure is reported once
            self._faults.add(reason)
            self._log.exception(f"{name} could not be handled; the session goes on")
            return emitting(ProtocolViolation(reason, "", clock.wall()))
