"""Whatever a tool does, there is one result for the model, and only a cancellation of the call is raised."""

from __future__ import annotations

import asyncio
import json
import logging
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Annotated, Any

import anyio
import pytest
from pydantic import AfterValidator, TypeAdapter

from realtime_sdk import ToolError
from realtime_sdk._runtime.text import TEXT_LIMIT
from realtime_sdk._runtime.threads import TOOL_THREADS
from realtime_sdk.testing import FakeServer, VirtualSpeaker, call, message, run_virtual
from realtime_sdk.tools._result import FAILED, OUTPUT_LIMIT, ToolResult
from realtime_sdk.tools._tool import ARGUMENTS_LIMIT, Tool

from .told import error_told

LEFT_RUNNING = """
import asyncio
from realtime_sdk import Tool

def rows():
    for number in range(10**9):
        yield number

async def main():
    calling = asyncio.create_task(Tool(rows).call("{}"))
    await asyncio.sleep(0.2)
    calling.cancel()

asyncio.run(main())
"""


class Silent(Exception):
    def __str__(self) -> str:
        raise ValueError

    __repr__ = __str__


class Unshown:
    def __repr__(self) -> str:
        raise SystemExit

    __str__ = __repr__


def result_of(function: Callable[..., Any], arguments: str = "{}") -> ToolResult:
    return asyncio.run(Tool(function, name="tool").call(arguments))


def both(function: Callable[[], Any]) -> list[Callable[[], Any]]:
    """The function as a synchronous and as an asynchronous one."""

    async def asynchronous() -> Any:
        return function()

    return [function, asynchronous]


def error_of(function: Callable[..., Any], arguments: str = "{}") -> str:
    """The error of a call, as the application reads it: one printable line of bounded length."""
    result = result_of(function, arguments)
    assert result.error is not None
    assert result.error.isprintable()
    assert len(result.error) <= TEXT_LIMIT
    return result.error


def raising(error: BaseException) -> Callable[[], None]:
    def fail() -> None:
        raise error

    return fail


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (SystemExit(3), "SystemExit: 3"),
        (KeyboardInterrupt(), "KeyboardInterrupt"),
        (GeneratorExit(), "GeneratorExit"),
        (StopIteration(), "RuntimeError: coroutine raised StopIteration"),
        (StopAsyncIteration(), "StopAsyncIteration"),
        (BaseExceptionGroup("both", [SystemExit(), OSError()]), "BaseExceptionGroup: both (2 sub-exceptions)"),
        (ExceptionGroup("one", [OSError("the sea is out")]), "OSError: the sea is out"),
        (asyncio.CancelledError(), "CancelledError"),
        (Silent(), "Silent"),
        (MemoryError(), "MemoryError"),
        (OSError("two\nlines \x1b[2J \ud83d"), "OSError: two lines  [2J"),
        (OSError("x" * 100_000), f"OSError: {'x' * 100_000}"[:TEXT_LIMIT]),
    ],
)  # fmt: skip
def test_an_exception_is_for_the_log_and_the_application_and_a_plain_sentence_for_the_model(
    error: BaseException, message: str, caplog: pytest.LogCaptureFixture
) -> None:
    for function in both(raising(error)):
        caplog.clear()
        result = result_of(function)
        assert (result.error, error_told(result.output)) == (message, FAILED)
        assert result.exception is error or message == "RuntimeError: coroutine raised StopIteration"
        [record] = caplog.records
        assert (record.levelno, record.getMessage()) == (logging.WARNING, "tool tool failed")
        assert record.exc_info is not None


def test_the_model_is_told_the_text_of_a_tool_error() -> None:
    error = ToolError("there is no train on a Sunday")
    for function in both(raising(error)):
        result = result_of(function)
        assert (error_told(result.output), result.error, result.exception) == (str(error), str(error), error)


def test_of_a_tool_error_without_a_text_the_model_is_told_that_the_function_failed() -> None:
    for function in both(raising(ToolError())):
        assert error_told(result_of(function).output) == "the function failed: there is no result"


def test_the_model_is_told_what_is_wrong_with_its_arguments() -> None:
    result = result_of(length, '{"y": 1}')
    assert error_told(result.output) == result.error
    assert result.error == "bad arguments: x: Field required; y: Extra inputs are not permitted"


class Endless(AsyncIterator[int]):
    async def __anext__(self) -> int:
        return 1


def circle() -> list[Any]:
    items: list[Any] = []
    items.append(items)
    return items


def nested(depth: int) -> list[Any]:
    items: list[Any] = []
    for _ in range(depth):
        items = [items]
    return items


@pytest.mark.parametrize(
    ("returned", "message"),
    [
        (Endless, "the result is of type Endless: return what comes out of it"),
        (Unshown, "Unable to serialize unknown type"),
        (circle, "Circular reference"),
        (lambda: nested(100_000), "Maximum serialization depth exceeded"),
        (lambda: {"half": "\ud83d"}, "surrogates not allowed"),
        (lambda: b"\xff", "invalid utf-8 sequence"),
    ],
)
def test_a_result_that_is_no_text_and_no_data_is_an_error(returned: Callable[[], Any], message: str) -> None:
    for function in both(returned):
        assert message in error_of(function)


async def later() -> str:
    return "at last"


async def twice_later() -> Any:
    return later()


@pytest.mark.parametrize("function", both(later))
def test_a_result_that_has_to_be_awaited_is_awaited(function: Callable[[], Any]) -> None:
    assert result_of(function) == ToolResult("at last")


