"""Checks of arguments: a wrong value is a `UsageError` that says what is wanted, what was given, and what to do."""

from __future__ import annotations

import difflib
import inspect
import math
from collections.abc import Iterable
from numbers import Real
from typing import Any, Final

from typing_extensions import get_protocol_members, is_protocol

from ..errors import UsageError
from .text import printable

_SHOWN: Final = 60
"""Characters of a wrong value that a message shows."""


def is_number(value: Any) -> bool:
    """Whether a value is a real number, as numpy's are, and no bool."""
    return isinstance(value, Real) and not isinstance(value, bool)


def check_seconds(name: str, value: Any) -> None:
    """Raise unless `value` is a positive, finite number.

    Raises:
        UsageError: it names the argument and shows the value.

    """
    if not is_number(value) or not math.isfinite(value) or value <= 0:
        raise UsageError(f"{name} is a positive number of seconds, such as 10.0, not {shown(value)}")


def check_duration(name: str, value: Any) -> None:
    """Raise unless `value` is a finite number of seconds, 0 or more.

    Raises:
        UsageError: it names the argument and shows the value.

    """
    if not is_number(value) or not math.isfinite(value) or value < 0:
        raise UsageError(f"{name} is a number of seconds, 0 or more, not {shown(value)}")


def check_gain(name: str, value: Any) -> None:
    """Raise unless `value` is a gain: a finite number, 0 or more.

    Raises:
        UsageError: it names the argument and shows the value.

    """
    if not is_number(value) or not math.isfinite(value) or value < 0:
        raise UsageError(f"{name} is a gain of 0 or more, such as 0.5, not {shown(value)}")


def check_choice(name: str, value: Any, known: Iterable[str]) -> None:
    """Raise unless `value` is one of those that are known.

    Raises:
        UsageError: it shows the value, the one that was probably meant, and all that there are.

    """
    values = list(known)
    if value in values:
        return
    meant = nearest(value, values) if isinstance(value, str) else None
    hint = f" (did you mean {meant!r}?)" if meant else ""
    raise UsageError(f"{name} is one of {', '.join(map(repr, values))}, not {shown(value)}{hint}")


def check_instance(name: str, value: Any, kind: type, hint: str) -> None:
    """Raise unless `value` is of `kind`: a class, or a protocol, of which it needs all members.

    hint: what is wanted, with an example: "a Tap, such as …". `hasattr` decides about protocols, so that an object that
    passes calls on to another, by `__getattr__`, is taken.

    Raises:
        UsageError: it names the argument, what is wanted, and what came.

    """
    if isinstance(value, type):
        raise UsageError(f"{name} is {hint}: {_of_class(value, kind)}")
    if is_protocol(kind):
        missing = sorted(member for member in get_protocol_members(kind) if not hasattr(value, member))
        if not missing:
            return
        lack = "" if _is_plain(value) else f", which has no {', '.join(missing)}"
    elif isinstance(value, kind):
        return
    else:
        lack = ""
    if getattr(value, "__self__", None) is kind:
        call = printable(value.__qualname__)
        raise UsageError(f"{name} is {hint}: {call} is a function, call it: {call}()")
    raise UsageError(f"{name} is {hint}, not {shown(value)}{lack}")


def check_text(name: str, value: Any) -> None:
    """Raise unless `value` is a string.

    Raises:
        UsageError: it names the argument and shows what came.

    """
    if not isinstance(value, str):
        raise UsageError(f"{name} is a string, not {shown(value)}")


def check_classes(name: str, values: Iterable[Any], known: tuple[type, ...]) -> None:
    """Raise unless all values are classes of `known`.

    Raises:
        UsageError: it shows what came, and names existing classes.

    """
    for value in values:
        if not (isinstance(value, type) and value in known):
            name_given = value if isinstance(value, str) else str(getattr(value, "__name__", value))
            meant = nearest(name_given, [kind.__name__ for kind in known])
            hint = f"did you mean {meant}?" if meant else f"such as {known[0].__name__}, {known[1].__name__}"
            raise UsageError(f"{name} takes classes of events, each an argument of its own, not {shown(value)}; {hint}")


def unknown_field(caller: str, name: str, known: Iterable[str], otherwise: str) -> UsageError:
    """Return the error of a field that `caller` does not take; otherwise: the advice where no known one is like it."""
    meant = nearest(name, sorted(known))
    hint = f": did you mean {meant!r}?" if meant else f"; {otherwise}"
    return UsageError(f"{caller}() has no field {name!r}{hint}")


def shown(value: Any) -> str:
    """Describe a wrong value in a few words: a short and plain one as it is, any other by its type."""
    if value is None or isinstance(value, str | int | float):
        text = printable(repr(value))
        return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
    if isinstance(value, type):
        return f"the class {value.__name__}"
    if inspect.isroutine(value):
        return f"the function {value.__name__}"
    kind: str = getattr(type(value), "_public", type(value)).__name__  # the class that an application sees
    return f"{'an' if kind[0] in 'AEIOUaeiou' else 'a'} {kind}"


def nearest(name: str, names: Iterable[str]) -> str | None:
    """Find the name that is meant: one spelt much like it, or else the shortest that it is a part of (`mic`)."""
    known = list(names)
    longer = sorted((each for each in known if name in each), key=len)
    return next(iter([*difflib.get_close_matches(name, known, n=1, cutoff=0.7), *longer]), None)


def _of_class(value: type, kind: type) -> str:
    """Advice for a class that was passed in place of an object."""
    members = get_protocol_members(kind) if is_protocol(kind) else ()
    is_meant = value is not kind and (any(hasattr(value, each) for each in members) or kind in value.__mro__)
    advice = f"pass {value.__name__}()" if is_meant else "pass an object"
    return f"{value.__name__} is a class: {advice}"


def _is_plain(value: Any) -> bool:
    return value is None or isinstance(value, str | bytes | int | float) or inspect.isroutine(value)
