"""The key is in the handshake and nowhere else."""

from __future__ import annotations

import asyncio
import gc
import json
import logging
import traceback
from collections.abc import Mapping
from http import HTTPStatus

import pytest

from realtime_sdk import NullSpeaker, Reconnect, SessionReady, connect
from realtime_sdk.errors import ConnectionFailed, ConnectionLost, RealtimeError, UsageError
from realtime_sdk.protocol import ErrorEvent, SessionUpdate, parse
from realtime_sdk.transports._address import AddressText
from realtime_sdk.transports._azure import AzureEndpoint, AzureVoiceLiveEndpoint
from realtime_sdk.transports._endpoints import UrlEndpoint
from realtime_sdk.transports._services import OpenAIEndpoint, XaiEndpoint
from realtime_sdk.transports._transport import Endpoint
from realtime_sdk.transports._websocket import WebSocketTransport

from .servers import refusing, serving, wait_closed

KEY = "sk-very-secret"  # of the module, not of a test: a traceback that shows variables shows those of functions
PASSWORD = "word-very-secret"


def everything_of(error: BaseException) -> str:
    """All that a debugger or crash report could print of an error: text, causes, contexts, variables of its frames."""
    lines = traceback.TracebackException.from_exception(error, capture_locals=True).format()
    text = "".join(lines)
    while error.__context__ is not None or error.__cause__ is not None:
        error = error.__context__ or error.__cause__  # type: ignore[assignment]
        text += "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())
    return text


async def refused(endpoint: Endpoint) -> RealtimeError:
    try:
        await endpoint.connect("a-model", KEY)
    except RealtimeError as error:
        return error
    raise AssertionError("the connection came about")


@pytest.mark.parametrize("status", [HTTPStatus.UNAUTHORIZED, HTTPStatus.FOUND, HTTPStatus.INTERNAL_SERVER_ERROR])
def test_a_refused_handshake_does_not_leak_the_key(status: HTTPStatus) -> None:
    async def main() -> None:
        async with refusing(status, {"Location": "/else"}) as url:
            error = await refused(UrlEndpoint(url))
            assert isinstance(error, ConnectionFailed)
            assert KEY not in everything_of(error)

    asyncio.run(main())


@pytest.mark.parametrize("endpoint", [OpenAIEndpoint, XaiEndpoint])
def test_a_key_in_the_place_of_the_model_is_refused_and_not_shown(endpoint: type[OpenAIEndpoint | XaiEndpoint]) -> None:
    with pytest.raises(UsageError, match="write api_key=…") as failure:
        endpoint(KEY)
    assert KEY not in everything_of(failure.value)
    with pytest.raises(UsageError, match="write api_key=…"):
        connect(KEY, speaker=None, microphone=None)


def test_a_traceback_through_a_constructor_can_be_shown() -> None:
    with pytest.raises(TypeError) as failure:
        OpenAIEndpoint(model="a", api_key=KEY)  # type: ignore[call-arg]
    text = everything_of(failure.value)
    assert KEY not in text and "OpenAIEndpoint(…)" in text


def test_an_unreachable_server_does_not_leak_the_key() -> None:
    async def main() -> None:
        async with serving(wait_closed) as url:
            pass
        assert KEY not in everything_of(await refused(UrlEndpoint(url)))

    asyncio.run(main())


def test_no_endpoint_leaks_the_key_when_connecting_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    async def open_websocket(url: str, name: str, headers: Mapping[str, str], *, proxy: bool) -> WebSocketTransport:
        raise ConnectionFailed("no network in tests")

    monkeypatch.setattr("realtime_sdk.transports._websocket.open_websocket", open_websocket)
    for endpoint in (
        OpenAIEndpoint(), UrlEndpoint("wss://a.example"), AzureEndpoint("https://a.example"), XaiEndpoint(),
        AzureEndpoint("https://a.example", api_version="2025-04-01-preview"),
        AzureVoiceLiveEndpoint("https://a.example"),
    ):
        assert KEY not in everything_of(asyncio.run(refused(endpoint)))


