"""A chat endpoint as the responder, over a real loopback socket."""

from __future__ import annotations

import asyncio
import json
import traceback
from typing import Any

import pytest

from realtime_sdk.errors import ConnectionFailed, UsageError
from realtime_sdk.local._chat_model import ChatModel, messages
from realtime_sdk.local._responder import TextOutput
from realtime_sdk.server._backend import Call, Message, Request, Text, UnfinishedResponse

from .asking import assistant, user
from .chat_endpoint import NO_SUCH_MODEL, Endpoint, call, text

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


LATE_ERROR = [text("Yes"), {"error": {"message": "out of\nmemory"}}]


@pytest.mark.parametrize(("reply", "done", "reason"), [
    (NO_SUCH_MODEL, "[DONE]", "it answered 404: model 'm' not found"),
    ((500, {"error": "the runner stopped"}), "[DONE]", "it answered 500: the runner stopped"),
    ((503, ["busy"]), "[DONE]", 'it answered 503: ["busy"]'),
    (LATE_ERROR, "[DONE]", "it answered: out of memory"),
    ([text("Yes")], '{"choices": []}', "it broke off in the middle of an answer"),
    ([text("Yes")], "<html>", "its answer is not that of a chat endpoint (JSONDecodeError)"),
    ([text("Yes")], "[]", "its answer is not that of a chat endpoint (ValueError)"),
])
def test_a_failure_says_in_one_sentence_what_the_endpoint_said_and_no_key(reply: Any, done: str, reason: str) -> None:
    with pytest.raises(UnfinishedResponse) as failure:
        asyncio.run(outputs(Endpoint(reply, done=done), Request([user("?")]), model="m", api_key=KEY))
    error = failure.value.details["error"]
    assert (failure.value.status, error["code"]) == ("failed", "chat_endpoint_failed")
    assert error["message"] == f"the chat endpoint at 127.0.0.1 failed: {reason}"
    assert KEY not in str(failure.value)


async def asked_for_models(endpoint: Endpoint) -> str | None:
    async with endpoint.serve(), ChatModel(endpoint.url) as model:
        return model.model


def test_an_endpoint_that_is_not_there_is_a_failed_connection() -> None:
    async def main() -> None:
        async with Endpoint().serve() as gone:
            pass
        async with ChatModel(gone.url):
            pass

    with pytest.raises(ConnectionFailed, match="failed: it can't be reached: is it running"):
        asyncio.run(main())


@pytest.mark.parametrize("listing", [{"data": []}, {"data": [{"id": "embed"}]}, {"data": None}, {}, []])
def test_an_endpoint_without_a_model_is_a_failed_connection(listing: object) -> None:
    with pytest.raises(ConnectionFailed, match="it lists no model that chats: name one"):
        asyncio.run(asked_for_models(Endpoint(listing=listing)))


def test_a_model_for_embeddings_is_not_asked_to_chat() -> None:
    listing = {"object": "list", "data": [{"id": "nomic-embed-text:latest"}, {"id": "qwen3:4b"}]}
    assert asyncio.run(asked_for_models(Endpoint(listing=listing))) == "qwen3:4b"


def test_a_model_that_cannot_call_tools_is_asked_without_them() -> None:
    refusal = (400, {"error": {"message": "registry/gemma:2b does not support tools", "type": "api_error"}})
    endpoint = Endpoint(refusal, [text("Calm.")], [text("Still calm.")])
    request = Request([user("How is the sea?")], tools=[{"type": "function", "name": "get_weather"}])

    async def main() -> list[list[TextOutput]]:
        async with endpoint.serve(), ChatModel(endpoint.url, model="gemma:2b") as model:
            return [[output async for output in model.respond(request)] for _ in range(2)]

    assert asyncio.run(main()) == [[Message(), Text("Calm.")], [Message(), Text("Still calm.")]]
    assert ["tools" in body for _, _, body in endpoint.requests] == [True, False, False]


