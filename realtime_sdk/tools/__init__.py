"""Functions that the model may call."""

from ._result import ToolResult
from ._tool import Tool

__all__ = ["Tool", "ToolResult"]
