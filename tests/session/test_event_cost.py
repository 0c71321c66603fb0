"""What an event of the server and a captured block cost: the instructions of Python that this package runs for each,
which are the same on every machine. `python -m tests.session.instructions` counts those of the processor."""

from __future__ import annotations

import sys
from functools import partial
from typing import Final

import pytest

from realtime_sdk.testing import run_virtual

from ..instruction_counter import InstructionCounter
from .counted_talk import BURST, capture, talk

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
