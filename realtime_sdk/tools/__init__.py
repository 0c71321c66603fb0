"""Functions that the model may call."""

from ._tool import Tool, ToolResult

__all__ = ["Tool", "ToolResult"]
