"""The pytest plugin: fixtures, and a virtual clock for `async def` tests.

pytest loads it in every project that has the package installed, so the rest of the package is imported only in tests
that use it.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Generator, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from .session._session import Session
    from .testing._devices import VirtualSpeaker
    from .testing._fake_server import FakeServer

__all__ = ["realtime_options", "realtime_server", "realtime_session", "realtime_speaker"]

_MARKER = "virtual_clock"

_FIXTURES = ("realtime_server", "realtime_session", "realtime_speaker")
"""The fixtures whose tests run on a virtual clock."""

_ENTERED = ("realtime_server", "realtime_session")
"""Those that are entered for the test, in this order."""

_OTHERS = ("anyio", "asyncio", "trio")
"""The markers of other plugins, which run a test themselves."""


def pytest_configure(config: pytest.Config) -> None:
    """Describe the marker."""
    config.addinivalue_line(
        "markers", f"{_MARKER}(limit=7200.0): run an `async def` test on a clock that jumps from timer to timer"
    )


@pytest.fixture
def realtime_server() -> FakeServer:
    """A server in memory, entered while the test runs: script it with `reply`, and connect to it by `endpoint=`."""
    from .testing._fake_server import FakeServer

    return FakeServer()


@pytest.fixture
def realtime_speaker() -> VirtualSpeaker:
    """A speaker that records what is heard, and when; that of `realtime_session`."""
    from .testing._devices import VirtualSpeaker

    return VirtualSpeaker()


@pytest.fixture
def realtime_options() -> Mapping[str, Any]:
    """The arguments with which `realtime_session` is connected: a test module overrides it, for tools and settings."""
    return {}


@pytest.fixture
def realtime_session(
    request: pytest.FixtureRequest, realtime_server: FakeServer, realtime_speaker: VirtualSpeaker,
    realtime_options: Mapping[str, Any],
) -> AbstractAsyncContextManager[Session]:  # fmt: skip
    """A session that is connected to `realtime_server`; what it has been said is heard by `realtime_speaker`."""
    from .session._connecting import connect

    if not inspect.iscoroutinefunction(request.function):
        pytest.fail("realtime_session is for tests that are coroutine functions: async def test_…", pytrace=False)
    arguments = {"endpoint": realtime_server, "speaker": realtime_speaker, "microphone": None, **realtime_options}
    return connect(**arguments)


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> object | None:
    """Run a coroutine function that has the marker, or uses a fixture of this plugin, on a virtual clock."""
    marker = pyfuncitem.get_closest_marker(_MARKER)
    is_ours = marker is not None or any(name in pyfuncitem.fixturenames for name in _FIXTURES)
    is_others = any(pyfuncitem.get_closest_marker(name) for name in _OTHERS)
    if not is_ours or is_others or not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    from .testing._clock import run_virtual

    names = inspect.signature(pyfuncitem.obj).parameters
    arguments = {name: pyfuncitem.funcargs[name] for name in names if name in pyfuncitem.funcargs}
    entered = {name: pyfuncitem.funcargs[name] for name in _ENTERED if name in pyfuncitem.funcargs}
    run_virtual(partial(_run, pyfuncitem.obj, arguments, entered), **({} if marker is None else marker.kwargs))
    return True


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show what a server of the test held and received, if the test failed."""
    report = yield
    server = getattr(item, "funcargs", {}).get("realtime_server")
    if report.when == "call" and report.failed and server is not None:
        from .testing._assertions import describe_talk

        report.sections.append(("realtime_server", describe_talk(server)))
    return report


async def _run(test: Callable[..., Any], arguments: Mapping[str, Any], entered: Mapping[str, Any]) -> None:
    """Run a test inside the server and the session that it uses."""
    async with AsyncExitStack() as stack:
        inside = {name: await stack.enter_async_context(each) for name, each in entered.items()}
        await test(**{name: inside.get(name, value) for name, value in arguments.items()})