def test_no_endpoint_leaks_a_key_of_its_own_when_connecting_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    async def open_websocket(url: str, name: str, headers: Mapping[str, str], *, proxy: bool) -> WebSocketTransport:
        raise ConnectionFailed("no network in tests")

    monkeypatch.setattr("realtime_sdk.transports._websocket.open_websocket", open_websocket)
    for endpoint in (
        OpenAIEndpoint(api_key=KEY), UrlEndpoint("wss://a.example", api_key=KEY), XaiEndpoint(api_key=KEY),
        AzureEndpoint("https://a.example", api_key=KEY), AzureEndpoint("https://a.example", token=lambda: KEY),
        AzureVoiceLiveEndpoint("https://a.example", api_key=KEY),
    ):
        with pytest.raises(ConnectionFailed) as failure:
            asyncio.run(endpoint.connect("m", None))
        assert KEY not in everything_of(failure.value)


class Holder:
    def __repr__(self) -> str:
        return KEY


MALFORMED = {
    "bytes": KEY.encode(), "number": 123_456_789, "object": Holder(), "list": [KEY], "false": False, "empty": "",
    "blank": " \n", "line break": f"x {KEY}\nX-Other: 1", "space": f"{KEY} {KEY}", "tab": f"{KEY}\tx",
    "letter": f"{KEY}é", "control": f"{KEY}\x00", "escape": f"\x1b[31m{KEY}", "surrogate": f"{KEY}\ud83d",
}  # fmt: skip
"""Keys that are none, by what is wrong with them; of the module, as KEY is."""


@pytest.mark.parametrize("fault", MALFORMED)
@pytest.mark.parametrize("endpoint", [OpenAIEndpoint(), UrlEndpoint("wss://a.example"), UrlEndpoint("ws://127.0.0.1")])
def test_a_malformed_key_is_refused_and_not_shown(endpoint: Endpoint, fault: str) -> None:
    with pytest.raises(UsageError, match="API key") as refusal:
        asyncio.run(endpoint.connect("a-model", MALFORMED[fault]))  # type: ignore[arg-type]
    everything = everything_of(refusal.value)
    assert KEY not in everything
    assert "123456789" not in everything
    assert refusal.value.__context__ is None


def test_a_password_in_an_address_is_not_quoted() -> None:
    for url in (
        f"ws://me:{PASSWORD}@a.example/", f"https://me:{PASSWORD}@a.example/", f"ws://me:{PASSWORD}@[::1/",
        f"ws://me:{PASSWORD}@a.example:port/", f"wss://me:{PASSWORD}@a.example/#top",
        f"ws://a.example:1{PASSWORD}/?api-key={PASSWORD}",
    ):
        with pytest.raises(UsageError) as refusal:
            asyncio.run(UrlEndpoint(url).connect(None, KEY))
        assert PASSWORD not in str(refusal.value)


def test_a_query_is_not_quoted() -> None:
    async def main() -> None:
        async with refusing(HTTPStatus.BAD_REQUEST) as url:
            error = await refused(UrlEndpoint(f"{url}/?api-key={PASSWORD}"))
            assert PASSWORD not in str(error)

    asyncio.run(main())


ADDRESSES = {
    "password": "ws://me:{secret}@127.0.0.1:9/",
    "query": "ws://127.0.0.1:9/?api-key={secret}",
    "unencrypted": "ws://me:{secret}@a.example/",
    "http": "http://me:{secret}@a.example/?k={secret}",
    "no host": "ws:///?k={secret}",
    "port": "ws://a.example:port/?k={secret}",
    "fragment": "ws://a.example/#{secret}",
}
"""Addresses that fail, by why they may hold a secret, or fail; of the module, as KEY is."""


@pytest.mark.parametrize("fault", ADDRESSES)
def test_no_variable_of_a_failed_connect_shows_what_is_secret_in_an_address(fault: str) -> None:
    async def main() -> None:
        url = AddressText(ADDRESSES[fault].format(secret=PASSWORD))
        with pytest.raises(RealtimeError) as failure:
            async with connect(endpoint=url, microphone=None, speaker=NullSpeaker(), reconnect=None):
                raise AssertionError("nothing listens there")
        del url
        assert PASSWORD not in everything_of(failure.value)

    asyncio.run(main())


