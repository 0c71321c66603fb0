"""Who has the floor: policies, the controller that applies them, and silence that lasts."""

from ._idle import IdlePolicy
from ._policies import BargeIn

__all__ = ["BargeIn", "IdlePolicy"]
