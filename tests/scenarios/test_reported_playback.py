"""An application that plays the audio itself, on a line that takes it faster than it plays, reports what was heard."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from functools import partial

import pytest
from pytest import approx

from realtime_sdk import (
    CaptionShown,
    Interrupted,
    MessageItem,
    Playout,
    PlayoutStarted,
    Session,
    Tap,
    UsageError,
    connect,
)
from realtime_sdk._runtime import clock
from realtime_sdk.audio._pcm import Pcm, to_seconds
from realtime_sdk.testing import FakeServer, VirtualSpeaker, message, run_virtual

from .observing import sent

pytestmark = pytest.mark.usefixtures("unguarded")


class Line:
    """A telephone gateway: takes any amount of audio, plays it in real time, and says when it has played a piece."""

    def __init__(self) -> None:
        self.played = 0.0  # seconds
        self.cleared = False
        self._pieces: deque[tuple[float, Callable[[], None]]] = deque()
        self._came = asyncio.Event()

    def media(self, pcm: Pcm, mark: Callable[[], None]) -> None:
        self._pieces.append((to_seconds(len(pcm)), mark))
        self._came.set()

    def clear(self) -> None:
        self.cleared = True
        self._pieces.clear()

    async def run(self) -> None:
        while True:
            while not self._pieces:
                self._came.clear()
                await self._came.wait()
            seconds, mark = self._pieces.popleft()
            await asyncio.sleep(seconds)
            self.played += seconds
            mark()


async def bridge(session: Session, line: Line, items: list[MessageItem]) -> None:
    """Hand each message's audio on as it comes, and report what the line says."""
    async for response in session.responses():
        async for item in response:
            if isinstance(item, MessageItem):
                items.append(item)
                position = 0.0
                async for pcm in item.audio(reported=True):
                    for start in range(0, len(pcm), 2400):
                        piece = pcm[start : start + 2400]
                        position += to_seconds(len(piece))
                        line.media(piece, partial(item.report_heard, position))


class Call:
    """A call over a line, and what became of it."""

    def __init__(self, server: FakeServer, going_on: Callable[[Session, Line], Awaitable[object]]) -> None:
        self.items: list[MessageItem] = []
        self.heard = 0.0
        run_virtual(lambda: self._hold(server, going_on))

    async def _hold(self, server: FakeServer, going_on: Callable[[Session, Line], Awaitable[object]]) -> None:
        line, tap = Line(), Heard()
        async with server, connect(endpoint=server, microphone=None, speaker=None, tap=tap) as session:
            tasks = [
                asyncio.create_task(line.run()), asyncio.create_task(bridge(session, line, self.items)),
                asyncio.create_task(clear_when_interrupted(session, line)),
            ]  # fmt: skip
            await going_on(session, line)
            for task in tasks:
                task.cancel()
        self.heard = tap.seconds
        self.captions = [e.caption async for e in session.events(CaptionShown)]


class Heard(Tap):
    def __init__(self) -> None:
        self.seconds = 0.0

    def heard(self, at: float, pcm: Pcm) -> None:
        self.seconds += to_seconds(len(pcm))


async def clear_when_interrupted(session: Session, line: Line) -> None:
    async for _ in session.events(Interrupted):
        line.clear()


async def greet(session: Session, line: Line) -> None:
    session.send_text("Hello.")
    await session.drained()


def test_a_message_is_heard_when_the_line_has_played_it() -> None:
    async def going_on(session: Session, line: Line) -> None:
        began = clock.wall()
        await greet(session, line)
        assert clock.wall() - began == approx(3.0)

    server = FakeServer()
    server.reply(message("One and two.", seconds=1.0), message("Three and four.", seconds=2.0))
    talked = Call(server, going_on)
    first, second = [item.playout for item in talked.items]
    assert [first.position, second.position] == approx([1.0, 2.0])
    assert not first.interrupted and not second.interrupted
    assert second.started_at is not None and first.finished_at is not None
    assert second.started_at >= first.finished_at
    assert talked.heard == approx(3.0)  # also by a recorder


def test_a_caller_who_breaks_in_cuts_the_message_where_the_line_has_played_it() -> None:
    async def going_on(session: Session, line: Line) -> None:
        session.send_text("Hello.")
        await asyncio.sleep(2.0)
        await server.user_speaks("Stop.", seconds=0.5)
        assert line.cleared
        assert line.played == approx(2.0, abs=0.11)

    server = FakeServer()
    notice = "This call is recorded for the purpose of training."
    server.reply(message(notice, seconds=10.0), message("Really.", seconds=1.0))
    talked = Call(server, going_on)
    cut, unheard = [item.playout for item in talked.items]
    assert cut.interrupted and unheard.interrupted
    assert cut.position == approx(2.0, abs=0.11)
    assert (unheard.position, unheard.transcript) == (0.0, "")
    [truncated] = sent(server, "conversation.item.truncate")
    assert truncated["audio_end_ms"] == approx(cut.position * 1000, abs=1)
    assert [event["item_id"] for event in sent(server, "conversation.item.delete")] == [unheard.item_id]
    said = "".join(caption.text for caption in talked.captions)
    assert said == cut.transcript
    assert 0 < len(said) < len(notice)