def test_no_variable_of_a_connect_that_is_cancelled_shows_the_key() -> None:
    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        arrived.set()
        await reader.read()  # to the end: it answers nothing
        writer.close()

    async def main() -> None:
        server = await asyncio.start_server(accept, "127.0.0.1", 0)
        url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        task = asyncio.create_task(_connected(url))
        await arrived.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError) as cancelled:
            await task
        assert KEY not in everything_of(cancelled.value)
        server.close()

    arrived = asyncio.Event()
    asyncio.run(main())


async def _connected(url: str) -> None:
    async with connect(endpoint=url, api_key=KEY, microphone=None, speaker=NullSpeaker()):
        raise AssertionError("the server answers nothing")


TOOL = {
    "type": "mcp",
    "server_label": "shop",
    "server_url": f"https://me:{PASSWORD}@tools.example/?key={PASSWORD}",
    "authorization": PASSWORD,
    "headers": {"X-Key": PASSWORD},
}


@pytest.mark.parametrize(
    "shown",
    [
        SessionUpdate.of({"tools": [TOOL]}),
        parse(json.dumps({"type": "session.created", "session": {"tools": [TOOL], "client_secret": PASSWORD}})),
        parse(json.dumps({"type": "odd", "tool": TOOL})),
        parse(f'no json "authorization": "{PASSWORD}"'),
        parse(json.dumps({"type": "error", "error": {"message": f"{TOOL['server_url']} does not answer"}})),
        SessionReady(0.0, {"tools": [TOOL]}),
        Reconnect(fallback=f"wss://me:{PASSWORD}@b.example/?k={PASSWORD}"),
        UrlEndpoint(f"wss://me:{PASSWORD}@b.example/?k={PASSWORD}", headers={"api-key": PASSWORD}),
    ],
    ids=lambda shown: type(shown).__name__,
)
def test_nothing_shows_the_credentials_that_it_holds(shown: object) -> None:
    assert PASSWORD not in f"{shown!r} {shown}"


def test_the_message_of_a_server_s_error_holds_no_credential() -> None:
    event = parse(json.dumps({"type": "error", "error": {"message": f"{TOOL['server_url']} does not answer"}}))
    assert isinstance(event, ErrorEvent)
    assert event.error.message == "https://tools.example/?key=*** does not answer"


@pytest.mark.parametrize("key", ["sk-proj-0123456789", "ek_0123456789abcdef", "ek-0123456789", "xai-0123456789"])
def test_the_message_of_a_server_s_error_holds_no_key_of_the_services(key: str) -> None:
    event = parse(json.dumps({"type": "error", "error": {"message": f"{key} has expired"}}))
    assert isinstance(event, ErrorEvent)
    assert event.error.message == "*** has expired"


def test_no_log_holds_the_key_even_at_debug(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    for name in list(logging.root.manager.loggerDict):
        caplog.set_level(logging.DEBUG, logger=name)

    async def main() -> None:
        async with serving(wait_closed) as url, refusing(HTTPStatus.UNAUTHORIZED) as closed_url:
            transport = await UrlEndpoint(url).connect("a-model", KEY)
            caplog.clear()  # the server's own log, which is in this process, may hold what it received
            await transport.send("{}")
            await transport.close()
            await refused(UrlEndpoint(closed_url))

    asyncio.run(main())
    ours = [record for record in caplog.records if record.name.startswith("realtime_sdk")]
    assert ours
    assert not [record for record in caplog.records if KEY in str(record.__dict__) and "server" not in record.name]


def test_no_endpoint_or_transport_shows_or_keeps_the_key() -> None:
    async def main() -> None:
        async with serving(wait_closed) as url:
            endpoint = UrlEndpoint(url)
            transport = await endpoint.connect("a-model", KEY)
            assert KEY not in repr(endpoint) + repr(transport)
            assert KEY not in str(gc.get_referents(endpoint)) + str(gc.get_referents(transport))
            await transport.close()

    asyncio.run(main())


def test_a_lost_connection_does_not_leak_the_key() -> None:
    async def main() -> None:
        async with serving(wait_closed) as url:
            transport = await UrlEndpoint(url).connect("a-model", KEY)
            await transport.close()
            try:
                await transport.receive()
            except ConnectionLost as error:
                assert KEY not in everything_of(error)
            else:
                raise AssertionError("a frame came")

    asyncio.run(main())
