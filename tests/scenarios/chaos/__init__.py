"""Random schedules of whole sessions on connections that fail; `replay` holds the talk of one and checks it."""

from .checks import check
from .schedule import Schedule
from .talk import Talk, hold


def replay(schedule: Schedule) -> Talk:
    """Hold the talk of a schedule, and check it; what fails says how to do that again."""
    try:
        talk = hold(schedule)
        check(talk)
    except Exception as error:
        error.add_note(f"To see it again:\n\n{script(schedule)}")
        raise
    return talk


def script(schedule: Schedule) -> str:
    """The program that replays a schedule."""
    return (
        "from realtime_sdk.testing import *\n"
        "from tests.scenarios.chaos import replay\n"
        "from tests.scenarios.chaos.schedule import *\n\n"
        f"replay({schedule!r})\n"
    )
