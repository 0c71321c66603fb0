"""Keeps a bug of this package from ending a session."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from .._runtime import clock
from ..errors import ConnectionLost
from ..protocol._codec import ProtocolViolation
from .observers._log import SessionLog

E = TypeVar("E")

GUARDED = True
"""Whether an exception of the engine costs no more than the event that raised it; tests switch the guard off."""


class Guard(Generic[E]):
    """Runs the steps of an engine. An exception costs an event, not the session.

    nothing: the effects of a step without any. emitting: makes the effects that report a violation.
    """

    def __init__(self, log: SessionLog, nothing: E, emitting: Callable[[ProtocolViolation], E]) -> None:
        self._log = log
        self._nothing = nothing
        self._emitting = emitting
        self._faults: set[str] = set()  # bugs that were reported

    def run(self, step: Callable[..., E], *arguments: object) -> E:
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
                return self._nothing  # a repeated failure is reported once
            self._faults.add(reason)
            self._log.exception(f"{name} could not be handled; the session goes on")
            return self._emitting(ProtocolViolation(reason, "", clock.wall()))
