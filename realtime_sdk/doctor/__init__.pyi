"""The public names of the room and the modules that define them: read by type checkers, and at run time by name."""

from ._capture import examine_capture as examine_capture
from ._finding import Finding as Finding, Severity as Severity
