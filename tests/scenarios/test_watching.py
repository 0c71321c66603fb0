"""What an application can watch: events, the responses, every frame of the server, and all that a tap hears."""

from __future__ import annotations

import asyncio
import math
from typing import Any

import anyio
import numpy as np
import pytest

from realtime_sdk import (
    CaptionShown,
    ConnectionLost,
    Disconnected,
    Interrupted,
    PlayoutFinished,
    PlayoutStarted,
    ResponseFinished,
    ResponseStarted,
    SdkEvent,
    ServerMessage,
    SessionReady,
    UserSpeechStarted,
)
from realtime_sdk.audio._pcm import WIRE_RATE, Pcm
from realtime_sdk.testing import FakeServer, VirtualMicrophone, VirtualSpeaker, message, run_virtual

from .observing import after, is_answered, seconds, sent, sentence, talk

pytestmark = pytest.mark.usefixtures("unguarded")


def telling(pace: float = math.inf) -> FakeServer:
    server = FakeServer()
    server.reply(message("A story.", seconds=3.0), pace=pace)
    return server


# events()


def test_events_yields_only_the_given_kinds() -> None:
    async def main() -> None:
        server = telling()
        async with server, talk(server) as session:
            await (await session.respond()).played()
        assert [type(event) for event in await after(session, PlayoutStarted, PlayoutFinished)] == [
            PlayoutStarted, PlayoutFinished,
        ]  # fmt: skip

    run_virtual(main)


def test_two_filters_side_by_side_do_not_take_events_from_each_other() -> None:
    async def main() -> None:
        server = telling()
        seen: dict[str, list[Any]] = {"started": [], "finished": []}

        async with server, talk(server) as session:
            started, finished = session.events(ResponseStarted), session.events(PlayoutFinished)

            async def read(name: str, events: Any) -> None:
                async for event in events:
                    seen[name].append(type(event))

            async with anyio.create_task_group() as tasks:
                tasks.start_soon(read, "started", started)
                tasks.start_soon(read, "finished", finished)
                await (await session.respond()).played()
                await anyio.sleep(1.0)
                tasks.cancel_scope.cancel()
        assert seen == {"started": [ResponseStarted], "finished": [PlayoutFinished]}

    run_virtual(main)


def test_captions_are_shown_to_a_filter_that_asks_for_them() -> None:
    async def main() -> None:
        server = telling()
        async with server, talk(server) as session:
            captions = session.events(CaptionShown)
            await (await session.respond()).played()
        assert "".join([event.caption.text async for event in captions]) == "A story."

    run_virtual(main)


def test_after_the_server_has_closed_the_events_end_once_all_is_heard() -> None:
    async def main() -> None:
        server, speaker = telling(), VirtualSpeaker()
        async with server, talk(server, speaker, reconnect=None) as session:
            item = await sentence(await session.respond())
            await anyio.sleep(1.0)
            server.hang_up(1000)
            kinds = [type(event) async for event in session.events(Disconnected, PlayoutFinished)]
            assert kinds == [Disconnected, PlayoutFinished]
            assert seconds(speaker) == item.playout.position == 3.0
            assert not item.playout.interrupted

    run_virtual(main)


def test_after_the_connection_broke_what_was_received_is_heard_and_the_events_end() -> None:
    async def main() -> None:
        server, speaker = telling(2.0), VirtualSpeaker()
        async with server, talk(server, speaker, reconnect=None) as session:
            item = await sentence(await session.respond())
            await anyio.sleep(1.0)
            server.break_off()
            kinds = [type(event) async for event in session.events(Disconnected, ResponseFinished, PlayoutFinished)]
            assert kinds == [Disconnected, ResponseFinished, PlayoutFinished]
            playout = await item.played()
            assert playout.interrupted  # it was never made to its end
            assert seconds(speaker) == playout.position == playout.duration

    run_virtual(main)


def test_with_nothing_left_to_hear_the_events_end_with_the_connection() -> None:
    async def main() -> None:
        server = FakeServer()
        async with server, talk(server, reconnect=None) as session:
            server.hang_up(1000)
            with anyio.fail_after(1.0):
                assert [type(event) async for event in session.events()] == [SessionReady, Disconnected]

    run_virtual(main)


# responses()


def test_responses_end_quietly_after_a_regular_close() -> None:
    async def main() -> None:
        server = telling()
        async with server, talk(server, reconnect=None) as session:
            await session.respond()
            server.hang_up(1000)
            assert len([response async for response in session.responses()]) == 1

    run_virtual(main)


@pytest.mark.parametrize("code", [1001, 1008, 1011, 4000, None])
def test_responses_raise_after_any_other_end(code: int | None) -> None:
    async def main() -> None:
        server = telling()
        async with server, talk(server, reconnect=None) as session:
            response = await session.respond()
            await response.done()
            server.break_off() if code is None else server.hang_up(code)
            responses = session.responses()
            assert await anext(responses) is response
            with pytest.raises(ConnectionLost) as lost:
                await anext(responses)
            assert lost.value.code == code

    run_virtual(main)


def test_responses_end_quietly_where_the_session_is_left() -> None:
    async def main() -> None:
        server = telling()
        async with server, talk(server) as session:
            reading = asyncio.create_task(count_responses(session))
            await session.respond()
            await anyio.sleep(1.0)
        assert await reading == 1

    run_virtual(main)


async def count_responses(session: Any) -> int:
    return len([response async for response in session.responses()])


# Events of the server


