from __future__ import annotations

import asyncio
import logging
import math
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, Field

from realtime_sdk.errors import ToolError, UsageError
from realtime_sdk.tools._result import FAILED, ToolResult
from realtime_sdk.tools._tool import Tool
from realtime_sdk.tools._toolbox import Toolbox

from .told import error_told


def weather(city: str, days: int = 1) -> str:
    """Tell the weather.

    It is never wrong.

    Args:
        city: The nearest large town.
        days: How many days ahead.
    """
    return f"{city}: sun for {days} days"


async def tide(port: str) -> dict[str, Any]:
    """Tell the tide."""
    return {"port": port, "metres": 1.5}


def call(function: Callable[..., Any], arguments: str = "{}") -> ToolResult:
    return asyncio.run(Tool(function).call(arguments))


def test_a_function_is_described_by_its_signature_hints_and_docstring() -> None:
    assert Tool(weather).wire() == {
        "type": "function",
        "name": "weather",
        "description": "Tell the weather.\n\nIt is never wrong.",
        "parameters": {
            "type": "object",
            "properties": {
                "city": {"type": "string", "description": "The nearest large town."},
                "days": {"type": "integer", "description": "How many days ahead.", "default": 1},
            },
            "required": ["city"],
            "additionalProperties": False,
        },
    }


def numpy_style(depth: float) -> None:
    """Dive.

    Parameters
    ----------
    depth : float
        Metres below the surface.
    """


def rest_style(depth: float) -> None:
    """Dive.

    :param depth: Metres below the surface.
    """


@pytest.mark.parametrize("function", [numpy_style, rest_style])
def test_the_docstring_may_have_any_usual_style(function: Callable[..., Any]) -> None:
    tool = Tool(function)
    assert tool.description == "Dive."
    assert tool.parameters["properties"]["depth"]["description"] == "Metres below the surface."


def undescribed(x, y: Literal["a", "b"] = "a", *, z: list[int] | None = None):  # type: ignore[no-untyped-def]
    return [x, y, z]


def test_a_function_needs_neither_docstring_nor_hints() -> None:
    tool = Tool(undescribed)
    assert "description" not in tool.wire()
    assert tool.parameters["properties"]["x"] == {}
    assert tool.parameters["properties"]["y"] == {"enum": ["a", "b"], "type": "string", "default": "a"}
    assert call(undescribed, '{"x": {"deep": [1]}, "z": [2]}') == ToolResult('[{"deep":[1]},"a",[2]]')


def described(x: Annotated[int, Field(description="From the hint.", ge=0)]) -> int:
    """Count.

    Args:
        x: From the docstring.
    """
    return x


def test_a_description_in_the_hint_wins() -> None:
    assert Tool(described).parameters["properties"]["x"] == {
        "type": "integer", "description": "From the hint.", "minimum": 0,
    }


class Place(BaseModel):
    name: str
    north: float = 0.0


def sail(to: Place) -> str:
    assert isinstance(to, Place)
    return to.name


def test_an_argument_may_be_a_model() -> None:
    assert call(sail, '{"to": {"name": "Lerwick"}}') == ToolResult("Lerwick")
    assert "Place" in Tool(sail).parameters["$defs"]


def awkward(schema: int, json: int, self: int, _private: int, model_config: int) -> int:
    return schema + json + self + _private + model_config


def test_parameters_may_have_any_name() -> None:
    assert call(awkward, '{"schema": 1, "json": 2, "self": 3, "_private": 4, "model_config": 5}') == ToolResult("15")


def test_a_name_and_description_may_be_given() -> None:
    tool = Tool(weather, name="forecast", description="Guess.")
    assert (tool.name, tool.description) == ("forecast", "Guess.")
    assert asyncio.run(Tool(partial(weather, days=3), name="soon").call('{"city": "Oban"}')).output.endswith("3 days")


class Harbour:
    def __init__(self) -> None:
        self.boats: list[str] = []

    def moor(self, boat: str) -> int:
        self.boats.append(boat)
        return len(self.boats)


def test_a_method_is_a_tool() -> None:
    harbour = Harbour()
    assert call(harbour.moor, '{"boat": "Ilse"}') == ToolResult("1")
    assert harbour.boats == ["Ilse"]


