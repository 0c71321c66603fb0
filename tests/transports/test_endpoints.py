from __future__ import annotations

import asyncio
from collections.abc import Mapping
from http import HTTPStatus

import pytest
from websockets.asyncio.server import ServerConnection

from realtime_sdk.errors import ConnectionFailed, UsageError
from realtime_sdk.transports._endpoints import OpenAIEndpoint, UrlEndpoint, endpoint_from
from realtime_sdk.transports._transport import Endpoint
from realtime_sdk.transports._websocket import WebSocketTransport

from .servers import refusing, serving, wait_closed


async def say_request(connection: ServerConnection) -> None:
    assert connection.request is not None
    authorization = connection.request.headers.get_all("Authorization")
    await connection.send(f"{connection.request.path} {authorization}")
    await connection.wait_closed()


def request(address: str, model: str | None = None, api_key: str | None = None) -> str:
    """What a server sees of a connection to `address`, in which `{}` is its host and port: path and keys."""

    async def main() -> str:
        async with serving(say_request) as url:
            transport = await UrlEndpoint(address.format(url.removeprefix("ws://"))).connect(model, api_key)
            seen = await transport.receive()
            await transport.close()
            return bytes(seen).decode() if isinstance(seen, bytes) else seen

    return asyncio.run(main())


def test_the_key_is_a_header_of_the_handshake() -> None:
    assert request("ws://{}/v1", api_key="sk-abc") == "/v1 ['Bearer sk-abc']"


def test_without_a_key_there_is_no_header() -> None:
    assert request("ws://{}/v1") == "/v1 []"


def test_a_line_break_around_the_key_is_overlooked() -> None:
    assert request("ws://{}/v1", api_key="sk-abc\n") == "/v1 ['Bearer sk-abc']"


@pytest.mark.parametrize(
    ("address", "model", "path"),
    [
        ("ws://{}/v1", "a b", "/v1?model=a+b"),
        ("ws://{}/v1?x=1", "a", "/v1?x=1&model=a"),
        ("ws://{}/v1?model=b", "a", "/v1?model=b"),
        ("ws://{}/v1?x=1", None, "/v1?x=1"),
        ("ws://{}", None, "/"),
    ],
)
def test_the_model_is_asked_for_in_the_query(address: str, model: str | None, path: str) -> None:
    assert request(address, model) == f"{path} []"


def test_an_address_may_hold_a_user() -> None:
    assert request("ws://me:word@{}/") == "/ ['Basic bWU6d29yZA==']"


@pytest.mark.parametrize(
    ("value", "environ", "expected"),
    [
        ("wss://a.example/x", {"OPENAI_REALTIME_URL": "wss://b.example"}, UrlEndpoint("wss://a.example/x")),
        (OpenAIEndpoint("m"), {"OPENAI_REALTIME_URL": "wss://b.example"}, OpenAIEndpoint("m")),
        (None, {}, OpenAIEndpoint()),
        (None, {"OPENAI_REALTIME_URL": "", "OPENAI_BASE_URL": ""}, OpenAIEndpoint()),
        (None, {"OPENAI_REALTIME_URL": "wss://b.example/y"}, UrlEndpoint("wss://b.example/y")),
        (None, {"OPENAI_BASE_URL": "https://c.example/v1/"}, UrlEndpoint("wss://c.example/v1/realtime")),
        (None, {"OPENAI_BASE_URL": "http://localhost:8000/v1"}, UrlEndpoint("ws://localhost:8000/v1/realtime")),
        (
            None, {"OPENAI_REALTIME_URL": "wss://b.example", "OPENAI_BASE_URL": "https://c.example"},
            UrlEndpoint("wss://b.example"),
        ),
    ],
)
def test_where_an_endpoint_comes_from(
    value: Endpoint | str | None, environ: Mapping[str, str], expected: Endpoint
) -> None:
    endpoint = endpoint_from(value, environ)
    assert isinstance(endpoint, Endpoint)
    assert endpoint == expected


@pytest.mark.parametrize(
    ("value", "environ"), [(5, {}), (None, {"OPENAI_BASE_URL": "c.example"}), ("c.example", {}), ("", {})]
)
def test_what_is_no_endpoint_is_refused(value: Endpoint, environ: Mapping[str, str]) -> None:
    with pytest.raises(UsageError, match="address"):
        endpoint_from(value, environ)


