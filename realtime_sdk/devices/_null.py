"""A speaker in an empty room."""

from __future__ import annotations

from ._realtime import RealTimeSpeaker


class NullSpeaker(RealTimeSpeaker):
    """An `OutputDevice` that plays in real time to nobody: the conversation keeps its pace, and nothing sounds."""