def test_one_that_has_to_be_awaited_twice_is_an_error() -> None:
    assert "the result is of type coroutine" in error_of(lambda: twice_later())


def test_what_no_frame_can_hold_is_replaced_in_a_text() -> None:
    for function in both(lambda: "half of \ud83d"):
        assert result_of(function) == ToolResult("half of ?")


def length(x: Any) -> int:
    return len(str(x))


def test_arguments_may_be_long_and_deep() -> None:
    assert result_of(length, f'{{"x": "{"a" * (ARGUMENTS_LIMIT - 20)}"}}') == ToolResult(str(ARGUMENTS_LIMIT - 20))
    assert result_of(length, f'{{"x": {"[" * 100}{"]" * 100}}}') == ToolResult("200")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (f'{{"x": "{"a" * ARGUMENTS_LIMIT}"}}', "bad arguments: they have more than 1000000 characters"),
        (f'{{"x": {"[" * 100_000}{"]" * 100_000}}}', "bad arguments: Invalid JSON: recursion limit"),
        (f'{{"x": {"9" * 5000}}}', "bad arguments: Invalid JSON: number out of range"),
        ('{"x": "\\ud83d"}', "bad arguments: Invalid JSON"),
        ("\0", "bad arguments: Invalid JSON"),
        (json.dumps({"x": 1, **{f"k{i}": 1 for i in range(9)}}), "k4: Extra inputs are not permitted; and 4 more"),
    ],
)
def test_arguments_that_can_not_be_read_are_an_error(arguments: str, message: str) -> None:
    assert message in error_of(length, arguments)


@pytest.mark.parametrize("character", ["a", "é"])
def test_a_result_that_no_server_takes_is_an_error(character: str) -> None:
    large = OUTPUT_LIMIT // (len(json.dumps(character)) - 2)
    assert result_of(lambda: character * (large - 2)).error is None
    assert "16 MiB, of which a server takes less than 16" in error_of(lambda: character * large)


def end_it(_times: int) -> int:
    raise SystemExit(4)


def ring(times: Annotated[int, AfterValidator(end_it)]) -> None: ...


def test_an_argument_whose_validation_ends_the_program_is_an_error() -> None:
    assert error_of(ring, '{"times": 1}') == "SystemExit: 4"


def test_what_a_function_itself_can_not_validate_is_not_taken_for_bad_arguments() -> None:
    assert error_of(lambda: TypeAdapter(int).validate_python("x")).startswith("ValidationError: 1 validation error")


def failing_at_its_cancellation(error: BaseException) -> Callable[[], Awaitable[None]]:
    async def function() -> None:
        try:
            await anyio.sleep_forever()
        finally:
            raise error

    return function


@pytest.mark.parametrize("error", [OSError("can't undo"), SystemExit(1), GeneratorExit(), asyncio.CancelledError()])
def test_a_cancelled_call_stays_cancelled_whatever_the_function_makes_of_it(error: BaseException) -> None:
    async def main() -> None:
        tool = Tool(failing_at_its_cancellation(error), name="tool")
        calling = asyncio.ensure_future(tool.call("{}"))
        await anyio.sleep(1.0)
        calling.cancel()
        with pytest.raises(asyncio.CancelledError):
            await calling
        with anyio.move_on_after(1.0) as scope:
            await tool.call("{}")
        assert scope.cancelled_caught

    run_virtual(main)


def test_a_suspended_call_can_be_closed_after_its_loop_ended() -> None:
    calling = Tool(anyio.sleep_forever, name="tool").call("{}")

    async def begin() -> None:
        calling.send(None)

    asyncio.run(begin())
    calling.close()


def test_further_calls_wait_while_all_tool_threads_are_busy() -> None:
    started, released = threading.Semaphore(0), threading.Event()

    def work() -> None:
        started.release()
        released.wait()

    async def main() -> None:
        async with anyio.create_task_group() as tasks:
            for _ in range(TOOL_THREADS):
                tasks.start_soon(Tool(work).call, "{}")
            for _ in range(TOOL_THREADS):
                await asyncio.to_thread(started.acquire)
            further = asyncio.ensure_future(Tool(work).call("{}"))
            await anyio.wait_all_tasks_blocked()
            assert not started.acquire(blocking=False)
            released.set()
            assert await further == ToolResult("null")

    asyncio.run(main())


@pytest.mark.parametrize("error", [SystemExit(3), KeyboardInterrupt(), GeneratorExit(), StopIteration(), Silent()])
def test_a_session_survives_a_tool_that_tries_to_end_it(error: BaseException) -> None:
    from realtime_sdk import connect

    async def main() -> list[str]:
        server = FakeServer()
        server.reply(call("tool"))
        server.reply(message("I could not do that."))
        tools = [Tool(raising(error), name="tool")]
        async with server, connect(endpoint=server, speaker=VirtualSpeaker(), microphone=None, tools=tools) as session:
            session.send_text("do it")
            said = []
            async for response in session.responses():
                said += [item.transcript async for item in response if item.type == "message" and await item.played()]
                if said:
                    return said
        raise AssertionError("the session has ended")

    assert run_virtual(main) == ["I could not do that."]


def test_a_program_ends_while_a_generator_that_was_given_up_runs() -> None:
    """A thread that is in native code by then would abort it."""
    ended = subprocess.run([sys.executable, "-c", LEFT_RUNNING], capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr


