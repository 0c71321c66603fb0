"""Who has the floor: policies for a user who speaks over a reply, and for silence that lasts."""

from ._idle import IdlePolicy
from ._policies import BargeIn

__all__ = ["BargeIn", "IdlePolicy"]
