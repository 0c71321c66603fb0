"""Fixtures of the captions' tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from realtime_sdk.captions.text import _pronunciation


@pytest.fixture
def spelled_as_spoken(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Pronounce English as it is spelled, without a lexicon: so the toy voice of `speech.py` speaks it."""
    monkeypatch.delitem(_pronunciation._LANGUAGES, "en-us")
    _pronunciation.pronounce.cache_clear()
    yield
    _pronunciation.pronounce.cache_clear()
