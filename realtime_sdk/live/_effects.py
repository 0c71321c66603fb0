"""The decisions of the engine of a stream session, returned to its caller: only the caller sends, emits and runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from ..conversation.items._items import FunctionCallItem
from ._events import LiveEvent

ClientEvent: TypeAlias = Mapping[str, Any]
"""A client event as the wire's object."""


@dataclass(frozen=True, slots=True)
class StreamEffects:
    """The effects of one step, which the caller applies in this order."""

    send: tuple[ClientEvent, ...] = ()
    emit: tuple[LiveEvent, ...] = ()
    calls: tuple[FunctionCallItem, ...] = ()  # complete function calls, to be run

    def __add__(self, later: StreamEffects) -> StreamEffects:
        """These, then those of a later step."""
        if self is NOTHING or later is NOTHING:
            return later if self is NOTHING else self
        return StreamEffects(self.send + later.send, self.emit + later.emit, self.calls + later.calls)


NOTHING: Final = StreamEffects()
"""The one value for a step without effects."""


def emitting(*events: LiveEvent) -> StreamEffects:
    """Effects that only emit."""
    return StreamEffects(emit=events) if events else NOTHING
