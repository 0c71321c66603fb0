"""Why playout is paused."""

from __future__ import annotations

from enum import Enum


class PauseReason(Enum):
    """What can pause the playout; it goes on when no reason is left."""

    APPLICATION = "application"
    TURN = "turn"  # the user speaks, and has not taken the turn yet
