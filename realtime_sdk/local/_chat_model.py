"""Answers with a language model: any endpoint that speaks OpenAI's chat completions (Ollama, llama.cpp, vLLM, …)."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Mapping
from contextlib import AsyncExitStack, aclosing
from types import TracebackType
from typing import Any

from .._runtime.extras import need
from ..errors import ConnectionFailed, UsageError
from ..server._backend import Request, UnfinishedResponse
from ..transports._address import Address, AddressText
from ..transports._headers import Headers
from ._chat_answer import Answer, AnswerBroken, arguments_of
from ._responder import TextOutput, text_of

_SPOKEN = "Your answer is spoken aloud: write plain sentences, without markup, lists or emoji."
_TIMEOUT = 60.0  # seconds of silence; a model on a slow machine may read for long before its first word
_MAX_REASON = 300  # characters of an endpoint's error message
_BROKEN = "it broke off in the middle of an answer"
_NO_TOOLS = "does not support tools"  # in Ollama's refusal of a model that can't call any


class ChatModel:
    """A `Responder` that asks a chat endpoint; an async context manager.

    `url` is the base that other clients of such an endpoint take too, such as `http://127.0.0.1:11434/v1`; `/v1` may be
    left out. Without `model` the first one that the endpoint lists is taken, models for embeddings apart. A model that
    can't call tools is asked without them. The key goes into a header and nowhere else; one that would travel
    unencrypted to another machine is refused with `UsageError`.
    """

    def __init__(self, url: str, *, model: str | None = None, api_key: str | None = None) -> None:
        headers = Headers({"Authorization": f"Bearer {api_key}"} if api_key else {})
        url = AddressText(url)
        del api_key  # from here on no traceback with variables shows it, nor a password in the address
        parts = Address.of(url)
        self.model = model  # None until the endpoint was asked
        self._url = AddressText(url.rstrip("/") if parts.path.strip("/") else f"{url.rstrip('/')}/v1")
        self._unopened = False  # whether an answer began with a thought without an opening tag
        self._can_call = True  # until the endpoint says that its model can't call tools
        self._host = parts.hostname  # for messages: the address itself may hold a password
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise UsageError("the address of a chat endpoint begins with http:// or https://, and names a host")
        if (headers or parts.username) and parts.scheme == "http" and not parts.is_loopback:
            raise UsageError(f"{parts.hostname} is not encrypted, the network could read the key: use https://")
        self._http = need("httpx2", "The client of chat endpoints (httpx2)", "local")
        # A proxy from the environment can't reach this machine.
        self._client = self._http.AsyncClient(headers=headers, timeout=_TIMEOUT, trust_env=not parts.is_loopback)
        self._stack = AsyncExitStack()  # closed at the end

    def __repr__(self) -> str:
        return f"<ChatModel {self.model} at {self._host}>"

    async def __aenter__(self) -> ChatModel:
        """Connect; raise `ConnectionFailed` where the endpoint can't be asked for its models."""
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(self._client)
            self.model = self.model or await self._first_model()
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    async def respond(self, request: Request) -> AsyncGenerator[TextOutput]:
        """See `Responder`. A failure of the endpoint fails the response, in one sentence; the next one may succeed."""
        answer = Answer(unopened=self._unopened)
        try:
            async with aclosing(self._choices(request)) as choices:
                async for choice in choices:
                    for output in answer.push(choice):
                        yield output
            for output in answer.end():
                yield output
            self._unopened = self._unopened or answer.has_unopened_thoughts
        except AnswerBroken:
            raise _failed_response(self._failed(_BROKEN)) from None
        except ConnectionFailed as failure:
            raise _failed_response(failure) from failure

    async def _choices(self, request: Request) -> AsyncGenerator[Mapping[str, Any]]:
        """Ask for an answer; yield the choices of its chunks. The last one of a complete answer has a finish reason."""
        body = self._body(request)
        try:
            async with self._client.sse(f"{self._url}/chat/completions", method="POST", json=body) as source:
                refusal = await _refusal(source.response)
                if _NO_TOOLS in refusal and "tools" in body:
                    self._can_call = False
                    async with aclosing(self._choices(request)) as choices:
                        async for choice in choices:
                            yield choice
                    return
                if refusal:
                    raise self._failed(refusal)
                if "json" in source.response.headers.get("content-type", ""):  # it does not stream
                    for choice in self._choices_of(await source.response.aread()):
                        yield {"finish_reason": "stop", **choice}
                    return
                async for event in source:
                    if event.data == "[DONE]":
                        yield {"finish_reason": "stop"}
                        return
                    for choice in self._choices_of(event.data):
                        yield choice
        except (self._http.HTTPError, ValueError) as error:
            raise self._failed(self._reason_of(error)) from error

    def _body(self, request: Request) -> dict[str, Any]:
        body: dict[str, Any] = {"model": self.model, "messages": messages(request), "stream": True}
        if request.tools and self._can_call:
            body["tools"] = [_tool(tool) for tool in request.tools]
            choice = request.extra.get("tool_choice", "auto")
            named = isinstance(choice, Mapping)
            body["tool_choice"] = {"type": "function", "function": {"name": choice["name"]}} if named else choice
        if isinstance(limit := request.extra.get("max_output_tokens"), int):
            body["max_tokens"] = limit
        return body

    async def _first_model(self) -> str:
        try:
            response = await self._client.get(f"{self._url}/models")
            if refusal := await _refusal(response):
                raise self._failed(refusal)
            listed = [str(model["id"]) for model in response.json()["data"]]
            return next(name for name in listed if "embed" not in name.lower())
        except self._http.HTTPError as error:
            raise self._failed(self._reason_of(error)) from error
        except (ValueError, LookupError, TypeError, StopIteration) as error:
            raise self._failed("it lists no model that chats: name one") from error

    def _choices_of(self, data: str | bytes) -> list[Mapping[str, Any]]:
        chunk = json.loads(data)
        if not isinstance(chunk, Mapping):
            raise ValueError("a chunk is an object")
        if chunk.get("error"):
            raise self._failed(f"it answered: {_error_in(chunk)}")
        return list(chunk.get("choices") or ())[:1]

    def _reason_of(self, error: Exception) -> str:
        """Say in words what went wrong on the way."""
        if isinstance(error, self._http.ConnectError):
            return "it can't be reached: is it running?"
        if isinstance(error, self._http.TimeoutException):
            return f"it was silent for {_TIMEOUT:.0f} s"
        if isinstance(error, self._http.ReadError | self._http.RemoteProtocolError):
            return _BROKEN
        return f"its answer is not that of a chat endpoint ({type(error).__name__})"

    def _failed(self, why: str) -> ConnectionFailed:
        return ConnectionFailed(f"the chat endpoint at {self._host} failed: {why}")


