from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from http import HTTPStatus
from typing import Any, Final

import pytest
from websockets.asyncio.server import ServerConnection
from websockets.datastructures import Headers

from realtime_sdk import __version__
from realtime_sdk._runtime import clock
from realtime_sdk.errors import ConnectionFailed, ConnectionLost, UsageError
from realtime_sdk.protocol.dialects import BETA, GA
from realtime_sdk.transports._endpoints import UrlEndpoint, endpoint_from
from realtime_sdk.transports._services import OpenAIEndpoint
from realtime_sdk.transports._transport import Endpoint
from realtime_sdk.transports._websocket import WebSocketTransport

from .servers import refusing, serving, wait_closed


async def send_request_back(connection: ServerConnection) -> None:
    assert connection.request is not None
    authorization = connection.request.headers.get_all("Authorization")
    await connection.send(f"{connection.request.path} {authorization}")
    await connection.wait_closed()


def request(address: str, model: str | None = None, api_key: str | None = None) -> str:
    """What a server sees of a connection to `address`, in which `{}` is its host and port: path and keys."""

    async def main() -> str:
        async with serving(send_request_back) as url:
            transport = await UrlEndpoint(address.format(url.removeprefix("ws://"))).connect(model, api_key)
            seen = await transport.receive()
            await transport.close()
            return bytes(seen).decode() if isinstance(seen, bytes) else seen

    return asyncio.run(main())


def test_the_key_is_a_header_of_the_handshake() -> None:
    assert request("ws://{}/v1", api_key="sk-abc") == "/v1 ['Bearer sk-abc']"


def test_without_a_key_there_is_no_header() -> None:
    assert request("ws://{}/v1") == "/v1 []"


def test_a_line_break_around_the_key_is_ignored() -> None:
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
def test_the_model_is_in_the_query(address: str, model: str | None, path: str) -> None:
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
    ("url", "advice"),
    [
        ("localhost:8000", r"did you mean ws://localhost:8000\?"),
        ("[::1]:8000/", r"did you mean ws://\[::1\]:8000/\?"),
        ("a.example:443", r"did you mean wss://a.example:443\?"),
        ("http://a.example", "this one is http: write ws:// in its place"),
        ("https://a.example", "this one is https: write wss:// in its place"),
        ("ftp://a.example", "this one is ftp$"),
        ("me:word", "this one is neither$"),
    ],
)
def test_an_address_of_another_kind_is_refused_with_what_may_be_meant(url: str, advice: str) -> None:
    with pytest.raises(UsageError, match=advice):
        UrlEndpoint(url)


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("wss://a. example/v1", "wss://a. example/v1"),
        ("ws://localhost:8000/my model", "ws://localhost:8000/my model"),
        ("wss://me:a word@a.example/v1?token=a b", "wss://a.example/v1"),  # which shows neither
        ("wss://a.example/v1\n/v2", "wss://a.example/v1/v2"),
    ],
)
def test_an_address_with_white_space_in_it_is_refused_and_named(url: str, name: str) -> None:
    with pytest.raises(UsageError, match=f"^the endpoint '{name}' has white space in its address: leave it out"):
        UrlEndpoint(url)


def test_white_space_around_an_address_is_ignored() -> None:
    assert request(" ws://{}/v1\n") == "/v1 []"


@pytest.mark.parametrize("variable", ["OPENAI_REALTIME_URL", "OPENAI_BASE_URL"])
def test_an_address_of_the_environment_that_is_refused_is_traced_to_its_variable(variable: str) -> None:
    with pytest.raises(UsageError, match=f"^{variable}.* address"):
        endpoint_from(None, {variable: "me:word"})


def test_a_class_of_endpoints_is_no_endpoint() -> None:
    with pytest.raises(UsageError, match=r"OpenAIEndpoint is a class: pass OpenAIEndpoint\(\)"):
        endpoint_from(OpenAIEndpoint, {})  # type: ignore[arg-type]


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


def test_openai_requires_a_key() -> None:
    for key in (None, ""):
        with pytest.raises(UsageError, match="OPENAI_API_KEY"):
            asyncio.run(OpenAIEndpoint().connect("gpt-realtime-2.1", key))


