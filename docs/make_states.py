"""Writes `docs/states.md` from the tables in the code: `python docs/make_states.py`."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from pathlib import Path
from typing import TypeVar

from realtime_sdk.moderator import TRANSITIONS as FLOOR
from realtime_sdk.moderator import Floor

from realtime_sdk.capture.turn_gate import TRANSITIONS as GATE
from realtime_sdk.capture.turn_gate import GateState
from realtime_sdk.conversation.message import TRANSITIONS as MESSAGE
from realtime_sdk.conversation.message import PlayoutState
from realtime_sdk.playout.segment import TRANSITIONS as SEGMENT
from realtime_sdk.playout.segment import SegmentState

State = TypeVar("State", bound=Enum)
Step = TypeVar("Step", bound=Enum)

PAGE = Path(__file__).with_name("states.md")

INTRODUCTION = """\
# States

Made from the tables in the code by `docs/make_states.py`; a test holds both together.

A **segment** is the sound of one content part. `sounded`: frames of it left the converter. `completed`: the server has
ended it, and all of it was heard. `stopped`: the device was flushed, or the session was left. A step without an arrow
changes nothing.
"""

MESSAGES = """\
A **message** stands on the segments of its parts, and waits for its text as well. Once it is settled, its `Playout` is
final.
"""

FLOORS = """\
The **floor** is given by what the user's speech does, where a policy or a detector on this side has a say. `suspect`:
this side hears somebody while a reply is heard. `claim`: the server does, or the detector that tells the turns. `take`:
for long enough. `commit`: a user's message was made of it.
"""

GATES = """\
The **gate** of turns that are told on this side. `last`: long enough to be meant. `complete`: all sound until the end
has come through; the commit stands behind it.
"""


def diagram(table: Mapping[tuple[State, Step], State], first: State) -> str:
    """Draw a table of transitions for Mermaid."""
    arrows = [f"    {state.value} --> {then.value}: {step.value}" for (state, step), then in table.items()]
    ends = sorted({then.value for then in table.values()} - {state.value for state, _ in table})
    lines = ["stateDiagram-v2", f"    [*] --> {first.value}", *arrows, *(f"    {end} --> [*]" for end in ends)]
    return "\n".join(["```mermaid", *lines, "```", ""])


def page() -> str:
    """Give the whole page."""
    segments, messages = diagram(SEGMENT, SegmentState.QUEUED), diagram(MESSAGE, PlayoutState.AWAITED)
    floors, gates = diagram(FLOOR, Floor.FREE), diagram(GATE, GateState.SHUT)
    return "\n".join([INTRODUCTION, segments, MESSAGES, messages, FLOORS, floors, GATES, gates])


if __name__ == "__main__":
    PAGE.write_text(page())
