"""A back end makes client secrets with a service over HTTP; its clients open sessions with them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from traceback import walk_tb
from typing import Any, ClassVar

import pytest

from realtime_sdk import (
    AzureEndpoint,
    AzureVoiceLiveEndpoint,
    ClientSecret,
    OpenAIEndpoint,
    UrlEndpoint,
    XaiEndpoint,
    connect,
    create_client_secret,
)  # fmt: skip
from realtime_sdk.errors import ConnectionFailed, UsageError
from realtime_sdk.testing import FakeServer, VirtualSpeaker, message, run_virtual

KEY = "sk-abcdefgh12345678"
SECRET = {"value": "ek_1", "expires_at": 1_790_000_000, "session": {"type": "realtime", "id": "sess_1"}}


class Service(BaseHTTPRequestHandler):
    """The service's side, which answers every request in the same way."""

    status: ClassVar[int] = 200
    answer: ClassVar[bytes] = b""
    headers_sent: ClassVar[dict[str, str]] = {}
    requests: ClassVar[list[tuple[str, dict[str, str], Any]]] = []

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.requests.append((self.path, dict(self.headers), json.loads(body)))
        self.send_response(self.status)
        for name, value in self.headers_sent.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(self.answer)

    def log_message(self, format: str, *_arguments: Any) -> None:
        """Log nothing."""


@contextmanager
def service(status: int = 200, answer: Any = SECRET, **headers: str) -> Iterator[tuple[str, list[Any]]]:
    """Serve on loopback; gives the address of its realtime service, and the requests."""
    body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
    members = {"status": status, "answer": body, "headers_sent": headers, "requests": []}
    kind = type("ThisService", (Service,), members)
    with ThreadingHTTPServer(("127.0.0.1", 0), kind) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"ws://127.0.0.1:{server.server_port}/v1/realtime", kind.requests  # type: ignore[attr-defined]
        finally:
            server.shutdown()
            thread.join()


def made(*arguments: Any, **options: Any) -> ClientSecret:
    """The secret that `create_client_secret` makes with this key."""

    async def main() -> ClientSecret:
        return await create_client_secret(*arguments, **{"api_key": KEY, **options})

    return asyncio.run(main())


def test_a_secret_is_made_for_sessions_that_begin_with_these_fields() -> None:
    def look_up(name: str) -> str:
        """Look up a person."""
        return name

    with service() as (url, requests):
        secret = made("gpt-realtime-2.1", endpoint=url, expires_after=60.0, tools=[look_up], voice="marin")
    assert (secret.value, secret.expires_at, secret.session["id"]) == ("ek_1", 1_790_000_000.0, "sess_1")
    [(path, headers, body)] = requests
    assert path == "/v1/realtime/client_secrets"
    assert (headers["Authorization"], headers["Content-Type"]) == (f"Bearer {KEY}", "application/json")
    assert headers["User-Agent"].startswith("realtime-voice-sdk/")
    assert body["expires_after"] == {"anchor": "created_at", "seconds": 60}
    session = body["session"]
    assert (session["type"], session["model"]) == ("realtime", "gpt-realtime-2.1")
    assert session["audio"] == {"output": {"voice": "marin"}}
    assert [tool["name"] for tool in session["tools"]] == ["look_up"]


def test_a_session_that_only_transcribes_has_no_model() -> None:
    with service() as (url, requests):
        made(endpoint=UrlEndpoint(url), type="transcription", transcription={"model": "gpt-transcribe"})
    assert requests[0][2]["session"] == {
        "type": "transcription", "audio": {"input": {"transcription": {"model": "gpt-transcribe"}}},
    }  # fmt: skip


def test_it_does_not_show_the_secret() -> None:
    with service() as (url, _):
        secret = made(endpoint=url)
    assert "ek_1" not in repr(secret)


@pytest.mark.parametrize(
    ("status", "answer", "words"),
    [
        (401, {"error": {"message": f"Incorrect API key provided: {KEY}"}}, "refused the API key"),
        (429, {"error": {"message": "You exceeded your quota."}}, "It says: You exceeded your quota."),
        (500, b"<html>", "refused the connection \\(HTTP 500\\)"),
        (200, b"<html>", "is no client secret"),
        (200, {"value": "ek_1"}, "is no client secret"),
        (200, [], "is no client secret"),
        (200, {"value": None, "expires_at": 1}, "is no client secret"),
        (200, b"[" * 100_000, "is no client secret"),
    ],
)
def test_a_refusal_is_explained(status: int, answer: Any, words: str) -> None:
    with service(status, answer) as (url, _), pytest.raises(ConnectionFailed, match=words) as failure:
        made(endpoint=url)
    assert KEY not in str(failure.value)


