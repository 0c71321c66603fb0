"""Why the sound stands still."""

from __future__ import annotations

from enum import Enum


class Hold(Enum):
    """What can hold the sound."""

    APPLICATION = "application"
    TURN = "turn"  # the user speaks, and has not taken the turn yet
