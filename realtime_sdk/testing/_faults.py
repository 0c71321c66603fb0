"""Faults of the wire: functions that a `FakeServer` applies to the events it sends."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

from .._runtime.arguments import check_duration, check_text, shown
from ..errors import UsageError
from ..server._connection import Frame
from ..server._items import Event
from ._script import Pause, check_frame
from ._script_arguments import written

Tamper: TypeAlias = Callable[[Event], Iterable[Frame | Pause]]
"""Takes an event and returns the frames to send in its place."""

DoneOrder: TypeAlias = Literal["batched", "per_item", "response_first", "missing", "duplicated"]
"""When a response's `*.done` events come: all at the end, as the service sends them; each item's before the next item
begins; after `response.done`; never but for `response.done`; each of them twice."""


def drop(_event: Event) -> Iterable[Frame]:
    """Lose it."""
    return ()


def twice(event: Event) -> Iterable[Frame]:
    """Send it two times."""
    return (event, event)


def late(seconds: float) -> Tamper:
    """Send it later; the events after it wait, too, as a connection keeps the order."""
    check_duration("seconds", seconds)
    return _Fault("late", (seconds,), {}, lambda event: (Pause(seconds), event))


def instead(*frames: Frame) -> Tamper:
    """Send these frames in its place: garbage, another event, or several."""
    _check_frames(frames)
    return _Fault("instead", frames, {}, lambda _event: frames)


def followed_by(*frames: Frame) -> Tamper:
    """Send it, and these frames after it."""
    _check_frames(frames)
    return _Fault("followed_by", frames, {}, lambda event: (event, *frames))


def changed(**fields: object) -> Tamper:
    """Send it with other values in these fields; `UsageError` where none is named."""
    if not fields:
        raise UsageError('changed() names the fields that get other values, such as changed(delta="x")')
    written("the fields", fields)
    return _Fault("changed", (), fields, lambda event: ({**event, **fields},))


def without(*fields: str) -> Tamper:
    """Send it without these fields; `UsageError` where none is named."""
    if not fields:
        raise UsageError('without() names the fields that are left out, such as without("item_id")')
    for field_name in fields:
        check_text("each field", field_name)
    return _Fault("without", fields, {}, lambda event: (_without(event, fields),))


@dataclass(frozen=True, slots=True, repr=False)
class _Fault:
    """A fault with its arguments: it is printed as the call that made it, and equals another one of the same call."""

    name: str
    arguments: tuple[object, ...] = field(hash=False)  # frames may be dicts
    fields: Mapping[str, object] = field(hash=False)
    apply: Tamper = field(compare=False)

    def __call__(self, event: Event) -> Iterable[Frame | Pause]:
        """Return the frames to send in place of an event."""
        return self.apply(event)

    def __repr__(self) -> str:
        named = [f"{name}={value!r}" for name, value in self.fields.items()]
        return f"{self.name}({', '.join([*map(repr, self.arguments), *named])})"


def _without(event: Event, fields: Collection[str]) -> Event:
    return {key: value for key, value in event.items() if key not in fields}


class Only:
    """Tampers with the nth event that fits the pattern, counted from 1, and with no other."""

    def __init__(self, nth: int, tamper: Tamper) -> None:
        check_nth(nth)
        check_tamper(tamper)
        self._nth = nth
        self._tamper = tamper
        self._seen = 0

    def __repr__(self) -> str:
        return f"Only({self._nth}, {getattr(self._tamper, '__name__', self._tamper)})"

    def __call__(self, event: Event) -> Iterable[Frame | Pause]:
        """Let an event pass, or tamper with it."""
        self._seen += 1
        return self._tamper(event) if self._seen == self._nth else (event,)


def check_nth(nth: object) -> None:
    """Refuse a number of an event, or of a phase, that does not count from 1."""
    if isinstance(nth, bool) or not isinstance(nth, int) or nth < 1:
        raise UsageError(f"nth counts from 1: it is a positive whole number, not {nth!r}")


def check_tamper(tamper: object) -> None:
    """Refuse a value that is no fault, and a function that makes one and was not called."""
    if tamper in (late, instead, followed_by, changed, without):
        name = tamper.__name__
        raise UsageError(f"{name} makes a fault: call it, such as {_EXAMPLES[name]}")
    if isinstance(tamper, type) or not callable(tamper):
        raise UsageError(f"a fault is a function such as drop, twice or late(1.0), not {shown(tamper)}")


_EXAMPLES: Final = {
    "late": "late(1.0)", "instead": 'instead("garbage")', "followed_by": 'followed_by({"type": "stranger"})',
    "changed": 'changed(delta="x")', "without": 'without("item_id")',
}


def _check_frames(frames: Iterable[Frame]) -> None:
    for frame in frames:
        check_frame("each frame", frame)


def arrange(order: DoneOrder, batch: list[Frame]) -> list[Frame]:
    """Put the events with which a response ends, and which are decided together, in another order."""
    ends = any(isinstance(frame, dict) and frame["type"] == "response.done" for frame in batch)
    if not ends:
        return batch
    closing = [frame for frame in batch if _closes(frame)]
    rest = [frame for frame in batch if not _closes(frame)]
    match order:
        case "response_first":
            return [*rest, *closing]
        case "missing":
            return rest
        case "duplicated":
            return [again for frame in closing for again in (frame, frame)] + rest
        case "batched" | "per_item":  # how the rules sent them
            return batch


def _closes(frame: Frame) -> bool:
    """Whether a part of a response ends with this event."""
    return isinstance(frame, dict) and frame["type"] in _CLOSING


_CLOSING: Final = {
    "response.output_audio.done",
    "response.output_audio_transcript.done",
    "response.output_text.done",
    "response.function_call_arguments.done",
    "response.content_part.done",
    "conversation.item.done",
    "response.output_item.done",
}
