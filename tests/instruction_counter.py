"""Counts the instructions of Python that this package runs: what work costs, the same on every machine."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from types import CodeType, FrameType
from typing import Any, Final

import realtime_sdk

PACKAGE: Final = str(Path(realtime_sdk.__file__).parent)


class InstructionCounter:
    """Counts the instructions of Python that this package, or a folder of it, runs, by function."""

    def __init__(self, folder: str = "") -> None:
        self._folder = str(Path(PACKAGE, folder))
        self.counts: Counter[CodeType] = Counter()
        self._former: Any = None

    def start(self) -> None:
        self._former = sys.gettrace()
        sys.settrace(self._enter)

    def stop(self) -> None:
        sys.settrace(self._former)

    def _enter(self, frame: FrameType, event: str, argument: object) -> Any:
        if not frame.f_code.co_filename.startswith(self._folder):
            return None
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        return self._count

    def _count(self, frame: FrameType, event: str, argument: object) -> Any:
        if event == "opcode":
            self.counts[frame.f_code] += 1
        return self._count

    def check(self, events: int, limit: int, what: str) -> None:
        """Hold the instructions of each of these events against a limit."""
        each = self.counts.total() / events
        most = "\n".join(f"{n / events:7.1f}  {code.co_qualname}" for code, n in self.counts.most_common(15))
        assert each <= limit, (
            f"{what} takes {each:.0f} instructions; {limit} are allowed. Do what is new for it only when it is needed, "
            "or once for a burst (docs/performance.md); raise the limit if it has to be. The most are "
            f"in\n{most}"
        )
        assert each > limit * 0.8, f"{what} takes {each:.0f} instructions by now: lower the limit of {limit}"