def test_openai_gets_the_model_in_the_query(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    async def open_websocket(url: str, name: str, headers: Mapping[str, str], *, proxy: bool) -> WebSocketTransport:
        asked.append((url, headers["Authorization"], proxy))
        raise ConnectionFailed("no network in tests")

    monkeypatch.setattr("realtime_sdk.transports._websocket.open_websocket", open_websocket)
    for model in ("a-model", None):
        with pytest.raises(ConnectionFailed):
            asyncio.run(OpenAIEndpoint().connect(model, "sk-abc"))
    assert asked == [
        ("wss://api.openai.com/v1/realtime?model=a-model", "Bearer sk-abc", True),
        ("wss://api.openai.com/v1/realtime?model=gpt-realtime-2.1", "Bearer sk-abc", True),
    ]


@pytest.mark.parametrize(
    ("status", "api_key", "message"),
    [
        (HTTPStatus.UNAUTHORIZED, "sk-abc", "refused the API key .HTTP 401."),
        (HTTPStatus.FORBIDDEN, "sk-abc", "refused the API key .HTTP 403."),
        (HTTPStatus.UNAUTHORIZED, None, "wants an API key .HTTP 401."),
        (HTTPStatus.NOT_FOUND, None, "has no realtime service at this path"),
        (HTTPStatus.TOO_MANY_REQUESTS, None, "refused the connection .HTTP 429."),
        (HTTPStatus.PERMANENT_REDIRECT, "sk-abc", "redirects to another address .HTTP 308., which is not sent the key"),
        (HTTPStatus.OK, None, "answered, but opened no WebSocket .HTTP 200."),
    ],
)
def test_a_refused_handshake_says_why(status: HTTPStatus, api_key: str | None, message: str) -> None:
    async def main() -> None:
        async with refusing(status) as url:
            with pytest.raises(ConnectionFailed, match=f"^{url} {message}"):
                await UrlEndpoint(url).connect("m", api_key)

    asyncio.run(main())


KEY = "sk-abcdefgh12345678"

NOON: Final = 1_795_867_200.0  # Sat, 28 Nov 2026 12:00:00 GMT


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("30", 30.0),
        ("0.5", 0.5),
        ("Sat, 28 Nov 2026 12:00:30 GMT", 30.0),
        ("Sat, 28 Nov 2026 11:00:00 GMT", 0.0),
        ("99999999999", 86_400.0),  # a day at most
        ("9" * 400, 86_400.0),
        ("-1", None),
        ("NaN", None),
        ("soon", None),
        ("Sat, 28 Nov 99999 12:00:00 GMT", None),
    ],
)
def test_a_refused_handshake_says_how_long_the_server_asks_to_be_left_alone(
    header: str, seconds: float | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "machine_wall", lambda: NOON)

    async def main() -> None:
        async with refusing(HTTPStatus.TOO_MANY_REQUESTS, {"Retry-After": header}) as url:
            with pytest.raises(ConnectionFailed) as failed:
                await UrlEndpoint(url).connect("m", None)
        assert failed.value.retry_after == seconds
        assert (f"left alone for {seconds or 0:.0f} s" in str(failed.value)) == bool(seconds)

    asyncio.run(main())


QUOTED = {
    "a reason": (HTTPStatus.FORBIDDEN, "no access to model m", "It says: no access to model m$"),
    "the name of this package": (HTTPStatus.CONFLICT, "realtime-voice is busy", "It says: realtime-voice is busy$"),
    "escape sequences": (HTTPStatus.SERVICE_UNAVAILABLE, "over\x1b[31mload\n", r"It says: over \[31mload$"),
    "a long one": (HTTPStatus.TOO_MANY_REQUESTS, "x" * 1000, "It says: x{300}$"),
    "the key": (HTTPStatus.BAD_REQUEST, "bad key {key}", r"refused the connection \(HTTP 400\)$"),
    "a part of it": (HTTPStatus.FORBIDDEN, f"bad key {KEY[:8]}***", "may use this model$"),
    "another key": (HTTPStatus.FORBIDDEN, "refused upstream: sk-other-99887766", r"It says: refused upstream: \*\*\*$"),
    "a value of the query": (HTTPStatus.BAD_REQUEST, "bad secretive", r"\(HTTP 400\)$"),
    "a value of a header": (HTTPStatus.BAD_REQUEST, "bad tenant-4711", r"\(HTTP 400\)$"),
    "a refused key": (HTTPStatus.UNAUTHORIZED, "bad key sk-a***", "may use this model$"),
}


@pytest.mark.parametrize(("status", "message", "end"), QUOTED.values(), ids=QUOTED)
def test_the_reason_of_a_refusal_is_quoted_if_it_repeats_no_secret(status: HTTPStatus, message: str, end: str) -> None:
    async def main() -> None:
        async with refusing(status, message=message) as url:
            endpoint = UrlEndpoint(f"{url}/?token=secretive", headers={"X-Tenant": "tenant-4711"})
            with pytest.raises(ConnectionFailed, match=end):
                await endpoint.connect("m", KEY)

    asyncio.run(main())


def test_tls_to_a_server_without_it_is_named() -> None:
    async def main() -> None:
        async with refusing(HTTPStatus.NOT_FOUND) as url:
            with pytest.raises(ConnectionFailed, match=r"TLS.*: if the server is not encrypted, its address is ws://"):
                await UrlEndpoint(url.replace("ws://", "wss://")).connect("m", KEY)

    asyncio.run(main())


def test_a_server_that_expects_tls_is_named() -> None:
    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.close()

    async def main() -> None:
        async with await asyncio.start_server(hang_up, "127.0.0.1", 0) as server:
            url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}"
            with pytest.raises(ConnectionFailed, match="if the server is encrypted, its address is wss://"):
                await UrlEndpoint(url).connect("m", KEY)

    asyncio.run(main())


