"""The tools of a session."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from .._runtime.arguments import shown
from ..errors import UsageError

if TYPE_CHECKING:
    from ._tool import Function, Tool


class Toolbox:
    """The tools of a session, by name; `UsageError` refuses two of the same name."""

    def __init__(self, tools: Iterable[Tool | Function] = (), *, manual: Iterable[str] = ()) -> None:
        self._tools: dict[str, Tool] = {}
        self._manual = frozenset(manual)  # names of functions that the application answers itself
        for entry in tools:
            tool = _as_tool(entry)
            if tool.name in self._tools:
                raise _duplicate(tool.name)
            self._tools[tool.name] = tool

    def replaced_by(
        self, tools: Iterable[Tool | Function | Mapping[str, Any]]
    ) -> tuple[Toolbox, list[Mapping[str, Any]]]:
        """Return the toolbox and the session's `tools` for a new list of tools.

        tools: functions, `Tool`s, and the wire's objects; such an object of a tool, or of the name of one known here,
        means that tool.

        Raises:
            UsageError: two tools of the same name, or a function that the model could not call.

        """
        _check_list(tools)
        functions: list[Tool] = []
        wire: list[Mapping[str, Any]] = []
        for entry in tools:
            tool = self._tool_of(entry) if isinstance(entry, Mapping) else _as_tool(entry)
            functions += [tool] if tool is not None else []
            wire.append(entry if isinstance(entry, Mapping) else _as_tool(entry).wire())
        names = {tool.name for tool in functions}
        described = [str(entry["name"]) for entry in wire if entry.get("type") == "function" and entry.get("name")]
        if len(set(described)) < len(described):
            raise _duplicate(max(described, key=described.count))
        return Toolbox(functions, manual=[name for name in described if name not in names]), wire

    def _tool_of(self, entry: Mapping[str, Any]) -> Tool | None:
        """The tool that an object of the wire describes: one that made it, or that is known here."""
        tool: Tool | None = getattr(entry, "tool", None)
        if tool is not None:
            return tool
        return self.get(str(entry.get("name"))) if entry.get("type") == "function" else None

    def with_fallback(self, other: Toolbox) -> Toolbox:
        """These tools, and those of another toolbox that have other names."""
        mine = {*self._tools, *self._manual}
        theirs = [tool for name, tool in other._tools.items() if name not in mine]
        return Toolbox([*self._tools.values(), *theirs], manual=self._manual)

    def __len__(self) -> int:
        return len(self._tools)

    def __repr__(self) -> str:
        return f"<Toolbox {', '.join(self._tools) or 'empty'}>"

    def is_manual(self, name: str) -> bool:
        """Whether the application answers calls of this function itself: it gave only the wire's object."""
        return name in self._manual

    def get(self, name: str) -> Tool | None:
        """Return the tool of this name, if there is one."""
        return self._tools.get(name)

    def unknown(self, name: str) -> str:
        """Tell the model that there is no tool of this name, and which there are."""
        return f"there is no tool {name!r}; the tools are: {', '.join(self._tools) or 'none'}"


def _duplicate(name: str) -> UsageError:
    return UsageError(f"two tools are called {name!r}: pass one as Tool(function, name=…)")


def _check_list(tools: Any) -> None:
    """Refuse one tool in place of a list of them."""
    if isinstance(tools, Iterable) and not isinstance(tools, str | bytes | Mapping):
        return
    name = getattr(tools, "__name__", None)
    advice = f"pass a list: tools=[{name}]" if name else "pass a list: tools=[…]"
    raise UsageError(f"tools is a list of functions, not {shown(tools)}: {advice}")


def _as_tool(entry: Tool | Function) -> Tool:
    from . import Tool  # with pydantic, which `connect` does not load for a session without functions

    return entry if isinstance(entry, Tool) else Tool(entry)