async def _refusal(response: Any) -> str:
    """Say how the endpoint refused a request, in its own words; "" where it did not."""
    if not response.is_error:
        return ""
    body = (await response.aread()).decode(errors="replace")
    try:
        reason = _error_in(json.loads(body))
    except (ValueError, LookupError, TypeError):
        reason = body
    return f"it answered {response.status_code}: {_shortened(reason)}"


def _error_in(answer: Mapping[str, Any]) -> str:
    """Return the `error` of an answer: a text, or an object that has a message."""
    error = answer["error"]
    return _shortened(error.get("message") or error if isinstance(error, Mapping) else error)


def _shortened(reason: object) -> str:
    return " ".join(str(reason).split())[:_MAX_REASON]


def _failed_response(failure: ConnectionFailed) -> UnfinishedResponse:
    error = {"type": "server_error", "code": "chat_endpoint_failed", "message": str(failure)}
    return UnfinishedResponse("failed", error=error)


def messages(request: Request) -> list[dict[str, Any]]:
    """Write a request's conversation as chat messages; pure.

    A call without its result, and a result without its call, are left out: endpoints refuse them.
    """
    chat: list[dict[str, Any]] = [{"role": "system", "content": f"{request.instructions}\n\n{_SPOKEN}".strip()}]
    ids = [{item.get("call_id") for item in request.items if item.get("type") == kind} for kind in _CALL_KINDS]
    complete = ids[0] & ids[1]
    for item in request.items:
        kind, call_id = item.get("type"), item.get("call_id")
        if kind == "message" and (content := _content(item)):
            chat.append({"role": item["role"], "content": content})
        elif kind == "function_call" and call_id in complete:
            if chat[-1]["role"] != "assistant":  # a call belongs to the words that announced it
                chat.append({"role": "assistant", "content": None})
            # Endpoints parse the arguments, and refuse the whole conversation where the model wrote no object.
            arguments = item["arguments"] if arguments_of(item["arguments"]) is not None else "{}"
            function = {"name": item["name"], "arguments": arguments}
            chat[-1].setdefault("tool_calls", []).append({"id": call_id, "type": "function", "function": function})
        elif kind == "function_call_output" and call_id in complete:
            chat.append({"role": "tool", "tool_call_id": call_id, "content": item["output"]})
    return chat


_CALL_KINDS = ("function_call", "function_call_output")


def _content(item: Mapping[str, Any]) -> str | list[dict[str, Any]]:
    images = [part["image_url"] for part in item.get("content") or () if part.get("type") == "input_image"]
    text = text_of(item)
    if not images:
        return text
    parts: list[dict[str, Any]] = [{"type": "image_url", "image_url": {"url": url}} for url in images]
    return [*parts, {"type": "text", "text": text}] if text else parts


def _tool(tool: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "function", "function": {key: value for key, value in tool.items() if key != "type"}}

