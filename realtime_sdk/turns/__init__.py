"""Who has the floor: policies, the controller that applies them, and silence that lasts."""

from .controller import TurnController
from .floor import FloorState
from .idle import IdleWatch, WhenIdle
from .policies import BargeIn, Reaction, with_turns

__all__ = ["BargeIn", "FloorState", "IdleWatch", "Reaction", "TurnController", "WhenIdle", "with_turns"]
