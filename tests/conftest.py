"""Settings that all tests share."""

from __future__ import annotations

import gc
from collections.abc import Generator
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from .effort import PROFILE

# The same examples in every run, and no time limit on one, nor on making them: a test must not depend on the machine's
# speed or its luck.
TIMELESS = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("default", TIMELESS, derandomize=True)
settings.register_profile("thorough", TIMELESS, derandomize=True)
settings.register_profile("nightly", TIMELESS, max_examples=10_000)
settings.load_profile(PROFILE)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """With `-n`, begin with what takes longest, so that no process is left alone with it."""
    if hasattr(config, "workerinput"):
        from .scheduling import sort_by_length  # pytest runs without xdist, too

        sort_by_length(items)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Hide what lives as long as the tests from the garbage collector: searching it took a tenth of their time."""
    gc.disable()
    collected = yield
    gc.freeze()
    gc.enable()
    return collected


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """With `-n`, and no other `--dist`, run tests that share something in one process."""
    from .scheduling import Scheduling  # pytest runs without xdist, too

    return Scheduling(config, log) if config.getvalue("dist") == "load" else None


@pytest.hookimpl(wrapper=True, optionalhook=True)
def pytest_xdist_auto_num_workers() -> Generator[None, int, int]:
    """With `-n auto`, have one process more than there are cores: that of the sound waits for it most of the time."""
    return (yield) + 1


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Escape half a surrogate pair in captured output: it cannot travel from a worker of `-n` to the main process."""
    report = yield
    report.sections = [
        (name, text.encode("utf-8", "backslashreplace").decode("utf-8")) for name, text in report.sections
    ]
    return report
