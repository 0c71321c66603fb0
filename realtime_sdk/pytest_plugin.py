"""The pytest plugin: fixtures, and a virtual clock for `async def` tests.

pytest loads it in every project that has the package installed, so the rest of the package is imported only in tests
that use it.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Generator, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from functools import partial, update_wrapper
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from .session._session import Session
    from .testing._fake_server import FakeServer
    from .testing.devices._virtual_speaker import VirtualSpeaker

__all__ = ["realtime_options", "realtime_server", "realtime_session", "realtime_speaker"]

_MARKER = "virtual_clock"

_FIXTURES = ("realtime_server", "realtime_session", "realtime_speaker")
"""The fixtures whose tests run on a virtual clock."""

_ENTERED = ("realtime_server", "realtime_session")
"""Those that are entered for the test, in this order."""

_VIRTUAL = pytest.StashKey[bool]()
"""Whether this plugin runs a test."""


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
    from .testing.devices._virtual_speaker import VirtualSpeaker

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
    from .session.opening._connecting import connect

    if _VIRTUAL not in request.node.stash:
        pytest.fail("realtime_session is for tests that are coroutine functions: async def test_…", pytrace=False)
    arguments = {"endpoint": realtime_server, "speaker": realtime_speaker, "microphone": None, **realtime_options}
    return connect(**arguments)


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_pycollect_makeitem() -> Generator[None, object, object]:
    """Have a coroutine function that has the marker, or uses a fixture of this plugin, run on a virtual clock.

    It becomes a plain function before other plugins for coroutine functions see it: they take all of them in a project
    (`asyncio_mode = auto`), or those that they mark.
    """
    collected = yield
    for item in collected if isinstance(collected, list) else [collected]:
        if isinstance(item, pytest.Function) and inspect.iscoroutinefunction(item.obj) and _is_ours(item):
            item.stash[_VIRTUAL] = True
            item.obj = update_wrapper(partial(_run_on_a_virtual_clock, item, item.obj), item.obj)
    return collected


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show what a server of the test held and received, if the test failed."""
    report = yield
    server = getattr(item, "funcargs", {}).get("realtime_server")
    if report.when == "call" and report.failed and server is not None:
        from .testing._assertions import describe_talk

        report.sections.append(("realtime_server", describe_talk(server)))
    return report


def _is_ours(item: pytest.Function) -> bool:
    return item.get_closest_marker(_MARKER) is not None or any(name in item.fixturenames for name in _FIXTURES)


def _run_on_a_virtual_clock(item: pytest.Function, test: Callable[..., Any], /, **arguments: Any) -> None:
    """Run the function of a test on a virtual clock, inside the fixtures that are entered."""
    from .testing._clock import Deadlock, run_virtual

    entered = {name: item.funcargs[name] for name in _ENTERED if name in item.funcargs}
    marker = item.get_closest_marker(_MARKER)
    if marker is not None and marker.args:
        pytest.fail(f"{_MARKER} takes arguments by their names: {_MARKER}(limit=60.0)", pytrace=False)
    try:
        run_virtual(partial(_run, test, arguments, entered), **({} if marker is None else marker.kwargs))
        return
    except Deadlock as deadlock:
        reason = str(deadlock)
    pytest.fail(reason, pytrace=False)  # a traceback would show the loop's code, not the test's


async def _run(test: Callable[..., Any], arguments: Mapping[str, Any], entered: Mapping[str, Any]) -> None:
    """Run a test inside the server and the session that it uses."""
    async with AsyncExitStack() as stack:
        inside = {name: await stack.enter_async_context(each) for name, each in entered.items()}
        await test(**{name: inside.get(name, value) for name, value in arguments.items()})
