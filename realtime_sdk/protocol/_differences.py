"""The fields of a session in which a server's answer differs from the request."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from .._runtime.arguments import shown

__all__ = ["SettingDifference"]

_NOT_COMPARED: Final = frozenset({"type", "format", "resumption"})
"""Fields that servers name in their own way. The formats of the audio are compared where the session is opened."""

_PRIVATE: Final = frozenset({"instructions", "prompt", "keywords"})
"""Fields whose content is not for a log."""


@dataclass(frozen=True, slots=True)
class SettingDifference:
    """A field that the server has otherwise than it was asked for; as a `str`, a text about it.

    The text has no value of `instructions`, `prompt` and `keywords`.
    """

    path: str
    """Of the field in the session object: `audio.output.voice`; `tools`, of a tool that is missing."""

    asked: Any = field(repr=False)
    """The value that was asked for; of a missing tool, its name."""

    given: Any = field(repr=False)
    """The server's; None: off, or missing."""

    def __str__(self) -> str:
        if self.path == "tools":
            return f"the tool {shown(self.asked)} is missing"
        if self.path.rpartition(".")[2] in _PRIVATE:
            return f"{self.path} is not what was asked for"
        return f"{self.path} is {_short(self.given)}, not {_short(self.asked)}"


def differences(asked: Mapping[str, Any], answered: Mapping[str, Any]) -> Iterator[SettingDifference]:
    """Yield each field whose value differs in the answer; a field that is missing there does not.

    asked, answered: session objects of the current protocol.
    """
    return _differences(asked, answered, "")


def _differences(asked: Mapping[str, Any], answered: Mapping[str, Any], path: str) -> Iterator[SettingDifference]:
    for name, value in asked.items():
        given = answered.get(name)
        if name not in answered or (name in _NOT_COMPARED and not path.endswith("turn_detection.")):
            continue
        if name == "tools":
            yield from _missing_tools(value, given)
        elif name != "voice" and isinstance(value, Mapping) and isinstance(given, Mapping):
            yield from _differences(value, given, f"{path}{name}.")
        elif not _alike(value, given):
            yield SettingDifference(f"{path}{name}", value, given)


def _alike(asked: Any, given: Any) -> bool:
    asked, given = _name_of(asked), _name_of(given)
    if asked is None or asked == "" or asked == []:  # clears the field: the server has a default
        return not isinstance(given, Mapping)  # but an object, such as turn detection, is then off
    if isinstance(asked, int | float) and isinstance(given, int | float):
        return math.isclose(asked, given, rel_tol=1e-6)
    return bool(asked == given)


def _name_of(value: Any) -> Any:
    """A voice may be an object with its name or id."""
    return value.get("id", value.get("name", value)) if isinstance(value, Mapping) else value


def _missing_tools(asked: Any, given: Any) -> Iterator[SettingDifference]:
    if isinstance(asked, list) and isinstance(given, list):
        there = set(_tool_names(given))
        yield from (SettingDifference("tools", name, None) for name in _tool_names(asked) if name not in there)


def _tool_names(tools: Iterable[Any]) -> Iterator[str]:
    for tool in tools:
        if isinstance(tool, Mapping):
            inner = tool.get("function")
            name = (inner if isinstance(inner, Mapping) else tool).get("name", tool.get("server_label"))
            if isinstance(name, str):
                yield name


def _short(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(shown, value)) or "empty"
    return "on" if isinstance(value, Mapping) else "off" if value is None else shown(value)
