"""No schedule of events, network, device and user can make the history differ from what was audible.

Whole sessions against the strict server, on a speaker that knows the truth; see `schedules/checks.py` for what has to
hold.
"""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings

from ..effort import tries
from .schedules import replay, schedule as s
from .schedules.strategies import schedules


@pytest.mark.slow
@pytest.mark.timeout(3600)
@settings(max_examples=tries(100), suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(schedules)
def test_reports_match_what_was_heard(schedule: s.Schedule) -> None:
    replay(schedule)
