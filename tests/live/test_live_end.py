"""A conversation opens and ends, whatever the server and the application do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import anyio
import pytest

from realtime_sdk import (
    ConnectionFailed,
    ConnectionLost,
    Disconnected,
    LiveSession,
    RequestTimedOut,
    ServerRefused,
)
from realtime_sdk._runtime import clock
from realtime_sdk.audio._pcm import to_frames
from realtime_sdk.testing import (
    FakeLiveServer,
    Refuse,
    VirtualMicrophone,
)

from .talks import BACKEND, shown, talk


def test_the_session_is_what_was_asked_for() -> None:
    server, voice = FakeLiveServer(), {"id": "voice_1"}
    history = [{"role": "user", "content": [{"type": "input_text", "text": "Hi."}]}]

    async def script(live: LiveSession) -> None:
        assert (live.state, live.id) == ("open", "session_1")
        assert live.expires_at == clock.wall() + 7200.0

    talk(server, script, instructions="Be brief.", voice=voice, input=history, store=True)
    assert server.received[0]["type"] == "session.start"
    assert server.session == {
        "model": "gpt-live-1.1", "instructions": "Be brief.", "input": history, "store": True,
        "audio": {"output": {"voice": voice}},
    }  # fmt: skip


def test_a_refused_configuration_and_a_refused_connection_are_raised() -> None:
    async def never(live: LiveSession) -> None:
        raise AssertionError("it is open")

    with pytest.raises(ServerRefused, match=r"Invalid type for 'session\.instructions'") as refusal:
        talk(FakeLiveServer(), never, instructions=7)
    assert refusal.value.code == "invalid_type"
    server = FakeLiveServer()
    server.refuse_connections(refusal=Refuse(429, "insufficient_quota"))
    with pytest.raises(ConnectionFailed) as failure:
        talk(server, never)
    assert (failure.value.status, failure.value.error) == (429, "insufficient_quota")


def test_closing_it_makes_the_usage_final() -> None:
    server = FakeLiveServer()

    async def script(live: LiveSession) -> None:
        await live.send_audio(bytes(2 * to_frames(65.0)))
        await anyio.sleep(1.0)
        assert (live.usage.seconds, live.usage.final) == (60.0, False)
        assert live.usage.context == pytest.approx(65 / 7200)
        await live.close()
        assert live.usage.final
        assert live.usage.seconds == pytest.approx(65.0, abs=0.3)
        assert [event async for event in live.events(Disconnected)] == []
        await live.close()  # once more: it is closed
        assert [caption async for caption in live.captions()] == []
        with pytest.raises(ConnectionLost):
            await live.say("Too late.")

    talk(server, script)


def test_leaving_the_block_closes_it_too() -> None:
    server = FakeLiveServer()

    async def script(live: LiveSession) -> None:
        await anyio.sleep(1.0)

    talk(server, script)
    assert server.received[-1]["type"] == "session.close"
    assert server.sent[-1]["type"] == "session.closed"


def test_nothing_of_the_users_is_sent_once_it_is_to_close_and_a_server_that_does_not_close_it_is_left() -> None:
    server = FakeLiveServer()
    server.ignore("session.close")
    server.say("Hello.", at=0.2)

    async def script(live: LiveSession) -> None:
        await anyio.sleep(1.0)
        closing = live.close()
        await server.wait_for("session.close")
        with pytest.raises(ConnectionLost, match="the session is closing"):
            await live.send_audio(bytes(4800))
        assert [caption.text async for caption in live.captions()] == ["Hello."]
        assert live.state == "closed"
        with pytest.raises(RequestTimedOut):
            await closing
        assert len([event async for event in live.events(Disconnected)]) == 1

    talk(server, script, microphone=VirtualMicrophone(), timeout=3.0)
    assert server.received[-1]["type"] == "session.close"


def test_a_session_that_the_server_has_closed_ends_though_the_connection_stays() -> None:
    server = FakeLiveServer()

    async def script(live: LiveSession) -> None:
        await anyio.sleep(1.0)
        server.inject({"type": "session.closed", "reason": "expired", "usage": {"seconds": 1.0}})
        with pytest.raises(ConnectionLost, match="expired"):
            await anext(live.captions())
        assert [event.reason async for event in live.events(Disconnected)] == ["expired"]
        sent = len(server.received)
        await anyio.sleep(1.0)
        assert len(server.received) == sent

    talk(server, script, microphone=VirtualMicrophone())


def test_silencing_what_came_before_the_end_ends_the_captions() -> None:
    server = FakeLiveServer()
    server.say("Hello there.", at=0.2)

    async def script(live: LiveSession) -> None:
        await anyio.sleep(0.6)
        live.pause()
        await anyio.sleep(0.4)
        server.hang_up()
        await anyio.sleep(0.1)
        assert live.interrupt() > 0.3
        with pytest.raises(ConnectionLost):
            await shown(live, 3)

    talk(server, script)


def test_after_the_end_every_call_raises_that() -> None:
    server = FakeLiveServer()

    async def script(live: LiveSession) -> None:
        server.hang_up()
        await anyio.sleep(0.1)
        for begun in (live.send_text("Hi."), live.send_tool_output("call_1", "2"), live.mute(), live.close()):
            with pytest.raises(ConnectionLost):
                await begun

    talk(server, script, delegation=BACKEND)


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (lambda server: server.hang_up(1011, "oops"), "1011 oops"),
        (lambda server: server.hang_up(3000, "no key"), "the API key was refused: .*3000"),
        (lambda server: server.break_off(), "broke off"),
        (lambda server: server.expire(), "the server closed the session: expired"),
    ],
    ids=["hang up", "final", "break off", "expire"],
)
def test_a_drop_is_reported_once_what_came_was_heard(fault: Callable[[FakeLiveServer], None], reason: str) -> None:
    server = FakeLiveServer()
    server.say("Hello there.", at=0.4)

    async def script(live: LiveSession) -> None:
        captions = live.captions()
        live.pause()
        await anyio.sleep(2.0)
        fault(server)
        await anyio.sleep(1.0)
        live.resume()
        assert [(await anext(captions)).text for _ in range(2)] == ["Hello", " there."]
        with pytest.raises(ConnectionLost, match=reason):
            await anext(captions)
        assert live.state == "closed"
        assert len([event async for event in live.events(Disconnected)]) == 1
        with pytest.raises(ConnectionLost):
            await live.say("Are you there?")

    talk(server, script)


def test_a_command_that_is_never_answered_times_out() -> None:
    server = FakeLiveServer()

    async def script(live: LiveSession) -> None:
        server.fall_silent()
        with pytest.raises(RequestTimedOut, match=r"session\.thinking\.append within 2 s"):
            await live.think("Hm.")

    talk(server, script, timeout=2.0)


def test_servers_that_name_no_command_are_understood() -> None:
    async def script(live: LiveSession) -> None:
        await live.say("Hello.")
        await live.mute()
        await live.close()

    talk(FakeLiveServer(echoes=False), script)


def test_a_next_session_has_the_history_of_all_before_it() -> None:
    server, history = FakeLiveServer(), list[dict[str, Any]]()

    async def script(live: LiveSession) -> None:
        server.say("Hello.")
        await shown(live, 1)
        history[:] = live.history()

    for _ in range(2):
        talk(server, script, input=history)
    message = {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Hello."}]}
    assert history == [message, message]
