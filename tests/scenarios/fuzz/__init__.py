"""Whole sessions on damaged wires: what a server sent is replayed, mutated, to a real session that an application uses.

A seed gives a `Case`, which is plain data: a transcript, what is done to it, what the application does. `replay` runs a
case on the virtual clock and checks what has to hold on every wire; a case that fails is printed as a program that
replays it. For long runs: `python -m tests.scenarios.fuzz --seeds 0:2000`.
"""

from .case import Act, Case
from .drawing import case_of
from .replaying import program, replay, run

__all__ = ["Act", "Case", "case_of", "program", "replay", "run"]
