"""A connection sends queued frames in order, yields received ones, and raises its end to every waiter."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable
from itertools import pairwise
from math import inf
from typing import Any

import anyio
import anyio.lowlevel
import pytest
from pytest import approx

from realtime_sdk import connect
from realtime_sdk._runtime import clock
from realtime_sdk.audio._pcm import Pcm
from realtime_sdk.conversation._completion import Completion
from realtime_sdk.conversation._sdk_events import SdkEvent
from realtime_sdk.errors import ConnectionLost, UsageError
from realtime_sdk.protocol import ConversationItemDelete, InputAudioBufferCommit
from realtime_sdk.session.connection._connection import BURST, Connection
from realtime_sdk.session.observers._log import SessionLog
from realtime_sdk.testing import FakeServer, VirtualSpeaker, run_virtual
from realtime_sdk.testing._memory_connection import ClientEnd, MemoryConnection, ServerEnd

from .counted_talk import Script

ENDED = ConnectionLost("the talk is over")


class Slow(ClientEnd):
    """A transport that takes a second for each frame."""

    async def send(self, text: str) -> None:
        await anyio.sleep(1.0)
        await super().send(text)


class Prompt(ClientEnd):
    """A transport that sends at once while it has room, and else takes a second."""

    has_room = True

    def send_now(self, text: str) -> bool:
        if self.has_room:
            self._connection.up.put(text)
        return self.has_room

    async def send(self, text: str) -> None:
        await anyio.sleep(1.0)
        await super().send(text)


class Frames:
    """A tap that keeps the frames."""

    def __init__(self) -> None:
        self.frames: list[tuple[str, bytes | str]] = []

    def sent(self, text: str) -> None:
        self.frames.append(("sent", text))

    def received(self, frame: bytes | str) -> None:
        self.frames.append(("received", frame))

    def captured(self, at: float, pcm: Pcm) -> None:
        raise AssertionError("a connection captures nothing")

    def heard(self, at: float, pcm: Pcm) -> None:
        raise AssertionError("a connection plays nothing")

    def emitted(self, event: SdkEvent) -> None:
        raise AssertionError("a connection emits nothing")

    def close(self) -> None:
        raise AssertionError("the tap is the session's")


class Ends:
    """Both ends of a line: a connection, and the server."""

    def __init__(self, transport: type[ClientEnd] = ClientEnd) -> None:
        line = MemoryConnection()
        self.tap = Frames()
        self.connection = Connection(transport(line), self.tap, SessionLog())
        self.server = ServerEnd(line)

    async def read(self) -> dict[str, Any]:
        """The next event that the server gets."""
        event: dict[str, Any] = json.loads(await self.server.receive())
        return event


def talk(main: Callable[[Ends], Awaitable[None]], transport: type[ClientEnd] = ClientEnd) -> None:
    """Run this while the connection delivers."""

    async def run() -> None:
        ends = Ends(transport)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(ends.connection.deliver)
            await main(ends)
            ends.connection.stop()

    run_virtual(run)


async def failure_of(sent: Completion[None]) -> Exception | None:
    """What waiting for this raises; None: it was sent."""
    try:
        with anyio.fail_after(10.0):
            await sent
    except Exception as error:
        return error
    return None


def test_events_are_sent_in_the_order_in_which_they_were_queued() -> None:
    async def main(ends: Ends) -> None:
        ends.connection.send({"type": "one"})
        ends.connection.send(ConversationItemDelete(item_id="item_1"))
        await anyio.sleep(1.0)
        ends.connection.send({"type": "three"})
        assert [(await ends.read())["type"] for _ in range(3)] == ["one", "conversation.item.delete", "three"]

    talk(main)


def test_what_is_queued_before_it_delivers_is_sent() -> None:
    async def main() -> None:
        ends = Ends()
        sent = ends.connection.send({"type": "early"})
        assert not sent.done
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(ends.connection.deliver)
            assert await failure_of(sent) is None
            assert (await ends.read())["type"] == "early"
            ends.connection.stop()

    run_virtual(main)


def test_the_completion_is_done_once_the_event_is_on_its_way() -> None:
    async def main(ends: Ends) -> None:
        first, second = ends.connection.send({"type": "one"}), ends.connection.send({"type": "two"})
        await anyio.sleep(1.5)
        assert (first.done, second.done) == (True, False)
        await anyio.sleep(1.0)
        assert second.done

    talk(main, Slow)


def test_a_transport_that_can_sends_at_once() -> None:
    async def main(ends: Ends) -> None:
        await anyio.sleep(0.1)
        assert ends.connection.send({"type": "one"}).done
        assert ends.tap.frames == [("sent", '{"type":"one"}')]
        assert (await ends.read())["type"] == "one"

    talk(main, Prompt)


def test_an_event_waits_for_those_before_it_that_could_not_be_sent_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    async def main(ends: Ends) -> None:
        await anyio.sleep(0.1)
        with monkeypatch.context() as full:
            full.setattr(Prompt, "has_room", False)
            one, two = ends.connection.send({"type": "one"}), ends.connection.send({"type": "two"})
        three = ends.connection.send({"type": "three"})
        await anyio.sleep(0.5)
        four = ends.connection.send({"type": "four"})
        assert not any(sent.done for sent in (one, two, three, four))
        assert [(await ends.read())["type"] for _ in range(4)] == ["one", "two", "three", "four"]
        await anyio.sleep(0.1)
        assert ends.connection.send({"type": "five"}).done, "all before it are sent"

    talk(main, Prompt)


@pytest.mark.parametrize("event", [{}, {"type": 7}, {"type": "odd", "value": object()}, {"type": "odd", "value": inf}])
def test_a_value_that_json_cannot_represent_is_refused_and_not_queued(event: dict[str, Any]) -> None:
    async def main(ends: Ends) -> None:
        with pytest.raises(UsageError):
            ends.connection.send(event)
        ends.connection.send({"type": "next"})
        assert (await ends.read())["type"] == "next"

    talk(main)


def test_any_frame_is_passed_on_as_received() -> None:
    async def main(ends: Ends) -> None:
        for frame in ('{"type": "a"}', b"\xff", "no JSON"):
            await ends.server.send(frame)
        assert [await ends.connection.receive() for _ in range(3)] == ['{"type": "a"}', b"\xff", "no JSON"]

    talk(main)


def test_frames_received_before_the_transport_ended_precede_its_error() -> None:
    async def main(ends: Ends) -> None:
        await ends.server.send("last")
        await ends.server.close(1001, "going away")
        assert await ends.connection.receive() == "last"
        with pytest.raises(ConnectionLost) as lost:
            await ends.connection.receive()
        assert (lost.value.code, lost.value.reason) == (1001, "going away")

    talk(main)


def test_the_end_of_the_connection_fails_queued_sends() -> None:
    async def main(ends: Ends) -> None:
        sent, on_its_way, queued = (ends.connection.send({"type": each}) for each in ("one", "two", "three"))
        await anyio.sleep(1.5)
        ends.connection.end(ENDED)
        assert await failure_of(sent) is None
        assert await failure_of(on_its_way) is None
        assert await failure_of(queued) is ENDED
        assert ends.connection.end_reason is ENDED
        await anyio.sleep(5.0)
        assert [json.loads(frame)["type"] for _, frame in ends.tap.frames] == ["one", "two"]

    talk(main, Slow)


def test_nothing_is_queued_after_the_end_of_the_connection() -> None:
    async def main(ends: Ends) -> None:
        ends.connection.end(ENDED)
        assert await failure_of(ends.connection.send({"type": "late"})) is ENDED
        await anyio.sleep(1.0)
        assert ends.tap.frames == []

    talk(main)


def test_after_the_end_a_mistake_is_still_a_mistake() -> None:
    async def main(ends: Ends) -> None:
        ends.connection.end(ENDED)
        with pytest.raises(UsageError):
            ends.connection.send({"value": 1})

    talk(main)


def test_what_cannot_be_sent_any_more_ends_the_receiving_side_too() -> None:
    async def main(ends: Ends) -> None:
        await ends.server.close(1011, "broken")
        sent = ends.connection.send({"type": "late"})
        with pytest.raises(ConnectionLost):
            await ends.connection.receive()
        ends.connection.end(ENDED)
        assert await failure_of(sent) is ENDED

    talk(main)


def test_the_tap_gets_each_frame_once_it_is_on_its_way_or_has_come() -> None:
    async def main(ends: Ends) -> None:
        await ends.connection.send(InputAudioBufferCommit())
        await ends.server.send("hello")
        await ends.connection.receive()
        assert ends.tap.frames == [("sent", await ends.server.receive()), ("received", "hello")]

    talk(main)


def test_the_log_has_the_type_and_the_size_of_what_is_sent_and_not_what_it_says(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def main(ends: Ends) -> None:
        await ends.connection.send({"type": "session.update", "session": {"instructions": "a secret"}})

    with caplog.at_level(logging.DEBUG, "realtime_sdk.wire"):
        talk(main)
    (line,) = [record.getMessage() for record in caplog.records if record.name == "realtime_sdk.wire"]
    assert line.startswith("> session.update, ") and line.endswith(" characters")
    assert "secret" not in line


def test_the_completion_need_not_be_awaited() -> None:
    async def main(ends: Ends) -> None:
        ends.connection.send({"type": "one"})
        ends.connection.end(ENDED)
        await asyncio.sleep(1.0)  # a failure that no caller awaits raises nowhere
        assert ends.connection.end_reason is ENDED

    talk(main, Slow)


def test_what_is_on_its_way_when_the_session_is_left_leaves_no_caller_waiting() -> None:
    async def main() -> None:
        ends = Ends(Slow)
        sent = ends.connection.send({"type": "one"})
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(ends.connection.deliver)
            await anyio.sleep(0.5)
            ends.connection.end(ENDED)
            tasks.cancel_scope.cancel()  # as leaving does
        assert sent.done

    run_virtual(main)


def test_an_application_that_sends_faster_than_the_network_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("realtime_sdk.session.connection._connection.OUTBOX_LIMIT", 2**20)

    async def main() -> None:
        server = FakeServer()
        async with server, connect(endpoint=server, microphone=None, speaker=VirtualSpeaker()) as session:
            second = bytes(48_000)
            with pytest.raises(UsageError, match=r"1 MiB wait to be sent.*await what send_audio or send returns"):
                for _ in range(60):
                    session.send_audio(second)
            await anyio.sleep(1.0)
            for _ in range(60):
                await session.send_audio(second)

    run_virtual(main)


def test_a_source_that_gives_more_than_the_network_takes_waits_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("realtime_sdk.session.connection._connection.OUTBOX_LIMIT", 100)

    async def main(ends: Ends) -> None:
        for number in range(10):
            ends.connection.send({"type": "one", "number": number, "audio": "A" * 30})
            await ends.connection.wait_for_room()
        assert clock.now() == approx(9.0), "a second for each event but the last, which may wait"

    talk(main, Slow)


def test_a_source_that_waits_for_the_network_goes_on_when_the_connection_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("realtime_sdk.session.connection._connection.OUTBOX_LIMIT", 10)

    async def main(ends: Ends) -> None:
        for _ in range(3):
            ends.connection.send({"type": "one"})
        await anyio.sleep(0.1)  # the first is on its way
        asyncio.get_running_loop().call_later(0.4, ends.connection.end, ENDED)
        await ends.connection.wait_for_room()
        assert clock.now() == approx(0.5)

    talk(main, Slow)


def test_other_tasks_run_while_a_burst_of_many_frames_is_handled() -> None:
    async def main() -> None:
        script = Script()
        async with connect(endpoint=script, speaker=None, microphone=None) as session:
            item = {"type": "message", "role": "user", "content": []}
            added = [{"type": "conversation.item.added", "item": {**item, "id": f"item_{n}"}} for n in range(4 * BURST)]
            script.say(*(json.dumps(event).encode() for event in added))
            counts = [len(session.conversation)]
            while counts[-1] < len(added):
                await anyio.lowlevel.checkpoint()
                counts.append(len(session.conversation))
        assert max(later - earlier for earlier, later in pairwise(counts)) <= BURST + 1  # the first is received alone

    run_virtual(main)
