"""Random schedules of whole sessions on connections that fail; `replay` holds the talk of one and checks it."""

from ..replayer import Replayer
from .checks import check
from .talk import hold

__all__ = ["replay"]

replay = Replayer(hold, check, __name__, "realtime_sdk.testing", f"{__name__}.schedule").replay
