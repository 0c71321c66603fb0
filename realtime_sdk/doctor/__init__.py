"""Diagnoses this machine's audio and settings: `realtime-sdk doctor`; `examine_capture` judges audio of your own."""

from ._capture import examine_capture
from ._finding import Finding, Severity

__all__ = ["Finding", "Severity", "examine_capture"]