def test_an_endpoint_that_does_not_stream_is_understood() -> None:
    message = {"role": "assistant", "content": "<think>Well.</think>Calm."}
    endpoint = Endpoint((200, {"choices": [{"index": 0, "message": message, "finish_reason": "stop"}]}))
    assert asyncio.run(outputs(endpoint, Request([user("?")]), model="m")) == [Message(), Text("Calm.")]


OLLAMA: list[dict[str, Any]] = [
    {"choices": [{"index": 0, "delta": {"role": "assistant", "content": "", "reasoning": "Two cities."}}]},
    *({"choices": [{"index": 0, "delta": {"role": "assistant", "content": "", "tool_calls": [
        {"id": f"call_{city}", "index": 0, "type": "function",
         "function": {"name": "get_weather", "arguments": f'{{"city":"{city}"}}'}},
    ]}, "finish_reason": None}]} for city in ("Paris", "Rome")),
    {"choices": [{"index": 0, "delta": {"role": "assistant", "content": ""}, "finish_reason": "tool_calls"}]},
    {"choices": [], "usage": {"prompt_tokens": 169, "completion_tokens": 31}},
]  # fmt: skip
"""The chunks of an Ollama that calls a tool twice: each call whole, both with the index 0."""

LLAMA_CPP: list[dict[str, Any]] = [
    {"choices": [{"finish_reason": None, "index": 0, "delta": {"role": "assistant", "content": None}}]},
    {"choices": [{"finish_reason": None, "index": 0, "delta": {"reasoning_content": "Two cities."}}]},
    *({"choices": [{"finish_reason": None, "index": 0, "delta": {"tool_calls": [piece]}}]} for piece in (
        {"index": 0, "id": "a", "type": "function", "function": {"name": "get_weather", "arguments": "{"}},
        {"index": 0, "function": {"arguments": '"city":'}}, {"index": 0, "function": {"arguments": '"Paris"}'}},
        {"index": 1, "id": "b", "type": "function", "function": {"name": "get_weather", "arguments": "{"}},
        {"index": 1, "function": {"arguments": '"city":"Rome"}'}},
    )),
    {"choices": [{"finish_reason": "tool_calls", "index": 0, "delta": {}}], "timings": {"predicted_n": 31}},
]  # fmt: skip
"""The chunks of llama.cpp's server: each call in pieces."""


@pytest.mark.parametrize("chunks", [OLLAMA, LLAMA_CPP], ids=["Ollama", "llama.cpp"])
def test_parallel_calls_of_known_servers(chunks: list[dict[str, Any]]) -> None:
    calls = asyncio.run(outputs(Endpoint(chunks), Request([user("The weather in Paris and in Rome?")]), model="m"))
    assert [(output.name, json.loads(output.arguments)) for output in calls if isinstance(output, Call)] == [
        ("get_weather", {"city": "Paris"}), ("get_weather", {"city": "Rome"}),
    ]
    assert len(calls) == 2


@pytest.mark.parametrize("root", ["", "/"])
def test_the_path_of_the_version_may_be_left_out(root: str) -> None:
    async def main() -> None:
        async with endpoint.serve(), ChatModel(endpoint.url.removesuffix("/v1") + root):
            pass

    endpoint = Endpoint()
    asyncio.run(main())
    assert endpoint.requests[0][0] == "GET /v1/models HTTP/1.1"


def test_arguments_that_are_no_object_are_not_sent_back() -> None:
    items = [
        {"type": "function_call", "call_id": "1", "name": "get_time", "arguments": '{"zone":'},
        {"type": "function_call_output", "call_id": "1", "output": "wrong arguments"},
    ]
    assert messages(Request(items))[1]["tool_calls"][0]["function"]["arguments"] == "{}"


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
    asyncio.run(outputs(endpoint, request, model="m"))
    body = endpoint.requests[0][2]
    assert body["tools"] == [{"type": "function", "function": function}]
    assert body["tool_choice"] == {"type": "function", "function": {"name": "get_time"}}
    assert body["max_tokens"] == 50
