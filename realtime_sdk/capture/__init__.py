"""The user's voice on its way from the microphone to the server. What it finds is returned, never called back."""

from .capture import Capture
from .events import (
    Append,
    CancellerFailed,
    CaptureEvent,
    InputLost,
    InputRestored,
    SpeechBegan,
    SpeechEnded,
    TurnBegan,
    TurnEnded,
)
from .levels import Level, LevelMeter
from .pipeline import Mute

__all__ = [
    "Append",
    "CancellerFailed",
    "Capture",
    "CaptureEvent",
    "InputLost",
    "InputRestored",
    "Level",
    "LevelMeter",
    "Mute",
    "SpeechBegan",
    "SpeechEnded",
    "TurnBegan",
    "TurnEnded",
]
