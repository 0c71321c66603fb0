"""Functions that the model may call."""

from .functions import Function, Tool, Toolbox, ToolResult

__all__ = ["Function", "Tool", "ToolResult", "Toolbox"]
