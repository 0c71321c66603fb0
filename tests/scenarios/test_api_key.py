"""What `connect` takes as a key, and what becomes of the rest: no error shows a value."""

from __future__ import annotations

import asyncio
import logging
import traceback
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from realtime_sdk import AzureEndpoint, ConnectionFailed, OpenAIEndpoint, UsageError, connect
from realtime_sdk.testing import FakeServer, run_virtual
from realtime_sdk.testing._memory_connection import ClientEnd

SECRET = "sk-very-secret"  # of the module: a traceback that shows variables shows those of functions


class Door(FakeServer):
    """A server that remembers the key of each connection."""

    def __init__(self) -> None:
        super().__init__()
        self.keys: list[str | None] = []

    async def connect(self, model: str | None, api_key: str | None) -> ClientEnd:
        self.keys.append(api_key)
        return await super().connect(model, api_key)


def keys_given(api_key: Any) -> list[str | None]:
    """Open a session with `api_key`; give the keys that the endpoint got."""
    server = Door()

    async def main() -> None:
        async with server, connect(endpoint=server, api_key=api_key, microphone=None, speaker=None):
            pass

    run_virtual(main)
    return server.keys


def everything_of(error: BaseException) -> str:
    """The text of an error, and the variables of the SDK's own frames."""
    trace = traceback.TracebackException.from_exception(error, capture_locals=True)
    own = [frame for frame in trace.stack if "/realtime_sdk/" in frame.filename]
    assert own
    return str(error) + str([frame.locals for frame in own])


async def fetched() -> str:
    return SECRET


def test_a_string_or_a_function_gives_the_key() -> None:
    assert keys_given(SECRET) == [SECRET]
    assert keys_given(lambda: SECRET) == [SECRET]
    assert keys_given(fetched) == [SECRET]
    assert keys_given(None) == [None]


@pytest.mark.parametrize(("api_key", "kind"), [(SECRET.encode(), "bytes"), (123_456, "int"), ([SECRET], "list")])
def test_anything_else_is_refused_before_anything_is_opened(api_key: Any, kind: str) -> None:
    with pytest.raises(UsageError, match=f"api_key is a string.*{kind}") as refusal:
        connect(endpoint=FakeServer(), api_key=api_key)
    assert SECRET not in everything_of(refusal.value)
    assert "123456" not in everything_of(refusal.value)


async def fetched_bytes() -> bytes:
    return SECRET.encode()


@pytest.mark.parametrize("api_key", [lambda: SECRET.encode(), fetched_bytes, lambda: (SECRET,)])
def test_a_function_that_returns_no_string_is_refused(api_key: Callable[[], Any]) -> None:
    with pytest.raises(UsageError, match=r"returned an object of type (bytes|tuple)") as refusal:
        keys_given(api_key)
    assert SECRET not in everything_of(refusal.value)


class VaultSealed(Exception):
    """An error of the application's own."""


def sealed() -> str:
    raise VaultSealed("ask the administrator")


async def sealed_later() -> str:
    raise VaultSealed("ask the administrator")


@pytest.mark.parametrize("api_key", [sealed, sealed_later])
def test_what_the_function_raises_is_the_cause_of_a_connection_that_failed(
    api_key: Callable[[], str | Awaitable[str]],
) -> None:
    with pytest.raises(ConnectionFailed, match="raised VaultSealed") as failure:
        keys_given(api_key)
    assert isinstance(failure.value.__cause__, VaultSealed)


def test_a_connection_that_fails_does_not_show_the_key(caplog: pytest.LogCaptureFixture) -> None:
    server = Door()
    server.refuse_connections()

    async def main() -> None:
        async with server, connect(endpoint=server, api_key=SECRET, microphone=None, speaker=None):
            pass

    with (
        caplog.at_level(logging.DEBUG, "realtime_sdk.session"),
        pytest.raises(Exception, match="refused the connection") as refusal,
    ):
        run_virtual(main)
    [(kind, error, frames)] = [record.exc_info for record in caplog.records if record.exc_info]
    assert kind is not None and error is not None
    raised = traceback.TracebackException.from_exception(refusal.value, capture_locals=True)
    logged = traceback.TracebackException(kind, error, frames, capture_locals=True)  # with the frames that led to it
    files = ("_connecting.py", "_targets.py", "_owner.py", "_task_owner.py", "_access.py")
    own = [frame for trace in (raised, logged) for frame in trace.stack if frame.filename.endswith(files)]
    assert {frame.name for frame in own} >= {"__aenter__", "_run", "_connect"}
    assert SECRET not in str([frame.locals for frame in own])


@pytest.mark.parametrize(
    "make",
    [
        lambda: OpenAIEndpoint(api_key=SECRET, organization="a\nb"),
        lambda: OpenAIEndpoint(api_key=SECRET, intent="transcription", call_id="rtc_1"),
        lambda: AzureEndpoint("not an address\n", "deployment", api_key=SECRET),
    ],
)
def test_no_endpoint_that_is_refused_shows_its_key(make: Callable[[], object]) -> None:
    with pytest.raises(UsageError) as refused:
        make()
    trace = traceback.TracebackException.from_exception(refused.value, capture_locals=True)
    frames = [frame for frame in trace.stack if frame.filename == "<string>" or "/realtime_sdk/" in frame.filename]
    assert frames
    assert SECRET not in str(refused.value) + str([frame.locals for frame in frames])


def test_the_headers_of_a_handshake_are_in_no_log(caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        server = FakeServer()
        async with server.listen() as url, connect(endpoint=url, api_key=SECRET, microphone=None, speaker=None):
            pass

    caplog.set_level("DEBUG")
    asyncio.run(main())
    assert caplog.records
    assert SECRET not in caplog.text


@pytest.mark.parametrize(
    "refused",
    [
        {"nonsense": 1}, {"tools": [5]}, {"timeout": -1}, {"aligner": "nope"}, {"max_output_tokens": object()},
        {"instructions": "half \ud83d"},
    ],
    ids=lambda fields: next(iter(fields)),
)  # fmt: skip
def test_a_refused_call_shows_no_credentials_of_tools(refused: dict[str, Any]) -> None:
    hosted = {"type": "mcp", "server_label": "docs", "server_url": "https://tools.test", "authorization": SECRET}
    given = {**refused, "tools": [hosted, *refused.get("tools", ())]}

    async def main() -> None:
        async with connect(endpoint=FakeServer(), microphone=None, speaker=None, **given):
            pass

    with pytest.raises(UsageError) as error:
        run_virtual(main)
    assert SECRET not in everything_of(error.value)
