"""A tool as an entry of the session's `tools`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ._tool import Tool


class ToolEntry(dict[str, Any]):
    """A tool as the wire's object, which still knows the tool: given to `Session.update`, it is run when called."""

    tool: Tool
