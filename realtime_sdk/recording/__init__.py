"""Recordings of a session: the wire, its events, the audio as it was heard, the captions; their reader and report."""

from ._recorder import Recorder
from ._replay import Record, read
from ._report._report import report

__all__ = ["Record", "Recorder", "read", "report"]
