"""Commands that the server answers. Each ends: by its answer, an error, its deadline or the session's end. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from ..conversation._completion import Completion, EventFactory
from ..errors import RequestTimedOut, ServerRefused
from ..protocol._codec import dump
from ._effects import ClientEvent
from ._wire import WireError

ANSWERS: Final = {
    "session.start": "session.started",
    "session.update": "session.updated",
    "session.close": "session.closed",
    "session.instructions.append": "session.instructions.appended",
    "session.thinking.append": "session.thinking.appended",
    "session.commentary.append": "session.commentary.appended",
    "session.input_audio.mute": "session.input_audio.muted",
    "session.input_audio.unmute": "session.input_audio.unmuted",
}
"""The client events that the server answers, and the types of the answers."""


@dataclass(slots=True, eq=False)
class Command:
    """A client event that the server is to answer."""

    type: str  # of the client event
    event_id: str
    deadline: float  # wall clock
    answer: Completion[None]


class Commands:
    """The commands that are not answered yet, in the order in which they were sent.

    timeout: seconds that the server has for an answer.
    """

    def __init__(self, event_factory: EventFactory, timeout: float) -> None:
        self._event_factory = event_factory
        self._timeout = timeout
        self._open: list[Command] = []
        self._count = 0

    @property
    def deadline(self) -> float:
        """The wall-clock time at which the first of them expires; infinity: there is none."""
        return min((command.deadline for command in self._open), default=math.inf)

    def begin(
        self, event: ClientEvent, at: float, answer: Completion[None] | None = None
    ) -> tuple[Command, ClientEvent]:
        """Register a command; return it, and the event with the id by which it is answered.

        answer: is completed with it; left out, a new one.

        Raises:
            UsageError: JSON has no form for it.

        """
        dump(event)  # an event that can't be sent is no command
        self._count += 1
        kind, event_id = str(event["type"]), f"command_{self._count}"
        command = Command(kind, event_id, at + self._timeout, answer or Completion(self._event_factory))
        self._open.append(command)
        return command, {**event, "event_id": event_id}

    def answer(self, kind: str, client_event_id: str | None) -> None:
        """The server sent an event of this type: it answers the command that it names, else the first of its kind."""
        waiting = [command for command in self._open if ANSWERS[command.type] == kind]
        named = [command for command in waiting if command.event_id == client_event_id]
        for command in (named or waiting)[:1]:
            self._open.remove(command)
            command.answer.set_result(None)

    def refuse(self, error: WireError) -> Command | None:
        """Fail the command that an error names, and return it; None: it names none."""
        command = next((command for command in self._open if command.event_id == error.about), None)
        if command is not None:
            self._open.remove(command)
            command.answer.set_exception(refusal(error))
        return command

    def expire(self, at: float) -> list[Command]:
        """Fail the commands whose deadline has passed, and return them."""
        expired = [command for command in self._open if command.deadline <= at]
        self._open = [command for command in self._open if command.deadline > at]
        for command in expired:
            message = f"the server did not answer {command.type} within {self._timeout:g} s"
            command.answer.set_exception(RequestTimedOut(message))
        return expired

    def end(self, failure: Exception) -> None:
        """Fail all of them: the session has ended."""
        for command in self._open:
            command.answer.set_exception(failure)
        self._open.clear()


def refusal(error: WireError) -> ServerRefused:
    """Return the exception of an error."""
    return ServerRefused(
        error.text, type=error.type or "", code=error.code, param=error.param, event_id=error.about
    )
