"""Recordings of a session: the wire's events, the audio as it was heard, the captions; and their reader."""

from ._recorder import Recorder
from ._replay import Record, read

__all__ = ["Record", "Recorder", "read"]
