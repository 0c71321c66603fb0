"""The client's tools: which one is meant, with which arguments, and how its result is reported."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from realtime_sdk.local._rule_responder import RuleResponder, respond_to
from realtime_sdk.server._backend import Request

from .asking import AFTERNOON, ask, assistant, called, said, user


def tool(name: str, description: str = "", required: tuple[str, ...] = (), **properties: Any) -> dict[str, Any]:
    parameters = {"type": "object", "properties": properties, "required": list(required)}
    return {"type": "function", "name": name, "description": description, "parameters": parameters}


STRING = {"type": "string"}
UNIT = {"type": "string", "enum": ["celsius", "fahrenheit"]}
WEATHER = tool("get_weather", "Get the current weather in a city.", ("city",), city=STRING, unit=UNIT)
LIGHT = tool("set_light", "Turn a light on or off.", ("on",), room=STRING, on={"type": "boolean"})
TIME = tool("get_time", "Tell the time.")
DICE = tool("roll_dice", "Roll some dice.", ("count",), count={"type": "integer"})
FLIGHT = tool("bookFlight", "", ("origin", "destination"), destination=STRING, origin=STRING, date=STRING)
SEARCH = tool("search_orders", "", ("query",), query=STRING)
TOOLS = (WEATHER, LIGHT, TIME, DICE, FLIGHT, SEARCH)


@pytest.mark.parametrize(("text", "name", "arguments"), [
    ("What's the weather in Paris?", "get_weather", {"city": "Paris"}),
    ("whats the weather in paris", "get_weather", {"city": "paris"}),
    ("What's the weather like in New York today?", "get_weather", {"city": "New York"}),
    ("Tell me the weather for Rome in celsius.", "get_weather", {"city": "Rome", "unit": "celsius"}),
    ("Turn on the light in the kitchen.", "set_light", {"on": True, "room": "kitchen"}),
    ("Turn the lights off.", "set_light", {"on": False}),
    ("What time is it?", "get_time", {}),
    ("Roll three dice!", "roll_dice", {"count": 3}),
    ("Book a flight from Berlin to New York tomorrow.", "bookFlight",
     {"origin": "Berlin", "destination": "New York", "date": "tomorrow"}),
    ("Search my orders for red shoes.", "search_orders", {"query": "red shoes"}),
])  # fmt: skip
def test_a_tool_is_announced_and_called(text: str, name: str, arguments: dict[str, Any]) -> None:
    outputs = ask(text, *TOOLS)
    assert said(outputs) == [("commentary", "One moment.")]
    assert called(outputs) == [(name, arguments)]


@pytest.mark.parametrize("text", [
    "17 times 23", "Spell weather.", "Repeat after me: what's the weather in Paris?", "Tell me a story.", "Hello.",
    "How do I get to the station?", "",
])
def test_what_needs_no_tool_calls_none(text: str) -> None:
    assert called(ask(text, *TOOLS)) == []


@pytest.mark.parametrize("schema", [
    {"anyOf": [{"type": "integer"}, {"type": "null"}]}, {"type": ["null", "integer"]}, {"type": "integer"},
])
def test_an_optional_parameter_is_filled_with_a_value_of_its_kind(schema: dict[str, Any]) -> None:
    assert called(ask("Roll three dice.", tool("roll_dice", count=schema))) == [("roll_dice", {"count": 3})]
    assert called(ask("Roll the dice.", tool("roll_dice", count=schema))) == [("roll_dice", {})]


def test_a_missing_tool_argument_is_asked_for() -> None:
    outputs = ask("What's the weather?", *TOOLS)
    assert called(outputs) == []
    assert said(outputs) == [("final_answer", "For that I need to know the city. Please ask again and name it.")]


@pytest.mark.parametrize(("output", "report"), [
    ('{"temperature": 21, "sky": "sunny"}', "The temperature is 21 and the sky is sunny."),
    ('{"open": true, "nextBus": null}', "It is open and the next bus is nothing."),
        ('{"is_raining": false, "wind": {"speed": -2.5}}', "It is not raining and the wind: the speed is minus 2.5."),
        ('{"tasks": []}', "There are no tasks."), ('{"tasks": ["work", "rest"]}', "The tasks are work and rest."),
        ('{"error": "No such city."}', "That did not work: No such city."),
        ("0.30000000000000004", "The result is 0.3."),
    ("It is sunny", "It is sunny."),
    ('"sunny!"', "Sunny!"),
    ("21", "The result is 21."),
    ('["red", "green", "blue"]', "The result is red, green and blue."),
    ('{"error": "no such city"}', "That did not work: no such city."),
    ("", "It is done."), ("null", "It is done."), ("[]", "It is done."),
])
def test_a_result_is_reported(output: str, report: str) -> None:
    call = {"type": "function_call", "call_id": "call_1", "name": "get_weather", "arguments": "{}"}
    result = {"type": "function_call_output", "call_id": "call_1", "output": output}
    items = [user("What's the weather in Paris?"), assistant("One moment."), call, result]
    assert said(respond_to(items, TOOLS, AFTERNOON)) == [("final_answer", report)]


def test_the_results_of_several_calls_are_reported_in_order() -> None:
    outputs = [{"type": "function_call_output", "call_id": str(n), "output": f"{n}"} for n in (1, 2)]
    answer = respond_to([user("both"), *outputs], (), AFTERNOON)
    assert said(answer) == [("final_answer", "The result is 1. The result is 2.")]


def test_a_user_who_speaks_on_is_answered_without_an_old_result() -> None:
    output = {"type": "function_call_output", "call_id": "1", "output": "21"}
    items = [user("the weather in Paris"), output, assistant("The result is 21."), user("What is two plus two?")]
    assert said(respond_to(items, TOOLS, AFTERNOON)) == [("final_answer", "2 plus 2 is 4.")]


def test_a_very_long_result_is_cut() -> None:
    output = {"type": "function_call_output", "call_id": "1", "output": "word " * 1000}
    assert len(said(respond_to([output], (), AFTERNOON))[0][1]) <= 601


@pytest.mark.parametrize(("choice", "calls"), [
    ("auto", 1), ("none", 0),
    ({"type": "function", "name": "get_weather"}, 1), ({"type": "function", "name": "other"}, 0),
])
def test_the_choice_of_tools_is_the_clients(choice: Any, calls: int) -> None:
    request = Request([user("What's the weather in Paris?")], tools=[WEATHER], extra={"tool_choice": choice})
    assert len(called(run(request))) == calls


def run(request: Request) -> list[Any]:
    return asyncio.run(_run(request))


async def _run(request: Request) -> list[Any]:
    return [output async for output in RuleResponder().respond(request)]
