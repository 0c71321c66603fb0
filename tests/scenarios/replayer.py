"""Replays what a property test drew; a failure carries the program that does so again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

Drawn = TypeVar("Drawn")
Seen = TypeVar("Seen")


class Replayer(Generic[Drawn, Seen]):
    """Holds the session that was drawn, and checks what was seen of it.

    package: exports `replay`, which the program calls.
    modules: their names are those in the repr of what was drawn.
    """

    def __init__(
        self, hold: Callable[[Drawn], Seen], check: Callable[[Seen], None], package: str, *modules: str
    ) -> None:
        self._hold = hold
        self._check = check
        self._imports = [f"from {module} import *" for module in modules] + [f"from {package} import replay"]

    def replay(self, drawn: Drawn) -> Seen:
        """Hold the session, and check it; what fails says how to see it again."""
        try:
            seen = self._hold(drawn)
            self._check(seen)
        except Exception as error:
            error.add_note(f"To see it again:\n\n{self.program(drawn)}")
            raise
        return seen

    def program(self, drawn: Drawn) -> str:
        """The program that replays what was drawn."""
        return "\n".join([*self._imports, "", f"replay({drawn!r})", ""])
