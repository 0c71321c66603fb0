"""Values refused as a tool or as a list of tools, and the public names of a tool."""

from __future__ import annotations

from typing import Any

import pytest

from realtime_sdk import Tool, ToolResult, UsageError
from realtime_sdk.tools._toolbox import Toolbox


def weather(city: str) -> str:
    """Report the weather."""
    return f"sun in {city}"


async def tide() -> str:
    """Report the tide."""
    return "low"


@pytest.mark.filterwarnings("error")
def test_what_a_function_returns_is_no_tool() -> None:
    with pytest.raises(UsageError, match=r"a tool is a function, but tide\(…\) was called: pass tide"):
        Tool(tide())  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("value", "refusal"),
    [
        ("tide", "a tool is a function, a Tool or the wire's object, not 'tide': pass the function, not its name"),
        (None, "a tool is a function, a Tool or the wire's object, not None"),
        (7, "a tool is a function, a Tool or the wire's object, not 7"),
    ],
)
def test_what_is_no_function_is_no_tool(value: Any, refusal: str) -> None:
    with pytest.raises(UsageError) as error:
        Toolbox().replaced_by([value])
    assert str(error.value) == refusal


@pytest.mark.parametrize(
    ("value", "refusal"),
    [
        (weather, "tools is a list of functions, not the function weather: pass a list: tools=[weather]"),
        (Tool(weather), "tools is a list of functions, not a Tool: pass a list: tools=[…]"),
        ("weather", "tools is a list of functions, not 'weather': pass a list: tools=[…]"),
        ({"type": "mcp"}, "tools is a list of functions, not a dict: pass a list: tools=[…]"),
        (None, "tools is a list of functions, not None: pass a list: tools=[…]"),
    ],
)
def test_one_tool_is_no_list_of_tools(value: Any, refusal: str) -> None:
    with pytest.raises(UsageError) as error:
        Toolbox().replaced_by(value)
    assert str(error.value) == refusal


@pytest.mark.parametrize(
    ("options", "refusal"),
    [
        ({"name": 7}, "name is a string, not 7"),
        ({"description": 7}, "description is a string, not 7"),
        ({"respond": "no"}, "respond is True or False, not 'no'"),
        ({"approve": None}, "approve is True or False, not None"),
        ({"filler": " "}, "filler is a text, or a function that returns one, not ' '"),
        ({"timeout": 0}, "timeout is a positive number of seconds, such as 10.0, not 0"),
    ],
)
def test_a_wrong_option_is_refused(options: dict[str, Any], refusal: str) -> None:
    with pytest.raises(UsageError) as error:
        Tool(weather, **options)
    assert str(error.value) == refusal


def test_a_function_and_the_wires_object_of_another_can_not_have_one_name() -> None:
    with pytest.raises(UsageError, match="two tools are called 'weather'"):
        Toolbox().replaced_by([{"type": "function", "name": "weather"}, weather])


def test_a_tool_shows_these_names_and_no_others() -> None:
    options = {"timeout", "respond", "on_interrupt", "approve", "filler", "filler_after"}
    names = {"function", "name", "description", "parameters", "call", "wire"} | options
    assert {name for name in dir(Tool(weather)) if not name.startswith("_")} == names


def test_a_result_shows_these_names_and_no_others() -> None:
    names = {"output", "respond", "error", "exception"}
    assert {name for name in dir(ToolResult("done")) if not name.startswith("_")} == names
