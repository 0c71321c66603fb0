"""Writes `docs/states.md` from the tables in the code: `python docs/make_states.py`."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from enum import Enum
from pathlib import Path
from typing import TypeVar

from realtime_sdk.capture._turn_gate import TRANSITIONS as GATE
from realtime_sdk.capture._turn_gate import GateState
from realtime_sdk.conversation._playout_state import TRANSITIONS as MESSAGE
from realtime_sdk.conversation._playout_state import PlayoutState
from realtime_sdk.conversation._requests import TRANSITIONS as REQUEST
from realtime_sdk.conversation._requests import RequestState
from realtime_sdk.conversation._response import TRANSITIONS as RESPONSE
from realtime_sdk.conversation._response import ResponseState
from realtime_sdk.playback._segment import TRANSITIONS as SEGMENT
from realtime_sdk.playback._segment import SegmentState
from realtime_sdk.turns._floor import TRANSITIONS as FLOOR
from realtime_sdk.turns._floor import FloorState

State = TypeVar("State", bound=Enum)
Step = TypeVar("Step", bound=Enum)

PAGE = Path(__file__).with_name("states.md")

INTRODUCTION = """\
# States

Made from the tables in the code by `docs/make_states.py`; a test holds both together. A state and an event without an
arrow: for a request and a message a mistake of ours, elsewhere an event that changes nothing.
"""

REQUESTS = """\
A **request** for a response, or for a change of the session, has a way out of every state. `collide`: the server was
busy with a response of its own (`refuse` from waiting: for too long). `expire`: the deadline passed; a late answer is
still recognised, and cancelled. `withdraw`: its caller gave up. `end`: the connection ended.
"""

RESPONSES = """\
A **response** is made by the server, whether it is still wanted or not. `cut`: interrupted or cancelled from this side.
`end`: the server ended it, or has been silent for too long, or has begun the next one, or the connection ended.
"""

SEGMENTS = """\
A **segment** is the sound of one content part. `sounded`: frames of it left the converter. `completed`: it has ended,
and all of it was heard. `stopped`: the device was flushed, or the session was left.
"""

MESSAGES = """\
A **message** stands on the segments of its parts, and waits for its text as well. Once it is settled, its `Playout` is
final.
"""

FLOORS = """\
The **floor**: who has it. While it is overlapping, taken or ended, a response that begins is held. `detect`: a detector
on this side hears a voice during a reply. `overlap`: the user speaks during a reply, and the policy has not decided.
`take`: the user speaks, and is to be answered. `commit`: the speech became a message. `clear`: it was dropped.
`expire`: the state's time limit.
"""

GATES = """\
The **gate** of turns that are decided on this side. `last`: long enough to be meant. `complete`: all sound until the
end has come through; the commit stands behind it.
"""


def diagram(table: Mapping[tuple[State, Step], State], first: State, last: Collection[State] = ()) -> str:
    """Draw a table of transitions for Mermaid; each pair of states has one arrow.

    last: states in which a thing may stay for good, besides those that nothing leads out of.
    """
    steps: dict[tuple[State, State], list[str]] = {}
    for (state, step), then in table.items():
        steps.setdefault((state, then), []).append(step.value)
    arrows = [f"    {state.value} --> {then.value}: {', '.join(names)}" for (state, then), names in steps.items()]
    dead_ends = {then for then in table.values()} - {state for state, _ in table}
    ends = sorted(state.value for state in dead_ends.union(last))
    lines = ["stateDiagram-v2", f"    [*] --> {first.value}", *arrows, *(f"    {end} --> [*]" for end in ends)]
    return "\n".join(["```mermaid", *lines, "```", ""])


def page() -> str:
    """Give the whole page."""
    sections = [
        INTRODUCTION,
        REQUESTS, diagram(REQUEST, RequestState.WAITING),
        RESPONSES, diagram(RESPONSE, ResponseState.ACTIVE, last=[ResponseState.DONE]),
        SEGMENTS, diagram(SEGMENT, SegmentState.QUEUED),
        MESSAGES, diagram(MESSAGE, PlayoutState.AWAITED),
        FLOORS, diagram(FLOOR, FloorState.FREE),
        GATES, diagram(GATE, GateState.SHUT),
    ]  # fmt: skip
    return "\n".join(sections)


if __name__ == "__main__":
    PAGE.write_text(page())
