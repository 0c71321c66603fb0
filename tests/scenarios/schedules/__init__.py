"""Random schedules of whole sessions, and `replay`, which holds the talk of one and checks it."""

from ..replayer import Replayer
from .checks import check
from .talk import hold

__all__ = ["program", "replay"]

_REPLAYER = Replayer(hold, check, __name__, f"{__name__}.schedule")
replay, program = _REPLAYER.replay, _REPLAYER.program
