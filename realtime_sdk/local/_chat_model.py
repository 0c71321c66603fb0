"""Answers with a language model: any endpoint that speaks OpenAI's chat completions (Ollama, llama.cpp, vLLM, …)."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import AsyncExitStack, aclosing
from dataclasses import dataclass
from types import TracebackType
from typing import Any

from .._runtime.extras import need
from ..errors import ConnectionFailed, UsageError
from ..server._backend import Call, Message, Request, Text
from ..transports._address import Address, AddressText
from ..transports._headers import Headers
from ._responder import TextOutput, text_of

_SPOKEN = "Your answer is spoken aloud: write plain sentences, without markup, lists or emoji."
_TIMEOUT = 60.0  # seconds of silence; a model on a slow machine may read for long before its first word
_MAX_REASON_BYTES = 300  # bytes of an endpoint's error message


class ChatModel:
    """A `Responder` that asks a chat endpoint; an async context manager.

    `url` is the base that other clients of such an endpoint take too, such as `http://127.0.0.1:11434/v1`. Without
    `model` the first one that the endpoint lists is taken. The key goes into a header and nowhere else; one that would
    travel unencrypted to another machine is refused with `UsageError`.
    """

    def __init__(self, url: str, *, model: str | None = None, api_key: str | None = None) -> None:
        headers = Headers({"Authorization": f"Bearer {api_key}"} if api_key else {})
        url = AddressText(url)
        del api_key  # from here on no traceback with variables shows it, nor a password in the address
        parts = Address.of(url)
        self.model = model  # None until the endpoint was asked
        self._url = AddressText(url.rstrip("/"))
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
        """See `Responder`. Raises `ConnectionFailed` where the endpoint fails or refuses."""
        calls: dict[int, _Fragments] = {}
        begun = False
        async with aclosing(self._deltas(request)) as deltas:
            async for delta in deltas:
                _collect(calls, delta.get("tool_calls") or ())
                text = delta.get("content") or ""
                if not begun and (text := text.lstrip()):
                    begun = True
                    yield Message()
                if text:
                    yield Text(text)
        for call in calls.values():
            yield Call(call.name, call.arguments or "{}")

    async def _deltas(self, request: Request) -> AsyncGenerator[Mapping[str, Any]]:
        url = f"{self._url}/chat/completions"
        try:
            async with self._client.sse(url, method="POST", json=self._body(request)) as source:
                await self._check(source.response)
                async for event in source:
                    if event.data == "[DONE]":
                        return
                    chunk = json.loads(event.data)
                    if chunk.get("error"):
                        raise self._failed(str(chunk["error"])[:_MAX_REASON_BYTES])
                    for choice in (chunk.get("choices") or ())[:1]:
                        yield choice.get("delta") or {}
        except (self._http.HTTPError, ValueError) as error:
            raise self._failed(type(error).__name__) from error

    def _body(self, request: Request) -> dict[str, Any]:
        body: dict[str, Any] = {"model": self.model, "messages": messages(request), "stream": True}
        if request.tools:
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
            await self._check(response)
            return str(response.json()["data"][0]["id"])
        except self._http.HTTPError as error:
            raise self._failed(type(error).__name__) from error
        except (ValueError, LookupError, TypeError) as error:
            raise self._failed("it lists no model: name one") from error

    async def _check(self, response: Any) -> None:
        if response.is_error:
            reason = (await response.aread())[:_MAX_REASON_BYTES].decode(errors="replace")
            raise self._failed(f"it answered {response.status_code}: {reason}")

    def _failed(self, why: str) -> ConnectionFailed:
        return ConnectionFailed(f"the chat endpoint at {self._host} failed: {why}")


@dataclass(slots=True)
class _Fragments:
    """A tool call, as far as it has arrived."""

    name: str = ""
    arguments: str = ""


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
            function = {"name": item["name"], "arguments": item["arguments"]}
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


def _collect(calls: dict[int, _Fragments], deltas: Sequence[Mapping[str, Any]]) -> None:
    for delta in deltas:
        call = calls.setdefault(delta.get("index", 0), _Fragments())
        function = delta.get("function") or {}
        call.name += function.get("name") or ""
        call.arguments += function.get("arguments") or ""
