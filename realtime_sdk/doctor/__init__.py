"""What is wrong with this machine's sound and settings, and what to do about it."""

from .capture import examine_capture
from .echo_path import Echo, find_echo, probe
from .examination import examine, examine_sound
from .finding import Finding, Severity

__all__ = [
    "Echo",
    "Finding",
    "Severity",
    "examine",
    "examine_capture",
    "examine_sound",
    "find_echo",
    "probe",
]
