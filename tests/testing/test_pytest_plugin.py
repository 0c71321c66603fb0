"""The pytest plugin, as a project that uses the package sees it."""

from __future__ import annotations

import subprocess
import sys
import textwrap
import tomllib
from pathlib import Path

import pytest

from realtime_sdk import pytest_plugin

from ..loading import load_everything

pytest_plugins = ["pytester"]

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module", autouse=True)
def everything_is_loaded() -> None:
    load_everything()


def run(pytester: pytest.Pytester, code: str, *options: str) -> pytest.RunResult:
    pytester.makepyfile(code)
    without = ("-p", "no:cacheprovider", "-p", "no:randomly")
    return pytester.runpytest_inprocess(*without, *options, plugins=[pytest_plugin])


def test_it_is_an_entry_point_of_the_distribution() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    [(name, module)] = project["entry-points"]["pytest11"].items()
    assert name == module == pytest_plugin.__name__


def test_loading_it_imports_nothing_else_of_the_package() -> None:
    code = "import sys, realtime_sdk.pytest_plugin; print(*(n for n in sys.modules if n.startswith('realtime_sdk')))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert loaded.split() == ["realtime_sdk", "realtime_sdk.pytest_plugin"]


def test_a_barge_in_in_a_few_lines(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
        import asyncio
        from realtime_sdk import Interrupted
        from realtime_sdk.testing import assert_heard, assert_interrupted, assert_silent, assert_truncated, message

        async def test_a_barge_in(realtime_server, realtime_session, realtime_speaker):
            realtime_server.reply(message("One two three four five.", seconds=5.0))
            realtime_session.send_text("Count.")
            response = await anext(realtime_session.responses())
            await asyncio.sleep(2.5)
            await realtime_server.user_speaks("Stop.", seconds=0.5)
            cut = await anext(realtime_session.events(Interrupted))
            [item] = response.items
            assert_heard(realtime_session, "One two three")
            assert_interrupted(item, at=2.5)
            assert_truncated(realtime_server, item, at=2.5)
            assert_silent(realtime_speaker, since=cut.at)
        """,
    )
    result.assert_outcomes(passed=1)


def test_options_of_the_session_and_calls_of_tools(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
        import pytest
        from realtime_sdk.testing import assert_tool_called, call, message

        def weather(city: str, unit: str = "C") -> str:
            return "sun"

        @pytest.fixture
        def realtime_options():
            return {"tools": [weather], "instructions": "Be brief."}

        async def test_a_call(realtime_server, realtime_session):
            realtime_server.reply(call("weather", {"city": "Paris", "unit": "F"}))
            realtime_server.reply(message("There is sun."))
            realtime_session.send_text("What is the weather?")
            await realtime_session.drained()
            assert assert_tool_called(realtime_session, "weather", city="Paris").output == "sun"
            assert realtime_server.connections[0].session.settings["instructions"] == "Be brief."
        """,
    )
    result.assert_outcomes(passed=1)


FAILURES = {
    'assert_heard(session, "One two")': ["to be heard:", "'One two'", "'One two three', cut at 2.50 of 5.00 s"],
    "assert_heard(session)": ["expected to be heard:", "nothing"],
    "assert_interrupted(item, at=1.0)": ["to be cut at 1.00 s", "cut at 2.50 of 5.00 s of 'One two three four"],
    "assert_truncated(server, item, at=1.0)": ["holds 2.50 of 5.00 s", "conversation.item.truncate at 2.50 s"],
    "assert_silent(speaker, since=EPOCH)": ["sound was heard from +0.00 s to +2.50 s"],
    'assert_tool_called(session, "weather", city="Paris")': ["expected a call of weather(city='Paris')", "nothing"],
}