def everything(*args: int) -> None: ...
def anything(**options: int) -> None: ...
def unnamed(x: int, /) -> None: ...
def untyped(x: Harbour) -> None: ...
def unresolved(x: Nowhere) -> None: ...  # type: ignore[name-defined]  # noqa: F821
def callback(x: Callable[[], None]) -> None: ...


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (everything, "'everything': parameter 'args' takes any number"),
        (anything, "'anything': parameter 'options' takes arguments of any name"),
        (unnamed, "'unnamed': parameter 'x' is positional-only"),
        (untyped, "'untyped' can't be described.*Harbour"),
        (unresolved, "'unresolved' can't be read.*Nowhere"),
        (callback, "'callback' can't be described"),
        (lambda: None, r"not '<lambda>': pass Tool\(function, name=…\)"),
        (partial(weather), "name=…"),
    ],
)
def test_a_function_that_the_model_can_not_call_is_refused(function: Callable[..., Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        Tool(function)


@pytest.mark.parametrize("name", ["with space", "x" * 65, "grüße"])
def test_a_name_that_the_service_refuses_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match="name"):
        Tool(weather, name=name)


def test_the_function_gets_validated_arguments_and_its_own_defaults() -> None:
    assert call(weather, '{"city": "Oban"}') == ToolResult("Oban: sun for 1 days")
    assert call(weather, '{"city": "Oban", "days": "2"}') == ToolResult("Oban: sun for 2 days")


def test_no_arguments_may_be_an_empty_string() -> None:
    def now() -> str:
        return "noon"

    assert call(now, "") == call(now, "{}") == ToolResult("noon")


def returning(result: Any) -> Callable[[], Any]:
    def function() -> Any:
        return result

    return function


@dataclass
class Wave:
    height: float


@pytest.mark.parametrize(
    ("result", "output"),
    [
        ("text as it is", "text as it is"), ("", ""), (None, "null"), (3, "3"), ({"ä": [True]}, '{"ä":[true]}'),
        (Wave(1.5), '{"height":1.5}'), (Place(name="Oban"), '{"name":"Oban","north":0.0}'),
        (math.nan, "null"), ([1.5, -math.inf, Wave(math.nan)], '[1.5,null,{"height":null}]'),
    ],
)
def test_a_result_is_text_or_json(result: Any, output: str) -> None:
    assert call(returning(result)) == ToolResult(output)


def in_a_loop() -> Iterator[str]:
    yield "Rain in Spain"
    yield "Snow in Norway"


async def as_it_comes() -> AsyncIterator[str]:
    for headline in in_a_loop():
        yield headline


def test_a_result_in_pieces_is_the_list_of_them() -> None:
    for function in (in_a_loop, as_it_comes, returning(as_it_comes())):
        assert call(function) == ToolResult('["Rain in Spain","Snow in Norway"]')


def test_what_is_raised_behind_the_first_pieces_is_an_error() -> None:
    async def breaks_off() -> AsyncIterator[int]:
        yield 1
        raise ToolError("the line went dead")

    assert error_told(call(breaks_off).output) == "the line went dead"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("{", "bad arguments: Invalid JSON"),
        ("[]", "bad arguments: Input should be an object"),
        ("null", "bad arguments: Input should be an object"),
        ("{}", "bad arguments: city: Field required"),
        ('{"city": "Oban", "days": "many"}', "bad arguments: days: Input should be a valid integer"),
        ('{"city": "Oban", "when": 1}', "bad arguments: when: Extra inputs are not permitted"),
        ("[" * 100_000, "bad arguments: Invalid JSON"),
    ],
)
def test_invalid_arguments_are_reported_to_the_model(arguments: str, message: str) -> None:
    assert error_told(call(weather, arguments).output).startswith(message)


def sync_failure() -> None:
    raise OSError("the sea is out")


async def async_failure() -> None:
    raise OSError("the sea is out")


def stop() -> None:
    raise StopIteration


async def await_cancelled() -> None:
    other = asyncio.ensure_future(asyncio.Event().wait())
    other.cancel()
    await other


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (sync_failure, "OSError: the sea is out"),
        (async_failure, "OSError: the sea is out"),
        (stop, "RuntimeError"),
        (await_cancelled, "CancelledError"),
        (returning(object()), "PydanticSerializationError"),
        (returning(b"\xff"), "PydanticSerializationError"),
    ],
)
def test_whatever_a_function_does_there_is_one_output(function: Callable[..., Any], message: str) -> None:
    result = call(function)
    assert message in str(result.error)
    assert error_told(result.output) == FAILED


def test_an_error_is_logged_with_its_traceback(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "realtime_sdk.tools"):
        call(sync_failure)
    (record,) = caplog.records
    assert record.getMessage() == "tool sync_failure failed"
    assert record.exc_info is not None


def test_a_long_error_is_cut() -> None:
    def fail() -> None:
        raise OSError("x" * 100_000)

    assert len(str(call(fail).error)) == 1000


def test_a_synchronous_function_runs_in_a_worker_thread_an_asynchronous_one_does_not() -> None:
    async def here() -> int:
        return threading.get_ident()

    def there() -> int:
        return threading.get_ident()

    assert call(here).output == str(threading.get_ident())
    assert call(there).output != str(threading.get_ident())


def test_a_synchronous_function_may_return_an_awaitable() -> None:
    class Remote:
        async def __call__(self, port: str) -> dict[str, Any]:
            return await tide(port)

    assert asyncio.run(Tool(Remote(), name="tide").call('{"port": "Oban"}')).error is None


def test_a_cancelled_call_is_cancelled_even_while_the_function_blocks() -> None:
    released = threading.Event()

    def block() -> None:
        released.wait()

    async def main() -> None:
        for function in (block, asyncio.Event().wait):
            running = asyncio.ensure_future(Tool(function).call("{}"))
            await asyncio.sleep(0)
            running.cancel()
            try:
                with pytest.raises(asyncio.CancelledError):
                    await running
            finally:
                released.set()

    asyncio.run(main())


def test_a_toolbox_finds_tools_by_name() -> None:
    toolbox = Toolbox([weather, Tool(tide, name="tide_table")])
    assert len(toolbox) == 2
    tool = toolbox.get("tide_table")
    assert tool is not None
    assert asyncio.run(tool.call('{"port": "Oban"}')) == ToolResult('{"port":"Oban","metres":1.5}')
    assert toolbox.get("tide") is None


def test_of_an_unknown_tool_the_model_is_told_which_there_are() -> None:
    assert Toolbox([weather, tide]).unknown("tides") == "there is no tool 'tides'; the tools are: weather, tide"
    assert Toolbox().unknown("tides") == "there is no tool 'tides'; the tools are: none"


def test_two_tools_of_one_name_are_refused() -> None:
    with pytest.raises(UsageError, match="two tools are called 'weather'"):
        Toolbox([weather, Tool(tide, name="weather")])
