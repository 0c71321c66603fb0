"""What scenarios share."""

from __future__ import annotations

import pytest

import realtime_sdk.session._guard


@pytest.fixture
def unguarded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let an exception of the engine end the talk, and so the test, instead of costing one event."""
    monkeypatch.setattr(realtime_sdk.session._guard, "GUARDED", False)
