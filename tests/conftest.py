"""Settings that all tests share."""

from __future__ import annotations

from collections.abc import Generator

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


@pytest.hookimpl(wrapper=True, optionalhook=True)
def pytest_xdist_auto_num_workers() -> Generator[None, int, int]:
    """With `-n auto`, have one process more than there are cores: the one of the real tests waits most of the time."""
    return (yield) + 1


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Escape half a surrogate pair in captured output: it cannot travel from a worker of `-n` to the main process."""
    report = yield
    report.sections = [
        (name, text.encode("utf-8", "backslashreplace").decode("utf-8")) for name, text in report.sections
    ]
    return report