def test_raw_events_are_all_that_the_server_sends_in_order_of_known_types_or_not() -> None:
    async def main() -> None:
        server = telling()
        async with server, talk(server, reconnect=None) as session:
            raw = session.raw_events()
            server.inject({"type": "dtmf.received", "digit": "5"})
            await (await session.respond()).played()
            server.hang_up()
            types = [event.type async for event in raw]
        assert types == ["dtmf.received"] + [
            event["type"] for event in server.sent if event["type"] not in ("session.created", "dtmf.received")
        ]

    run_virtual(main)


def test_an_idle_reader_of_raw_events_blocks_no_other() -> None:
    async def main() -> None:
        server = telling()
        async with server, talk(server) as session:
            session.raw_events()
            for n in range(20_000):
                server.inject({"type": "tick", "n": n})
                if n % 1000 == 0:
                    await anyio.sleep(0.1)
            assert await is_answered_by_the_story(session)

    async def is_answered_by_the_story(session: Any) -> bool:
        (playout,) = await (await session.respond()).played()
        return bool(playout.transcript == "A story.")

    run_virtual(main)


def test_an_event_that_no_part_of_the_session_handles_is_a_server_message() -> None:
    async def main() -> None:
        server = FakeServer()
        async with server, talk(server) as session:
            server.inject({"type": "dtmf.received", "digit": "5"})
            server.inject({"type": "output_audio_buffer.started", "response_id": "resp_9"})
            assert await is_answered(server, session)
        messages = {event.event.type: event for event in await after(session, ServerMessage)}
        assert {"dtmf.received", "output_audio_buffer.started"} <= set(messages)
        fields: Any = messages["dtmf.received"].event
        assert fields.raw["digit"] == "5"

    run_virtual(main)


def test_an_event_that_is_handled_or_says_nothing_is_no_server_message() -> None:
    async def main() -> None:
        server = telling()
        async with server, talk(server, instructions="Be brief.") as session:
            await (await session.respond()).played()
            await server.user_speaks(None)
            await anyio.sleep(1.0)
        assert {event.event.type for event in await after(session, ServerMessage)} <= {"rate_limits.updated"}

    run_virtual(main)


# A tap


class Listening:
    """A tap that keeps what it hears; `fails_at` is the method that raises."""

    def __init__(self, fails_at: str = "") -> None:
        self.frames: list[tuple[str, str | bytes]] = []
        self.microphone: list[Pcm] = []
        self.speaker: list[Pcm] = []
        self.events: list[SdkEvent] = []
        self.closed = 0
        self._fails_at = fails_at

    def sent(self, text: str) -> None:
        self._fail("sent")
        self.frames.append((">", text))

    def received(self, frame: bytes | str) -> None:
        self._fail("received")
        self.frames.append(("<", frame))

    def captured(self, at: float, pcm: Pcm) -> None:
        self._fail("captured")
        self.microphone.append(pcm)

    def heard(self, at: float, pcm: Pcm) -> None:
        self._fail("heard")
        self.speaker.append(pcm)

    def emitted(self, event: SdkEvent) -> None:
        self._fail("emitted")
        self.events.append(event)

    def close(self) -> None:
        self.closed += 1
        self._fail("close")

    def _fail(self, method: str) -> None:
        if method == self._fails_at:
            raise RuntimeError(f"{method} failed")


async def tapped(tap: Listening) -> tuple[FakeServer, VirtualSpeaker, Any]:
    server, speaker, microphone = telling(), VirtualSpeaker(), VirtualMicrophone()
    microphone.say(np.full(WIRE_RATE, 1000, np.int16), at=0.5)
    async with server, talk(server, speaker, microphone=microphone, tap=tap, instructions="Be brief.") as session:
        await (await session.respond()).played()
        await anyio.sleep(1.0)
    return server, speaker, session


def test_a_tap_hears_everything_and_is_closed_once() -> None:
    async def main() -> None:
        tap = Listening()
        server, speaker, session = await tapped(tap)
        assert len([frame for way, frame in tap.frames if way == ">"]) == len(server.received)
        assert len([frame for way, frame in tap.frames if way == "<"]) == len(server.sent)
        assert np.array_equal(np.concatenate(tap.speaker), speaker.heard)
        captured = np.concatenate(tap.microphone)
        assert np.array_equal(captured[: len(server.heard)], server.heard)
        assert len(captured) - len(server.heard) <= 0.02 * WIRE_RATE  # what was on its way in the end
        assert tap.events == [event async for event in session.events()]
        assert tap.closed == 1

    run_virtual(main)


@pytest.mark.parametrize("method", ["sent", "received", "captured", "heard", "emitted", "close"])
def test_a_tap_that_raises_is_detached_and_the_session_continues(method: str, caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        server, speaker, session = await tapped(Listening(fails_at=method))
        assert seconds(speaker) == 3.0
        assert len(sent(server, "input_audio_buffer.append")) > 50
        assert len(await after(session, PlayoutFinished)) == 1

    run_virtual(main)
    errors = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
    assert errors == ["the tap Listening failed, and is removed"]


def test_an_observer_follows_an_interruption_as_it_happens() -> None:
    async def main() -> None:
        server = telling(1.5)
        server.reply(message("Yes?", seconds=0.5))
        async with server, talk(server) as session:
            await session.respond()
            await anyio.sleep(1.0)
            await server.user_speaks("Stop.")
            await anyio.sleep(2.0)
        watched = (UserSpeechStarted, Interrupted, PlayoutFinished, PlayoutStarted, ResponseStarted)
        assert [type(event) for event in await after(session, *watched)] == [
            ResponseStarted, PlayoutStarted, UserSpeechStarted, PlayoutFinished, Interrupted,
            ResponseStarted, PlayoutStarted, PlayoutFinished,
        ]  # fmt: skip

    run_virtual(main)