@pytest.mark.parametrize(
    ("status", "answer"),
    [
        (401, {"error": {"message": f"Incorrect API key provided: {KEY}"}}),
        (200, {"value": "ek_of_a_client", "expires_at": None}),
        (200, b'{"value": "ek_of_a_client", '),
    ],
)
def test_no_traceback_shows_an_answer_which_may_hold_a_secret(status: int, answer: Any) -> None:
    with service(status, answer) as (url, _), pytest.raises(ConnectionFailed) as failure:
        made(endpoint=url)
    frames = [frame for frame, _ in walk_tb(failure.tb) if "/realtime_sdk/" in frame.f_code.co_filename]
    assert frames
    shown = repr([frame.f_locals for frame in frames])
    assert KEY not in shown and "ek_of_a_client" not in shown
    assert failure.value.__context__ is None


def test_an_answer_that_does_not_end_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    given_up = Event()

    def run(_call: Any) -> ClientSecret:
        given_up.wait()
        return ClientSecret("ek_1", 0.0, {})

    monkeypatch.setattr("realtime_sdk.transports._client_secret._Call.run", run)
    try:
        with pytest.raises(ConnectionFailed, match=r"did not answer within 0\.01 s"):
            made(timeout=0.01)
    finally:
        given_up.set()


def test_a_redirection_is_not_followed_with_the_key() -> None:
    with service() as (elsewhere, requests):
        location = elsewhere.replace("ws:", "http:")
        with service(307, b"", Location=location) as (url, _), pytest.raises(ConnectionFailed, match="HTTP 307"):
            made(endpoint=url)
    assert requests == []


def test_a_service_that_is_not_there_is_reported() -> None:
    with service() as (url, _):
        pass
    with pytest.raises(ConnectionFailed, match="was not reached"):
        made(endpoint=url)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"expires_after": 5.0}, "10 to 7200 seconds"),
        ({"voices": "marin"}, "did you mean 'voice'"),
        ({"endpoint": AzureVoiceLiveEndpoint("https://a.example", "m")}, "makes no client secrets"),
        ({"endpoint": XaiEndpoint(), "voice": "ara"}, "hold no session"),
        ({"endpoint": "ws://a.example/v1/realtime"}, "not encrypted"),
        ({"endpoint": UrlEndpoint("wss://a.example"), "api_key": 7}, "api_key is a string"),
    ],
)
def test_what_can_not_be_is_refused_before_anything_is_sent(options: dict[str, Any], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        made(**options)


@pytest.mark.parametrize(
    ("endpoint", "url", "header"),
    [
        (OpenAIEndpoint(), "https://api.openai.com/v1/realtime/client_secrets", "Authorization"),
        (XaiEndpoint(), "https://api.x.ai/v1/realtime/client_secrets", "Authorization"),
        (
            AzureEndpoint("https://shop.openai.azure.com", "d"),
            "https://shop.openai.azure.com/openai/v1/realtime/client_secrets", "api-key",
        ),
    ],
)
def test_services_have_them_beside_their_sessions(
    endpoint: Any, url: str, header: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, Any]] = []

    def run(call: Any) -> ClientSecret:
        asked.append((call._request.full_url, call._request.headers))
        return ClientSecret("ek_1", 0.0, {})

    monkeypatch.setattr("realtime_sdk.transports._client_secret._Call.run", run)
    made(endpoint=endpoint)
    [(address, headers)] = asked
    assert address == url
    assert KEY in headers[header.capitalize()]


def test_a_client_opens_every_session_with_a_new_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    server, used = FakeServer(), []
    server.reply(message("Hello.", seconds=0.5))
    secrets = iter(("ek_1", "ek_2"))

    async def open_websocket(_url: str, _name: str, headers: Any, **_options: Any) -> Any:
        used.append(headers["Authorization"])
        return await server.connect(None, None)

    def run(_call: Any) -> ClientSecret:
        return ClientSecret(next(secrets), 0.0, {})

    monkeypatch.setattr("realtime_sdk.transports._websocket.open_websocket", open_websocket)
    monkeypatch.setattr("realtime_sdk.transports._client_secret._Call.run", run)

    async def ask_the_back_end() -> str:
        return (await create_client_secret(api_key=KEY)).value

    async def main() -> list[str]:
        endpoint = OpenAIEndpoint(api_key=ask_the_back_end)
        async with server, connect(endpoint=endpoint, speaker=VirtualSpeaker(), microphone=None) as session:
            server.break_off()
            session.send_text("Hi.")
            response = await anext(session.responses())
            return [playout.transcript for playout in await response.played()]

    assert run_virtual(main) == ["Hello."]
    assert used == ["Bearer ek_1", "Bearer ek_2"]
