"""What scenarios share."""

from __future__ import annotations

import pytest

import realtime_sdk.session._guard
import realtime_sdk.session.captions._alignment


@pytest.fixture
def unguarded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let an exception of the engine end the talk, and so the test, instead of costing one event."""
    monkeypatch.setattr(realtime_sdk.session._guard, "GUARDED", False)


@pytest.fixture(autouse=True)
def _without_recogniser(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have no phoneme recogniser installed: it finds nothing in the noise of these scenarios, and takes time.

    `tests/session/test_alignment.py` has sessions with it.
    """
    monkeypatch.setattr(realtime_sdk.session.captions._alignment, "is_installed", lambda: False)
