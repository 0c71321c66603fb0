"""Checks of what a test scripts: a wrong value fails where the test has written it, and not later in the server."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any, Final, get_args

from .._runtime.arguments import check_text, nearest, shown
from ..errors import UsageError
from ..protocol._base import Event
from ..protocol._codec import ServerEvent

_PHASES: Final = ("commentary", "final_answer")

_DETAILS: Final[Mapping[str, tuple[str, ...]]] = {
    "completed": (), "incomplete": ("reason",), "failed": ("error",), "cancelled": ("reason",),
}  # fmt: skip
"""What may be said about each ending of a response."""

_SERVER_EVENTS: Final[tuple[str, ...]] = tuple(
    model.model_fields["type"].default for model in get_args(ServerEvent) if issubclass(model, Event)
)
"""The types of the events that a server sends."""

_REPLY: Final = ("pace", "thinking", "status", "reason", "error")
"""The named arguments of `FakeServer.reply`."""


def check_at_least(name: str, value: object, least: float, *, open: bool = False) -> None:
    """Refuse what is no number of at least `least`, or above it where that is `open`; infinity is one.

    Raises:
        UsageError: it names the argument and shows the value.

    """
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not (value > least if open else value >= least):  # type: ignore[operator]  # mypy: see is_number
        wanted = f"more than {least:g}" if open else f"{least:g} or more"
        raise UsageError(f"{name}, {wanted}, not {shown(value)}")


def check_number(name: str, value: object) -> None:
    """Refuse what is no finite number, of either sign."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise UsageError(f"{name}, not {shown(value)}")


def check_phase(phase: object) -> None:
    """Refuse a phase that is misspelt, or no text; a server may have phases of its own."""
    if phase is None:
        return
    check_text("phase", phase)
    if phase not in _PHASES and (meant := nearest(str(phase), _PHASES)) is not None:
        raise UsageError(f"no phase is called {phase!r}: did you mean {meant!r}?")


def check_details(status: str, details: Mapping[str, Any]) -> None:
    """Refuse arguments of `reply` that do not belong to the way in which the response ends."""
    for name, value in details.items():
        if name not in _DETAILS[status]:
            meant = nearest(name, _REPLY)
            owners = [f"status={each!r}" for each, names in _DETAILS.items() if name in names]
            hint = f"it belongs to {' and '.join(owners)}" if owners else f"did you mean {meant!r}?" if meant else ""
            raise UsageError(f"reply() has no argument {name!r} with status={status!r}" + (f": {hint}" if hint else ""))
        if name == "reason":
            check_text("reason", value)
        elif name == "error":
            check_error(value)


def check_error(error: object) -> None:
    """Refuse what is no error object of the wire."""
    if not isinstance(error, Mapping) or not all(isinstance(name, str) for name in error):
        raise UsageError(f'error is an object such as {{"type": "server_error", "code": "…"}}, not {shown(error)}')
    written("error", error)


def arguments_text(name: str, arguments: object) -> str:
    """Return the arguments of a call as the model writes them: a text as it is, even if it is no JSON."""
    check_text("name", name)
    if not name:
        raise UsageError("the name of a tool is not empty")
    if isinstance(arguments, str):
        return arguments
    if arguments is not None and not isinstance(arguments, Mapping):
        raise UsageError(f"arguments is an object, or the JSON text of one, not {shown(arguments)}")
    return written(f"the arguments of {name}", arguments or {})


def written(name: str, value: object) -> str:
    """Return a value as JSON.

    Raises:
        UsageError: JSON can't hold it.

    """
    try:
        return json.dumps(value)
    except (TypeError, ValueError) as problem:
        raise UsageError(f"{name} can't be written as JSON: {problem}") from problem


def check_server_event(pattern: str) -> None:
    """Refuse the misspelt type of a server's event; one with wildcards may be any, and so may a server's own."""
    if pattern in _SERVER_EVENTS or any(character in pattern for character in "*?["):
        return
    if (meant := nearest(pattern, _SERVER_EVENTS)) is not None and meant not in pattern:
        raise UsageError(f"no event of a server has the type {pattern!r}: did you mean {meant!r}?")
