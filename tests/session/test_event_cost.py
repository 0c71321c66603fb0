"""What an event of the server costs: the instructions of Python that this package runs for it, which are the same on
every machine. `python -m tests.session.instructions` counts those of the processor."""

from __future__ import annotations

import sys
from collections import Counter
from functools import partial
from pathlib import Path
from types import CodeType, FrameType
from typing import Any, Final

import pytest

import realtime_sdk
from realtime_sdk.testing import run_virtual

from .counted_talk import BURST, talk

PACKAGE: Final = str(Path(realtime_sdk.__file__).parent)

EVENTS: Final = 4 * BURST

LIMITS: Final = {
    ("audio", False): 1000,
    ("audio", True): 1000,
    ("text", False): 750,
    ("text", True): 750,
}
"""Instructions an event, by its kind and whether `Session.events` is read: a twentieth above what they are where pytest
rewrites the assertions of this package, as it does where its plugin is installed."""


class InstructionCounter:
    """Counts the instructions of Python that this package runs, by function."""

    def __init__(self) -> None:
        self.counts: Counter[CodeType] = Counter()
        self._former: Any = None

    def start(self) -> None:
        self._former = sys.gettrace()
        sys.settrace(self._enter)

    def stop(self) -> None:
        sys.settrace(self._former)

    def _enter(self, frame: FrameType, event: str, argument: object) -> Any:
        if not frame.f_code.co_filename.startswith(PACKAGE):
            return None
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        return self._count

    def _count(self, frame: FrameType, event: str, argument: object) -> Any:
        if event == "opcode":
            self.counts[frame.f_code] += 1
        return self._count


@pytest.mark.skipif(sys.version_info[:2] != (3, 11), reason="the limits are those of Python 3.11's instructions")
@pytest.mark.parametrize(("kind", "reader"), LIMITS)
def test_an_event_costs_no_more_instructions_than_it_did(kind: str, reader: bool) -> None:
    counter = InstructionCounter()
    run_virtual(partial(talk, kind, EVENTS, reader=reader, begin=counter.start, end=counter.stop))
    each = counter.counts.total() / EVENTS
    most = "\n".join(f"{n / EVENTS:7.1f}  {code.co_qualname}" for code, n in counter.counts.most_common(15))
    limit = LIMITS[kind, reader]
    assert each <= limit, (
        f"an event of this kind takes {each:.0f} instructions; {limit} are allowed. Do what is new for it only when it "
        "is needed, or once for a burst (docs/performance.md, Events); raise the limit if it has to be. The most are "
        f"in\n{most}"
    )
    assert each > limit * 0.8, f"an event of this kind takes {each:.0f} instructions by now: lower the limit of {limit}"
