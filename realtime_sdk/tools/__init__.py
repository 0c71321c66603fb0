"""Functions that the model may call."""

from ._functions import Tool, ToolResult

__all__ = ["Tool", "ToolResult"]
