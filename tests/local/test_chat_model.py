"""A chat endpoint as the responder, over a real loopback socket."""

from __future__ import annotations

import asyncio
import traceback
from typing import Any

import pytest

from realtime_sdk.errors import ConnectionFailed, UsageError
from realtime_sdk.local._chat_model import ChatModel, messages
from realtime_sdk.local._responder import TextOutput
from realtime_sdk.server._backend import Call, Message, Request, Text

from .asking import assistant, user
from .chat_endpoint import Endpoint, call, text

KEY = "sk-secret"


async def outputs(endpoint: Endpoint, request: Request, **settings: str) -> list[TextOutput]:
    async with endpoint.serve(), ChatModel(endpoint.url, **settings) as model:
        return [output async for output in model.respond(request)]


def test_an_answer_is_streamed_as_it_comes() -> None:
    async def main() -> None:
        endpoint = Endpoint([text("The sea"), text(" is calm."), {"choices": []}, {"choices": [], "usage": {}}])
        endpoint.go_on.clear()
        async with endpoint.serve(), ChatModel(endpoint.url, model="small") as model:
            stream = model.respond(Request([user("How is the sea?")]))
            assert await anext(stream) == Message()
            assert await anext(stream) == Text("The sea")  # the rest is not even sent
            endpoint.go_on.set()
            assert [output async for output in stream] == [Text(" is calm.")]

    asyncio.run(main())


def test_the_endpoint_is_queried_for_a_model_if_none_is_named() -> None:
    endpoint = Endpoint([text("Yes.")])
    asyncio.run(outputs(endpoint, Request([user("Well?")]), api_key=KEY))
    (listing, headers, _), (chat, _, body) = endpoint.requests
    assert (listing, chat) == ("GET /v1/models HTTP/1.1", "POST /v1/chat/completions HTTP/1.1")
    assert headers["authorization"] == f"Bearer {KEY}"
    assert (body["model"], body["stream"]) == ("small", True)


def test_tool_calls_arrive_in_fragments_and_are_called_whole_after_the_words() -> None:
    endpoint = Endpoint([
        text("  Let me look."), call(0, name="get_weather", arguments=""), call(0, arguments='{"city": '),
        call(0, arguments='"Paris"}'), call(1, name="get_time"),
    ])
    assert asyncio.run(outputs(endpoint, Request([user("?")]), model="m")) == [
        Message(), Text("Let me look."), Call("get_weather", '{"city": "Paris"}'), Call("get_time", "{}"),
    ]


def test_a_client_that_closes_the_thought_hangs_up_and_the_next_one_works() -> None:
    async def main() -> None:
        endpoint = Endpoint([text("One. "), text("Two. ")], [text("Three.")])
        endpoint.go_on.clear()
        async with endpoint.serve(), ChatModel(endpoint.url, model="m") as model:
            stream = model.respond(Request([user("?")]))
            await anext(stream)
            await stream.aclose()
            endpoint.go_on.set()
            assert [output async for output in model.respond(Request([user("?")]))] == [Message(), Text("Three.")]

    asyncio.run(main())


@pytest.mark.parametrize(("reply", "reason"), [
    (404, "answered 404.*no such model"),
    ([text("Yes"), {"error": {"message": "out of memory"}}], "out of memory"),
])
def test_a_failure_says_what_the_endpoint_said_and_no_key(reply: Any, reason: str) -> None:
    with pytest.raises(ConnectionFailed, match=f"the chat endpoint at 127.0.0.1 failed: .*{reason}") as failure:
        asyncio.run(outputs(Endpoint(reply), Request([user("?")]), model="m", api_key=KEY))
    assert KEY not in str(failure.value)


def test_an_endpoint_that_is_not_there_is_a_failed_connection() -> None:
    async def main() -> None:
        async with Endpoint().serve() as gone:
            pass
        async with ChatModel(gone.url):
            pass

    with pytest.raises(ConnectionFailed, match="failed: ConnectError"):
        asyncio.run(main())


@pytest.mark.parametrize("url", ["ws://127.0.0.1", "127.0.0.1:8080", "http://", "file:///etc"])
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(UsageError, match="begins with http"):
        ChatModel(url)


def test_a_key_is_not_sent_to_another_machine_in_the_clear_and_not_shown() -> None:
    with pytest.raises(UsageError, match="not encrypted") as refusal:
        ChatModel("http://example.com/v1", api_key=KEY)
    trace = traceback.TracebackException.from_exception(refusal.value, capture_locals=True)
    assert KEY not in "".join(trace.format())
    for url in ("http://localhost:1/v1", "http://[::1]:1/v1", "https://example.com/v1"):
        assert KEY not in repr(ChatModel(url, api_key=KEY))


def test_the_conversation_is_sent_with_its_calls_and_their_results() -> None:
    picture = {"type": "input_image", "image_url": "data:image/png;base64,"}
    items = [
        user("The weather in Paris?"),
        assistant("Let me look."),
        {"type": "function_call", "call_id": "1", "name": "get_weather", "arguments": '{"city": "Paris"}'},
        {"type": "function_call_output", "call_id": "1", "output": "sunny"},
        {"type": "function_call", "call_id": "2", "name": "get_time", "arguments": "{}"},  # never answered
        {"type": "message", "role": "assistant", "content": [{"type": "output_audio"}]},  # never heard
        {"type": "message", "role": "user", "content": [picture]},
    ]
    system, *chat = messages(Request(items, instructions="Be brief."))
    assert system["role"] == "system"
    assert system["content"].startswith("Be brief.")
    function = {"name": "get_weather", "arguments": '{"city": "Paris"}'}
    call = {"id": "1", "type": "function", "function": function}
    assert chat == [
        {"role": "user", "content": "The weather in Paris?"},
        {"role": "assistant", "content": "Let me look.", "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "1", "content": "sunny"},
        {"role": "user", "content": [{"type": "image_url", "image_url": {"url": "data:image/png;base64,"}}]},
    ]


def test_tools_and_limits_are_passed_on() -> None:
    function = {"name": "get_time", "description": "The time.", "parameters": {"type": "object"}}
    choice = {"type": "function", "name": "get_time"}
    endpoint = Endpoint([])
    extra = {"tool_choice": choice, "max_output_tokens": 50}
    request = Request([user("?")], tools=[{"type": "function", **function}], extra=extra)
    assert asyncio.run(outputs(endpoint, request, model="m")) == []
    body = endpoint.requests[0][2]
    assert body["tools"] == [{"type": "function", "function": function}]
    assert body["tool_choice"] == {"type": "function", "function": {"name": "get_time"}}
    assert body["max_tokens"] == 50
