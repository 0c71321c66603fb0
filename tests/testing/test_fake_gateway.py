"""The fake gateway does what the gateway's documentation says."""

from __future__ import annotations

import asyncio
import base64
from contextlib import suppress
from typing import Any

import anyio
import numpy as np
import pytest
from fastapi import FastAPI, WebSocket, WebSocketDisconnect

from realtime_sdk import ConnectionFailed, UsageError
from realtime_sdk.audio import AudioFormat
from realtime_sdk.testing import FakeGateway, noise, run_virtual

PCMU = AudioFormat("audio/pcmu", 8000)
SOUND = PCMU.encode(noise(0.1, seed=2, rate=8000).tobytes())


def app_that(*messages: dict[str, Any], received: list[dict[str, Any]], stays: float = 10.0) -> FastAPI:
    """An application that sends these messages, and keeps what it receives."""
    app = FastAPI()

    @app.websocket("/media")
    async def media(socket: WebSocket) -> None:
        await socket.accept()
        received.extend([await socket.receive_json(), await socket.receive_json()])
        for message in messages:
            await socket.send_json({"streamSid": received[1]["streamSid"], **message})
        with anyio.move_on_after(stays), suppress(WebSocketDisconnect):
            while True:
                received.append(await socket.receive_json())

    return app


def audio() -> dict[str, Any]:
    return {"event": "media", "media": {"payload": base64.b64encode(SOUND).decode()}}


def mark(name: str) -> dict[str, Any]:
    return {"event": "mark", "mark": {"name": name}}


def test_a_call_is_told_to_start_and_what_the_caller_says_and_presses_and_to_stop() -> None:
    received = list[dict[str, Any]]()

    async def main() -> None:
        async with FakeGateway(app_that(received=received)).call(parameters={"name": "Ada"}) as call:
            call.say(noise(0.04, seed=1, rate=8000))
            await anyio.sleep(0.09)
            call.press("42")
        assert [message["event"] for message in received] == [
            "connected", "start", "media", "media", "media", "media", "dtmf", "dtmf", "stop",
        ]  # fmt: skip

    run_virtual(main)
    assert received[1]["start"]["customParameters"] == {"name": "Ada"}
    loud = [np.frombuffer(base64.b64decode(message["media"]["payload"]), np.uint8) for message in received[2:6]]
    assert [bool(np.ptp(codes)) for codes in loud] == [True, True, False, False]


def test_it_plays_in_real_time_and_returns_a_mark_when_the_audio_before_it_was_played() -> None:
    received = list[dict[str, Any]]()

    async def main() -> None:
        async with FakeGateway(app_that(mark("0"), audio(), mark("1"), received=received)).call() as call:
            await call.wait_until_heard(0.1)
            assert asyncio.get_running_loop().time() == pytest.approx(0.1)
            assert PCMU.encode(call.heard.tobytes()) == SOUND
            await anyio.sleep(0.01)
        marks = [message["mark"]["name"] for message in received if message["event"] == "mark"]
        assert marks == ["0", "1"]

    run_virtual(main)


def test_a_clear_drops_the_audio_and_returns_all_marks() -> None:
    received = list[dict[str, Any]]()

    async def main() -> None:
        messages = audio(), mark("1"), audio(), mark("2"), {"event": "clear"}
        async with FakeGateway(app_that(*messages, received=received), latency=0.055).call() as call:
            await anyio.sleep(1.0)
            assert call.cleared == 1
            assert call.heard_seconds == 0.0

    run_virtual(main)
    assert [message["mark"]["name"] for message in received if message["event"] == "mark"] == ["1", "2"]


def test_a_call_ends_when_the_application_ends_it() -> None:
    async def main() -> None:
        async with FakeGateway(app_that(received=[], stays=1.0)).call() as call:
            await call.wait_closed()
            assert asyncio.get_running_loop().time() == pytest.approx(1.0)
            with pytest.raises(AssertionError, match=r"the call has ended: the caller has heard 0\.00 of 1 s"):
                await call.wait_until_heard(1.0)
            with pytest.raises(AssertionError, match="the call has ended: the buffer was not cleared"):
                await call.wait_until_cleared()

    run_virtual(main)


def test_a_wait_has_a_limit() -> None:
    async def main() -> None:
        async with FakeGateway(app_that(received=[], stays=3600.0)).call() as call:
            with pytest.raises(TimeoutError, match=r"after 60 s: the caller has heard 0\.00 of 1 s"):
                await call.wait_until_heard(1.0)
            with pytest.raises(TimeoutError, match="after 2 s: the buffer was not cleared 1 times in all"):
                await call.wait_until_cleared(timeout=2.0)
            with pytest.raises(TimeoutError, match="after 5 s: neither side has ended the call"):
                await call.wait_closed(timeout=5.0)
            assert asyncio.get_running_loop().time() == pytest.approx(67.0, abs=0.1)

    run_virtual(main)


def test_what_the_application_raises_is_raised_at_the_end_of_the_call() -> None:
    app = FastAPI()

    @app.websocket("/media")
    async def media(socket: WebSocket) -> None:
        await socket.accept()
        raise LookupError("no such customer")

    async def main() -> None:
        with pytest.raises(LookupError, match="no such customer"):
            async with FakeGateway(app).call() as call:
                await call.wait_closed()

    run_virtual(main)


def test_a_path_that_the_application_does_not_serve_is_refused() -> None:
    async def main() -> None:
        with pytest.raises(ConnectionFailed, match="refused a WebSocket at '/elsewhere'"):
            async with FakeGateway(app_that(received=[])).call("/elsewhere"):
                pass

    run_virtual(main)


@pytest.mark.parametrize("app", [3, "app", app_that], ids=lambda app: type(app).__name__)
def test_what_is_no_application_is_refused_at_once(app: Any) -> None:
    with pytest.raises(UsageError, match=r"calls an ASGI application.*make_app\(\)"):
        FakeGateway(app)


def test_what_the_caller_says_is_int16_and_keys_are_those_of_a_telephone() -> None:
    async def main() -> None:
        async with FakeGateway(app_that(received=[])).call() as call:
            with pytest.raises(UsageError, match=r"a telephone's keys are .*, not '12e'"):
                call.press("12e")
            wrong: Any = np.zeros(160)
            with pytest.raises(UsageError, match="int16"):
                call.say(wrong)

    run_virtual(main)


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ({"event": "media", "streamSid": "another"}, "names another stream"),
        ({"event": "pause"}, "an unknown message"),
    ],
)
def test_what_the_gateway_would_not_take_ends_the_call_and_fails_the_test(message: Any, reason: str) -> None:
    async def main() -> None:
        with pytest.raises(AssertionError, match=f"the gateway would not take this: .*{reason}"):
            async with FakeGateway(app_that(message, received=[])).call() as call:
                await call.wait_closed()

    run_virtual(main)


def test_a_dialect_that_it_does_not_speak_is_refused() -> None:
    wrong: Any = "vodafone"
    with pytest.raises(UsageError, match="one of twilio, telnyx, plivo, vonage, not 'vodafone'"):
        FakeGateway(app_that(received=[]), wrong)
