"""A speaker without hardware."""

from __future__ import annotations

from ._realtime import RealTimeSpeaker


class NullSpeaker(RealTimeSpeaker):
    """An `OutputDevice` that discards its audio in real time: the conversation keeps its pace in silence."""