@pytest.mark.parametrize(
    "url",
    ["https://a.example", "a.example:80", "ws://", "ws://a.example:99999", "ws://a.example:0", "ws://[::1", "ws://a/#b",
     "wss://me@a.example"],
)
def test_an_address_that_can_not_be_is_refused(url: str) -> None:
    with pytest.raises(UsageError):
        UrlEndpoint(url)


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("wss://a.example/v1?model=m", "wss://a.example/v1"),
        ("wss://me:word@a.example:8443/v1?api-key=secret", "wss://a.example:8443/v1"),
        ("ws://[::1]:9/v1", "ws://[::1]:9/v1"),
    ],
)
def test_a_name_holds_neither_user_nor_query(url: str, name: str) -> None:
    endpoint = UrlEndpoint(url)
    assert endpoint.name == name
    assert repr(endpoint) == f"UrlEndpoint({name})"


@pytest.mark.parametrize(
    "url", ["ws://a.example/v1", "ws://192.0.2.1:80", "ws://localhost.example", "ws://127.0.0.1.example"]
)
def test_no_key_travels_in_the_clear(url: str) -> None:
    with pytest.raises(UsageError, match=r"not encrypted.*use wss://"):
        asyncio.run(UrlEndpoint(url).connect(None, "sk-abc"))
    with pytest.raises(UsageError, match="not encrypted"):
        asyncio.run(UrlEndpoint(url.replace("ws://", "ws://me:word@")).connect(None, None))


def test_openai_wants_a_key() -> None:
    for key in (None, ""):
        with pytest.raises(UsageError, match="OPENAI_API_KEY"):
            asyncio.run(OpenAIEndpoint().connect("gpt-realtime-2", key))


def test_openai_is_asked_for_a_model(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    async def open_websocket(url: str, name: str, headers: Mapping[str, str], *, proxy: bool) -> WebSocketTransport:
        asked.append((url, dict(headers), proxy))
        raise ConnectionFailed("no network in tests")

    monkeypatch.setattr("realtime_sdk.transports._endpoints.open_websocket", open_websocket)
    for model in ("a-model", None):
        with pytest.raises(ConnectionFailed):
            asyncio.run(OpenAIEndpoint().connect(model, "sk-abc"))
    assert asked == [
        ("wss://api.openai.com/v1/realtime?model=a-model", {"Authorization": "Bearer sk-abc"}, True),
        ("wss://api.openai.com/v1/realtime?model=gpt-realtime-2", {"Authorization": "Bearer sk-abc"}, True),
    ]


@pytest.mark.parametrize(
    ("status", "api_key", "message"),
    [
        (HTTPStatus.UNAUTHORIZED, "sk-abc", "refused the API key .HTTP 401."),
        (HTTPStatus.FORBIDDEN, "sk-abc", "refused the API key .HTTP 403."),
        (HTTPStatus.UNAUTHORIZED, None, "wants an API key .HTTP 401."),
        (HTTPStatus.NOT_FOUND, None, "has no realtime service at this path"),
        (HTTPStatus.TOO_MANY_REQUESTS, None, "refused the connection .HTTP 429."),
    ],
)
def test_a_refused_handshake_says_why(status: HTTPStatus, api_key: str | None, message: str) -> None:
    async def main() -> None:
        async with refusing(status) as url:
            with pytest.raises(ConnectionFailed, match=f"^{url} {message}"):
                await UrlEndpoint(url).connect("m", api_key)

    asyncio.run(main())


def test_no_redirect_is_followed() -> None:
    async def main() -> None:
        async with serving(wait_closed) as elsewhere, refusing(HTTPStatus.FOUND, {"Location": elsewhere}) as url:
            with pytest.raises(ConnectionFailed, match="HTTP 302"):
                await UrlEndpoint(url).connect(None, "sk-abc")

    asyncio.run(main())


@pytest.mark.parametrize("url", ["ws://127.0.0.1", "ws://localhost", "ws://[::1]"])
def test_no_proxy_stands_before_loopback(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    through_proxy = []

    async def open_websocket(url: str, name: str, headers: Mapping[str, str], *, proxy: bool) -> WebSocketTransport:
        through_proxy.append(proxy)
        raise ConnectionFailed("not needed here")

    monkeypatch.setattr("realtime_sdk.transports._endpoints.open_websocket", open_websocket)
    with pytest.raises(ConnectionFailed):
        asyncio.run(UrlEndpoint(url).connect(None, "sk-abc"))
    assert through_proxy == [False]