def test_a_failure_says_what_happened_instead(pytester: pytest.Pytester) -> None:
    signature = "(session, server, speaker, item)"
    checks = "\n".join(f"async def check_{n}{signature}: {each}" for n, each in enumerate(FAILURES))
    result = run(
        pytester,
        f"""
        import asyncio, pytest
        from realtime_sdk.testing import *
        from realtime_sdk.testing._clock import EPOCH

        {textwrap.indent(checks, " " * 8).lstrip()}

        @pytest.mark.parametrize("check", [{", ".join(f"check_{n}" for n in range(len(FAILURES)))}])
        async def test_a_barge_in(check, realtime_server, realtime_session, realtime_speaker):
            realtime_server.reply(message("One two three four five.", seconds=5.0))
            realtime_session.send_text("Count.")
            response = await anext(realtime_session.responses())
            await asyncio.sleep(2.5)
            await realtime_server.user_speaks("Stop.", seconds=0.5)
            await check(realtime_session, realtime_server, realtime_speaker, *response.items)
        """,
    )
    result.assert_outcomes(failed=len(FAILURES))
    failures = result.stdout.str().split("_ test_a_barge_in[")[1:]
    for failure, parts in zip(failures, FAILURES.values(), strict=True):
        for part in [*parts, "the conversation as the server holds it:"]:
            assert part in failure


def test_the_marker_runs_any_coroutine_function_on_a_virtual_clock(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
        import asyncio, pytest

        @pytest.mark.virtual_clock
        async def test_an_hour():
            await asyncio.sleep(3600)
            assert asyncio.get_running_loop().time() == 3600

        @pytest.mark.virtual_clock(limit=5.0)
        async def test_with_a_limit():
            await asyncio.sleep(6)
        """,
        "--strict-markers",
    )
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["*5 virtual seconds are up*"])


def test_tests_that_do_not_use_it_are_left_alone(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
        import pytest, sys

        def test_plain():
            pass

        @pytest.mark.anyio
        @pytest.mark.parametrize("anyio_backend", ["asyncio"])
        async def test_of_another_plugin(anyio_backend):
            import asyncio
            assert type(asyncio.get_running_loop()).__name__ != "VirtualLoop"

        async def test_of_no_plugin():
            raise AssertionError("no plugin runs it")
        """,
        "-W", "ignore",
    )
    outcomes = result.parseoutcomes()
    assert outcomes["passed"] == 2
    result.stdout.no_fnmatch_line("*no plugin runs it*")


@pytest.mark.parametrize("mode", ["auto", "strict"])
def test_it_runs_its_tests_where_another_plugin_runs_all_coroutine_functions(
    pytester: pytest.Pytester, mode: str
) -> None:
    result = run(
        pytester,
        """
        import asyncio, pytest
        from realtime_sdk.testing import VirtualLoop, assert_heard, message

        pytestmark = pytest.mark.anyio

        @pytest.fixture
        def anyio_backend():
            return "asyncio"

        @pytest.fixture
        def greeting(realtime_server):
            realtime_server.reply(message("Hello."))

        class TestTalk:
            async def test_it(self, greeting, realtime_session):
                realtime_session.send_text("Hello?")
                await realtime_session.drained()
                assert_heard(realtime_session, "Hello.")

        @pytest.mark.virtual_clock
        @pytest.mark.parametrize("hours", [1, 2])
        async def test_hours(hours):
            await asyncio.sleep(3600 * hours)

        async def test_in_real_time():
            assert not isinstance(asyncio.get_running_loop(), VirtualLoop)
        """,
        "-o", f"anyio_mode={mode}",
    )  # fmt: skip
    result.assert_outcomes(passed=4)


def test_a_deadlock_shows_the_line_of_the_test_and_no_line_of_the_loop(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
        async def test_it(realtime_server, realtime_session):
            await anext(realtime_session.responses())
        """,
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines([
        "7200 virtual seconds are up:",
        "  main waits in *",
        "    from test_it (*test_a_deadlock_shows*.py:2)",
        "    await anext(realtime_session.responses())",
    ], consecutive=True)  # fmt: skip
    result.stdout.no_fnmatch_line("*run_until_complete*")


def test_the_marker_takes_its_arguments_by_name(pytester: pytest.Pytester) -> None:
    result = run(pytester, "import pytest\n@pytest.mark.virtual_clock(5)\nasync def test_it(): pass")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["virtual_clock takes arguments by their names: virtual_clock(limit=60.0)"])


def test_a_session_in_a_plain_test_says_what_to_write(pytester: pytest.Pytester) -> None:
    result = run(pytester, "def test_it(realtime_session): pass")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*realtime_session is for tests that are coroutine functions: async def test_*"])
