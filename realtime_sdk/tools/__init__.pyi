"""The public names of the room and the modules that define them: read by type checkers, and at run time by name."""

from ._result import ToolResult as ToolResult
from ._tool import Tool as Tool
