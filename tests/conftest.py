"""Settings that all tests share."""

from __future__ import annotations

import pytest
from hypothesis import settings

from .effort import PROFILE

# The same examples in every run, and no time limit on one: a test must not depend on the machine's speed or its luck.
settings.register_profile("default", deadline=None, derandomize=True)
settings.register_profile("thorough", deadline=None, derandomize=True)
settings.register_profile("nightly", deadline=None, max_examples=10_000)
settings.load_profile(PROFILE)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """With `-n`, run what is real in one process: it shares the sound server, and loads each speech model once."""
    for item in items:
        if item.get_closest_marker("real"):
            item.add_marker(pytest.mark.xdist_group("real"))
    items.sort(key=lambda item: item.get_closest_marker("real") is None)  # the longest group first
