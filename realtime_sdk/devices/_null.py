"""A speaker without hardware."""

from __future__ import annotations

from typing import Final

from ._realtime import RealTimeSpeaker


class NullSpeaker(RealTimeSpeaker):
    """An `OutputDevice` that discards its audio in real time: the conversation keeps its pace in silence."""

    patience: Final = 0.08
    """See `OutputDevice`: as a `Speaker` has."""
