"""How the microphone is muted."""

from enum import Enum


class Mute(Enum):
    """The treatment of captured audio."""

    NONE = "none"
    SOFT = "soft"  # silence takes its place
    HARD = "hard"  # it is dropped
