"""Sessions that join a running call: its audio goes another way, and its server plays and interrupts by itself."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import anyio
import pytest
from pytest import approx

from realtime_sdk import (
    BargeIn,
    Interrupted,
    MessageItem,
    OpenAIEndpoint,
    Playout,
    PlayoutFinished,
    PlayoutStarted,
    ProtocolViolation,
    Reconnected,
    Response,
    ServerMessage,
    Session,
    SessionReady,
    Turns,
    UrlEndpoint,
    UsageError,
    connect,
)
from realtime_sdk.testing import (
    FakeServer,
    Only,
    VirtualMicrophone,
    VirtualSpeaker,
    call,
    drop,
    followed_by,
    message,
    run_virtual,
)

ANSWER = "It is on its way, and will be with you tomorrow afternoon at five."


def look_up(order: str) -> str:
    """Look an order up."""
    return f"{order} is on its way"


def join(act: Callable[[FakeServer, Session], Awaitable[object]], server: FakeServer, **given: Any) -> list[Any]:
    """Let a session that has joined a call do something; return its events."""

    async def main() -> list[Any]:
        async with server, connect(endpoint=server, **given) as session:
            await act(server, session)
        return [event async for event in session.events()]

    return run_virtual(main)


def kinds(server: FakeServer) -> list[str]:
    return [event["type"] for event in server.received]


async def cut(response: Response) -> Playout:
    """The playout of a response with one message."""
    [playout] = await response.played()
    return playout


def test_a_call_is_joined_at_once_and_its_settings_are_known_and_changed() -> None:
    async def act(server: FakeServer, session: Session) -> None:
        assert anyio.current_time() == 0.0
        assert session.settings["audio"]["output"]["voice"] == "alloy"
        await session.update(instructions="The caller is a guest of ours.")
        assert session.settings["instructions"] == "The caller is a guest of ours."

    server = FakeServer(call_id="rtc_1")
    events = join(act, server)
    assert not [event for event in events if isinstance(event, SessionReady)]
    assert server.received[0]["session"] == {"type": "realtime"}


def test_tools_are_run_and_the_call_goes_on_with_what_they_found() -> None:
    async def act(server: FakeServer, session: Session) -> None:
        await server.user_speaks("Where is order 7?")
        await anyio.sleep(8.0)
        texts = [item.heard for item in session.conversation if isinstance(item, MessageItem) and item.role != "user"]
        assert texts == ["Let me look.", ANSWER]

    server = FakeServer(call_id="rtc_1")
    server.reply(message("Let me look.", seconds=1.0, phase="commentary"), call("look_up", {"order": "7"}))
    server.reply(message(ANSWER, seconds=5.0))
    events = join(act, server, tools=[look_up])
    assert kinds(server) == ["session.update", "conversation.item.create", "response.create"]
    assert server.received[1]["item"]["output"] == "7 is on its way"
    assert server.refused == []
    began = [event.item.transcript for event in events if isinstance(event, PlayoutStarted)]
    assert len(began) == 2
    ended = [event.playout for event in events if isinstance(event, PlayoutFinished)]
    assert [(playout.position, playout.interrupted) for playout in ended] == [(1.0, False), (5.0, False)]


def test_the_callers_interruption_is_the_servers_and_its_report_says_what_was_heard() -> None:
    async def act(server: FakeServer, session: Session) -> None:
        answer = await session.respond()
        assert session.state in ("thinking", "speaking")
        await anyio.sleep(1.0)
        assert session.state == "speaking"
        await anyio.sleep(1.0)
        await server.user_speaks("Stop.", seconds=0.5)
        playout = await cut(answer)
        assert playout.interrupted
        assert playout.position == approx(2.0, abs=0.05)
        assert playout.transcript == "It is on its way, and will be"
        assert answer.status == "cancelled"

    server = FakeServer(call_id="rtc_1")
    server.reply(message(ANSWER, seconds=6.0), pace=1.0)
    server.reply(message("All right.", seconds=0.5))
    events = join(act, server)
    assert kinds(server) == ["session.update", "response.create"]
    [interrupted] = [event for event in events if isinstance(event, Interrupted)]
    assert len(interrupted.playouts) == 1


def test_the_place_of_a_cut_is_that_which_the_server_reports() -> None:
    async def act(server: FakeServer, session: Session) -> None:
        answer = await session.respond()
        await anyio.sleep(2.0)
        cleared = {"type": "output_audio_buffer.cleared", "response_id": answer.id}
        truncated = {"type": "conversation.item.truncated", "item_id": answer.items[0].id, "content_index": 0}
        server.inject({**truncated, "audio_end_ms": 1700})
        server.inject(cleared)
        assert (await cut(answer)).position == 1.7

    server = FakeServer(call_id="rtc_1")
    server.reply(message(ANSWER, seconds=6.0))
    join(act, server)


def test_an_interruption_by_code_clears_what_the_caller_would_hear() -> None:
    async def act(server: FakeServer, session: Session) -> None:
        answer = await session.respond()
        await anyio.sleep(2.0)
        [playout] = await session.interrupt()
        assert (playout.interrupted, playout.position) == (True, 2.0)
        assert playout == await cut(answer)
        await anyio.sleep(1.0)

    for pace, sent in ((1.0, ["response.cancel", "output_audio_buffer.clear"]), (99.0, ["output_audio_buffer.clear"])):
        server = FakeServer(call_id="rtc_1")
        server.reply(message(ANSWER, seconds=6.0), pace=pace)
        join(act, server)
        assert kinds(server)[2:] == sent
        assert server.refused == []


def test_messages_of_one_response_share_its_time_by_their_length() -> None:
    async def act(server: FakeServer, session: Session) -> None:
        answer = await session.respond()
        first, second = await answer.played()
        assert [first.position, second.position] == approx([1.0, 3.0], abs=0.05)
        assert first.finished_at == second.started_at
        cut_short = await session.respond()
        await anyio.sleep(1.5)
        await session.interrupt()
        first, second = await cut_short.played()
        assert second.interrupted

    server = FakeServer(call_id="rtc_1")
    for _ in range(2):
        server.reply(message("x" * 10, seconds=1.0, phase="commentary"), message("y" * 30, seconds=3.0))
    join(act, server)


def test_a_server_that_reports_no_audio_is_believed_that_all_was_heard() -> None:
    async def act(server: FakeServer, session: Session) -> None:
        server.tamper("output_audio_buffer.*", drop)
        playout = await cut(await session.respond())
        assert (playout.interrupted, playout.position, playout.transcript) == (False, 0.0, ANSWER)

    server = FakeServer(call_id="rtc_1")
    server.reply(message(ANSWER, seconds=6.0))
    join(act, server)


def test_audio_that_comes_all_the_same_is_not_played_and_not_waited_for() -> None:
    async def act(server: FakeServer, session: Session) -> None:
        delta = {"type": "response.output_audio.delta", "content_index": 0, "output_index": 0, "delta": "AAAAAAAA"}
        server.tamper(
            "response.output_audio_transcript.delta",
            lambda event: followed_by({**event, **delta})(event),
        )
        playout = await cut(await session.respond())
        assert playout.position == 6.0

    server = FakeServer(call_id="rtc_1")
    server.reply(message(ANSWER, seconds=6.0))
    join(act, server)


def test_keys_that_the_caller_presses_are_seen() -> None:
    async def act(server: FakeServer, session: Session) -> None:
        server.inject({"type": "input_audio_buffer.dtmf_event_received", "event": "5", "received_at": 1})
        pressed = await anext(session.events(ServerMessage))
        assert pressed.event.type == "input_audio_buffer.dtmf_event_received"

    join(act, FakeServer(call_id="rtc_1"))


def test_a_lost_side_band_is_joined_again_and_nothing_is_given_to_the_call_twice() -> None:
    async def act(server: FakeServer, session: Session) -> None:
        await session.update(instructions="Be brief.")
        await (await session.respond()).played()
        server.break_off()
        await anext(session.events(Reconnected))
        await anyio.sleep(1.0)

    server = FakeServer(call_id="rtc_1")
    server.reply(message("Hello.", seconds=1.0))
    events = join(act, server)
    assert [event["type"] for event in server.connections[1].received] == ["session.update"]
    [reconnected] = [event for event in events if isinstance(event, Reconnected)]
    assert (reconnected.carried, reconnected.lost) == ((), ())


def test_a_reply_whose_end_was_missed_has_ended_when_the_next_one_begins() -> None:
    async def act(server: FakeServer, session: Session) -> None:
        first = await session.respond()
        await anyio.sleep(1.0)
        server.break_off()
        await anext(session.events(Reconnected))
        await anyio.sleep(4.0)  # the caller has heard all of it, which was not reported
        await session.respond()
        playout = await cut(first)
        assert anyio.current_time() == approx(5.0)
        assert playout.position == approx(5.0)
        await anyio.sleep(1.5)
        assert session.state == "listening"

    server = FakeServer(call_id="rtc_1")
    server.reply(message(ANSWER, seconds=4.0), pace=1.0)
    server.reply(message("Anything else?", seconds=1.0))
    join(act, server)


def test_a_reply_whose_end_was_missed_has_ended_after_a_minute() -> None:
    async def act(server: FakeServer, session: Session) -> None:
        response = await session.respond()
        await anyio.sleep(0.5)
        server.refuse_connections(4)
        server.break_off()
        with anyio.fail_after(61.0):
            await session.drained()
        assert session.state == "listening"
        [playout] = await response.played()
        assert (playout.transcript, playout.interrupted) == (ANSWER, False)

    server = FakeServer(call_id="rtc_1")
    server.reply(message(ANSWER, seconds=2.0))
    join(act, server)


def test_a_missed_end_is_known_by_that_of_a_later_reply() -> None:
    async def act(server: FakeServer, session: Session) -> None:
        first, second = await session.respond(), await session.respond()
        await second.played()
        await first.played()
        assert anyio.current_time() == approx(2.0)

    server = FakeServer(call_id="rtc_1")
    server.tamper("output_audio_buffer.stopped", Only(1, drop))
    server.reply(message("One.", seconds=1.0))
    server.reply(message("Two.", seconds=2.0))
    join(act, server)


def test_a_reply_that_began_before_this_side_joined_is_read_and_interrupted() -> None:
    async def act(server: FakeServer, session: Session) -> None:
        place = {"response_id": "resp_9", "item_id": "item_9", "output_index": 0, "content_index": 0}
        server.inject({"type": "response.output_audio_transcript.delta", **place, "delta": " afternoon"})
        response = await anext(session.responses())
        server.inject({"type": "response.output_audio_transcript.delta", **place, "delta": " at"})
        await anyio.sleep(0.1)
        assert [item.transcript for item in response.items if isinstance(item, MessageItem)] == [" afternoon at"]
        await session.interrupt()
        done = {"id": "resp_9", "status": "cancelled", "output": []}
        server.inject({"type": "response.done", "response": done})
        await response.done()
        await session.interrupt()  # what is still heard of a reply that was made before
        await anyio.sleep(0.1)

    server = FakeServer(call_id="rtc_1")
    events = join(act, server)
    assert not [event for event in events if isinstance(event, ProtocolViolation)]
    clear = "output_audio_buffer.clear"
    assert kinds(server) == ["session.update", "response.cancel", clear, clear]


def test_the_end_of_the_call_is_the_end_of_the_session() -> None:
    async def act(server: FakeServer, session: Session) -> None:
        server.hang_up(1000, "the call has ended")
        assert [response async for response in session.responses()] == []
        assert session.state == "closed"

    server = FakeServer(call_id="rtc_1")
    join(act, server)
    assert len(server.connections) == 1


def test_a_side_band_is_not_renewed_because_the_call_is_not() -> None:
    async def act(server: FakeServer, session: Session) -> None:
        await anyio.sleep(700.0)

    server = FakeServer(call_id="rtc_1", lifetime=900.0)
    join(act, server)
    assert len(server.connections) == 1


@pytest.mark.parametrize(
    "given",
    [
        {"microphone": VirtualMicrophone()}, {"speaker": VirtualSpeaker()}, {"turns": Turns.push_to_talk()},
        {"barge_in": BargeIn.never()},
    ],
    ids=lambda given: next(iter(given)),
)  # fmt: skip
def test_what_the_call_has_by_itself_is_refused(given: dict[str, Any]) -> None:
    [name] = given
    with pytest.raises(UsageError, match=f"{name} is given, but a call that is joined has its own: leave it out"):
        connect(endpoint=OpenAIEndpoint(call_id="rtc_1"), api_key="k", **given)


def test_no_audio_can_be_sent() -> None:
    async def act(server: FakeServer, session: Session) -> None:
        with pytest.raises(UsageError, match="the caller's audio goes another way"):
            session.send_audio(b"")

    join(act, FakeServer(call_id="rtc_1"))


def test_no_device_can_be_used() -> None:
    async def act(server: FakeServer, session: Session) -> None:
        with pytest.raises(UsageError, match="the caller's audio goes another way"):
            session.use(microphone=VirtualMicrophone())

    join(act, FakeServer(call_id="rtc_1"))


def test_an_address_may_name_the_call() -> None:
    assert UrlEndpoint("wss://example.org/v1/realtime?call_id=rtc_9").call_id == "rtc_9"
    assert UrlEndpoint("wss://example.org/v1/realtime").call_id is None