def hold(check: Callable[[Session, MessageItem], Awaitable[None]], *, speaker: bool = False) -> Playout:
    """Hold a talk of one message of two seconds, with a check in the middle of it."""

    async def main() -> Playout:
        server = FakeServer()
        server.reply(message("One, two, three, four.", seconds=2.0))
        device = VirtualSpeaker() if speaker else None
        async with server, connect(endpoint=server, microphone=None, speaker=device) as session:
            session.send_text("Count.")
            item = await anext(aiter(await anext(session.responses())))
            assert isinstance(item, MessageItem)
            await check(session, item)
            return item.playout

    return run_virtual(main)


async def take(item: MessageItem) -> None:
    async for _ in item.audio(reported=True):
        pass


def test_nothing_counts_as_heard_before_it_is_reported() -> None:
    async def check(session: Session, item: MessageItem) -> None:
        await take(item)
        await asyncio.sleep(5.0)
        assert (item.playout.position, session.state) == (0.0, "thinking")
        item.report_heard(0.5)
        assert item.playout.position == 0.5
        await asyncio.sleep(0.1)
        assert session.state == "speaking"
        started = await anext(session.events(PlayoutStarted))
        assert started.item is item

    assert hold(check).position == 0.5


def test_a_position_that_is_not_behind_the_last_one_changes_nothing() -> None:
    async def check(session: Session, item: MessageItem) -> None:
        await take(item)
        for position in (1.0, 0.25, 1.0):
            item.report_heard(position)
        assert item.playout.position == 1.0
        await session.interrupt()
        item.report_heard(2.0)  # a mark that was on its way
        assert (await item.played()).position == 1.0

    assert hold(check).interrupted


def test_captions_follow_what_is_reported() -> None:
    async def check(session: Session, item: MessageItem) -> None:
        assert item.heard == ""
        await take(item)
        await asyncio.sleep(5.0)
        assert item.heard == ""
        item.report_heard(1.0)
        await asyncio.sleep(1.0)
        assert item.transcript.startswith(item.heard)
        assert "" != item.heard != item.transcript
        item.report_heard(2.0)
        captions = [caption async for caption in item.captions()]
        assert "".join(caption.text for caption in captions) == item.heard == item.transcript

    assert not hold(check).interrupted


def test_more_than_was_taken_is_a_mistake() -> None:
    async def check(session: Session, item: MessageItem) -> None:
        with pytest.raises(UsageError, match=r"0.5 s can't have been heard: audio\(reported=True\) gave 0 s"):
            item.report_heard(0.5)
        await take(item)
        item.report_heard(2.004)  # within the rounding of a line
        with pytest.raises(UsageError, match=r"2000 s can't have been heard: .* gave 2 s of the message"):
            item.report_heard(2000)
        with pytest.raises(UsageError, match="position is a number of seconds"):
            item.report_heard(-1.0)

    assert hold(check).position == 2.0


def test_a_report_from_another_thread_is_refused_and_changes_nothing() -> None:
    async def check(session: Session, item: MessageItem) -> None:
        await take(item)
        with pytest.raises(UsageError, match=r"call report_heard\(\) from the session's own event loop"):
            await asyncio.to_thread(item.report_heard, 1.0)
        assert item.playout.position == 0.0
        item.report_heard(2.0)
        assert not (await item.played()).interrupted

    assert hold(check).position == 2.0


def test_a_session_with_a_speaker_reports_by_itself() -> None:
    async def check(session: Session, item: MessageItem) -> None:
        with pytest.raises(UsageError, match="the session's speaker reports what was heard"):
            item.audio(reported=True)
        with pytest.raises(UsageError, match="the session's speaker reports what was heard"):
            item.report_heard(0.5)
        await item.played()

    assert hold(check, speaker=True).position == approx(2.0)


def test_a_report_of_a_users_message_changes_nothing() -> None:
    async def main() -> None:
        server = FakeServer()
        async with server, connect(endpoint=server, microphone=None, speaker=None) as session:
            await server.user_speaks("Hello?")
            await asyncio.sleep(1.0)
            [item] = [item for item in session.conversation if isinstance(item, MessageItem)]
            before = item.playout
            item.report_heard(0.5)
            assert item.playout == before

    run_virtual(main)
