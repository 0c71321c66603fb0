"""What an event of the server and a captured block cost: the instructions of Python that this package runs for each,
which are the same on every machine. `python -m tests.session.instructions` counts those of the processor."""

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

from .counted_talk import BURST, capture, talk

PACKAGE: Final = str(Path(realtime_sdk.__file__).parent)

EVENTS: Final = 4 * BURST

LIMITS: Final = {
    ("audio", False): 1050,
    ("audio", True): 1050,
    ("text", False): 750,
    ("text", True): 750,
}
"""Instructions an event, by its kind and whether `Session.events` is read: a twentieth above what they are where pytest
rewrites the assertions of this package, as it does where its plugin is installed."""


BLOCKS: Final = 100

BLOCK_LIMIT: Final = 1850
"""Instructions for a block of the microphone's audio, from the device's `read` to the transport's `send_now`."""


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


python_311 = pytest.mark.skipif(
    sys.version_info[:2] != (3, 11), reason="the limits are those of Python 3.11's instructions"
)


@python_311
@pytest.mark.parametrize(("kind", "reader"), LIMITS)
def test_an_event_costs_no_more_instructions_than_it_did(kind: str, reader: bool) -> None:
    counter = InstructionCounter()
    run_virtual(partial(talk, kind, EVENTS, reader=reader, begin=counter.start, end=counter.stop))
    counter.check(EVENTS, LIMITS[kind, reader], "an event of this kind")


@python_311
def test_a_captured_block_costs_no_more_instructions_than_it_did() -> None:
    counter = InstructionCounter()
    run_virtual(partial(capture, BLOCKS, begin=counter.start, end=counter.stop))
    counter.check(BLOCKS, BLOCK_LIMIT, "a captured block")
