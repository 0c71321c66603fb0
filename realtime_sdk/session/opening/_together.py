"""Opens the parts of a session at the same time: its user waits for the slowest one, not for their sum."""

from __future__ import annotations

import logging
from collections.abc import Callable, Coroutine, Sequence
from functools import partial
from typing import Any, Final, TypeAlias

import anyio

from ..._runtime.text import describe
from ...devices._failures import open_device
from ...devices._protocols import InputDevice, OutputDevice
from ...errors import DeviceError, RealtimeError, UsageError

_USEFUL_FIRST: Final = (UsageError, DeviceError, RealtimeError, Exception)
"""Kinds of failures, the ones that a caller can do most about first: a mistake of its own, then one of the machine,
which the next attempt meets again, then one of the network."""

_log = logging.getLogger("realtime_sdk.session")


Opening: TypeAlias = Callable[[], Coroutine[Any, Any, None]]
"""Opens a part of a session."""


def openings_of(
    speaker: OutputDevice | None, output_rate: int, microphone: InputDevice | None, input_rate: int
) -> Sequence[Opening]:
    """What opens the devices of a session; one object that is both is opened twice, one after the other."""
    both = (partial(open_device, speaker, output_rate), partial(open_device, microphone, input_rate))
    return [partial(_in_turn, *both)] if id(speaker) == id(microphone) else both


async def _in_turn(*openings: Opening) -> None:
    for opening in openings:
        await opening()


async def together(*openings: Opening) -> None:
    """Open parts of a session at once; where one fails, the others are cancelled, and the failure is raised as it is.

    Where several fail at once, the most useful failure is raised, and the others are logged.
    """
    failures: Sequence[Exception] = ()
    try:
        async with anyio.create_task_group() as tasks:
            for opening in openings:
                tasks.start_soon(opening)
    except ExceptionGroup as group:
        failures = group.exceptions
    if failures:
        raised, *others = sorted(failures, key=_place)
        for reason in dict.fromkeys(map(_reason, others)):
            if reason != _reason(raised):
                _log.warning("the session can't be opened for another reason, too: %s", reason)
        raise raised


def _place(failure: Exception) -> int:
    return next(place for place, kind in enumerate(_USEFUL_FIRST) if isinstance(failure, kind))


def _reason(failure: Exception) -> str:
    return str(failure) if isinstance(failure, RealtimeError) else describe(failure)