async def headers_received(make: Callable[[str], UrlEndpoint], api_key: str | None = None) -> Headers:
    """The headers that a server gets from the endpoint that is made for its address."""
    received: list[Headers] = []

    async def handler(connection: ServerConnection) -> None:
        assert connection.request is not None
        received.append(connection.request.headers)

    async with serving(handler) as url:
        transport = await make(url).connect("m", api_key)
        with suppress(ConnectionLost):
            await transport.receive()
        await transport.close()
    return received[0]


def test_an_endpoint_may_have_its_own_key_and_headers() -> None:
    async def main() -> None:
        received = await headers_received(lambda url: UrlEndpoint(url, api_key=lambda: KEY, headers={"X-Tenant": "a"}))
        assert (received["Authorization"], received["X-Tenant"]) == (f"Bearer {KEY}", "a")

    asyncio.run(main())


def test_a_server_gets_the_user_agent_of_this_package_alone() -> None:
    async def main() -> None:
        received = await headers_received(UrlEndpoint)
        assert received.get_all("User-Agent") == [f"realtime-voice-sdk/{__version__}"]

    asyncio.run(main())


def test_a_key_that_connect_is_given_goes_before_the_endpoints_own() -> None:
    async def main() -> None:
        received = await headers_received(lambda url: UrlEndpoint(url, api_key="sk-other"), KEY)
        assert received["Authorization"] == f"Bearer {KEY}"

    asyncio.run(main())


def test_a_credential_in_a_header_does_not_travel_in_the_clear() -> None:
    with pytest.raises(UsageError, match="not encrypted"):
        asyncio.run(UrlEndpoint("ws://a.example", headers={"Api-Key": KEY}).connect(None, None))


def test_a_key_and_an_authorization_header_exclude_each_other() -> None:
    with pytest.raises(UsageError, match="leave one of them out"):
        asyncio.run(UrlEndpoint("wss://a.example", headers={"authorization": "Basic x"}).connect(None, KEY))


@pytest.mark.parametrize(
    ("headers", "message"),
    [
        ({"X Y": "a"}, "a header's name has letters"),
        ({5: "a"}, "a header's name has letters"),
        ({"X": 5}, "the header X is a string, not an object of type int"),
        ({"X": f"{KEY}\r\nY: b"}, "the header X has a line break"),
        ([KEY], "headers is a mapping of names to values, not an object of type list"),
    ],
)
def test_headers_that_can_not_be_are_refused_and_not_shown(headers: Any, message: str) -> None:
    with pytest.raises(UsageError, match=message) as refusal:
        UrlEndpoint("wss://a.example", headers=headers)
    assert KEY not in str(refusal.value)


def test_an_endpoint_shows_neither_its_key_nor_its_headers() -> None:
    endpoint = UrlEndpoint("wss://a.example", api_key=KEY, headers={"Cookie": KEY})
    assert repr(endpoint) == "UrlEndpoint(wss://a.example)"
    assert repr(endpoint.headers) == "<headers: Cookie>"
    assert hash(endpoint) == hash(UrlEndpoint("wss://a.example", api_key=KEY))


def test_an_endpoint_has_a_dialect_and_its_capabilities() -> None:
    assert UrlEndpoint("wss://a.example").dialect is OpenAIEndpoint().dialect is GA
    assert UrlEndpoint("wss://a.example", dialect="beta").dialect is BETA
    assert UrlEndpoint("wss://a.example", dialect=BETA).capabilities is BETA.capabilities
    assert OpenAIEndpoint().capabilities.images


def test_no_redirect_is_followed() -> None:
    async def main() -> None:
        async with serving(wait_closed) as elsewhere, refusing(HTTPStatus.FOUND, {"Location": elsewhere}) as url:
            with pytest.raises(ConnectionFailed, match="HTTP 302"):
                await UrlEndpoint(url).connect(None, "sk-abc")

    asyncio.run(main())


@pytest.mark.parametrize(
    ("location", "other"),
    [
        ("https://b.example/v1/realtime?token=x", "wss://b.example/v1/realtime"),
        ("/v2", "ws://127.0.0.1:.*/v2"),
        (f"wss://b.example/{KEY}", "another address"),
        ("mailto:a@b.example", "another address"),
        ("wss://[", "another address"),
    ],
)
def test_a_redirect_names_the_address_to_connect_to_without_what_may_be_secret(location: str, other: str) -> None:
    async def main() -> None:
        async with refusing(HTTPStatus.FOUND, {"Location": location}) as url:
            with pytest.raises(ConnectionFailed, match=rf"redirects to {other} \(HTTP 302\)"):
                await UrlEndpoint(url).connect(None, KEY)

    asyncio.run(main())


@pytest.mark.parametrize("url", ["ws://127.0.0.1", "ws://localhost", "ws://[::1]"])
def test_no_proxy_stands_before_loopback(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    through_proxy = []

    async def open_websocket(url: str, name: str, headers: Mapping[str, str], *, proxy: bool) -> WebSocketTransport:
        through_proxy.append(proxy)
        raise ConnectionFailed("not needed here")

    monkeypatch.setattr("realtime_sdk.transports._websocket.open_websocket", open_websocket)
    with pytest.raises(ConnectionFailed):
        asyncio.run(UrlEndpoint(url).connect(None, "sk-abc"))
    assert through_proxy == [False]
