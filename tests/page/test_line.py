"""A page and its session, over a socket in memory."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

import anyio
import anyio.lowlevel
import numpy as np
import pytest

from realtime_sdk import Session, connect
from realtime_sdk.audio._pcm import to_bytes
from realtime_sdk.errors import ConnectionLost
from realtime_sdk.page import PageLine, PageSpeaker
from realtime_sdk.page._line import HELLO_LIMIT, talk_over
from realtime_sdk.page._messages import MAX_TEXT, Opened, Position
from realtime_sdk.page._socket import OUTBOX_LIMIT, Outbox
from realtime_sdk.testing import FakeServer, message, run_virtual

HELLO: Final = {"type": "hello", "rate": None}
"""Of a page without a microphone."""


class Page:
    """A page's end of its socket. It answers `open`, and plays nothing."""

    def __init__(self) -> None:
        self.shown: list[dict[str, Any]] = []  # messages that it received
        self.closed: tuple[int, str] | None = None
        self._changed = asyncio.Event()  # set when it has received a frame, or was closed
        self._sent: asyncio.Queue[str | bytes | None] = asyncio.Queue()

    def say(self, frame: dict[str, Any] | str | bytes | None) -> None:
        """Send a frame; None: it is gone."""
        self._sent.put_nowait(json.dumps(frame) if isinstance(frame, dict) else frame)

    async def send(self, frame: str | bytes) -> None:
        if isinstance(frame, str):
            self.shown.append(json.loads(frame))
            if self.shown[-1]["type"] == "open":
                self.say({"type": "opened", "epoch": self.shown[-1]["epoch"]})
        self._changed.set()

    async def receive(self) -> str | bytes:
        frame = await self._sent.get()
        if frame is None:
            raise ConnectionLost("it was closed")
        return frame

    async def close(self, code: int, reason: str) -> None:
        self.closed = code, reason
        self._changed.set()

    async def capture(self, seconds: float, *, value: int) -> None:
        """Let its microphone hear this, in real time."""
        for _ in range(round(seconds / 0.02)):
            self.say(to_bytes(np.full(480, value, np.int16)))
            await anyio.sleep(0.02)

    async def until_closed(self) -> None:
        """Wait until it is closed from the other side."""
        while self.closed is None:
            self._changed.clear()
            await self._changed.wait()

    async def until(self, kind: str) -> dict[str, Any]:
        """Wait for the first message of this kind."""
        while (found := next((shown for shown in self.shown if shown["type"] == kind), None)) is None:
            assert self.closed is None, self.shown
            self._changed.clear()
            await self._changed.wait()
        return found


class Talks:
    """The sessions that pages have opened, with one server."""

    def __init__(self, server: FakeServer | None = None) -> None:
        self.server = server or FakeServer()
        self.sessions: list[Session] = []

    @asynccontextmanager
    async def open(self, line: PageLine) -> AsyncIterator[Session]:
        async with connect(endpoint=self.server, microphone=line.microphone, speaker=line.speaker) as session:
            self.sessions.append(session)
            yield session

    @property
    def states(self) -> list[str]:
        return [session.state for session in self.sessions]


def test_two_pages_are_two_sessions_and_each_ends_with_its_page() -> None:
    async def main() -> None:
        talks, pages = Talks(), [Page(), Page()]
        async with talks.server, anyio.create_task_group() as tasks:
            for page in pages:
                page.say({"type": "hello", "rate": 48_000})
                tasks.start_soon(talk_over, page, talks.open)
                await page.until("state")
            assert talks.states == ["listening", "listening"]
            pages[0].say(None)
            await pages[0].until_closed()
            assert talks.states == ["closed", "listening"]
            pages[1].say(None)
        assert talks.states == ["closed", "closed"]

    run_virtual(main)


def test_the_microphone_of_the_page_is_heard_until_it_is_muted() -> None:
    async def main() -> None:
        talks, page = Talks(), Page()
        async with talks.server, anyio.create_task_group() as tasks:
            tasks.start_soon(talk_over, page, talks.open)
            page.say({"type": "hello", "rate": 24_000})
            await page.until("state")
            await page.capture(0.5, value=100)
            page.say({"type": "mute", "on": True})
            await page.capture(0.5, value=200)
            page.say({"type": "mute", "on": False})
            await page.capture(0.5, value=300)
            page.say(None)
        heard = set(talks.server.heard.tolist())
        assert {100, 300} <= heard
        assert 200 not in heard

    run_virtual(main)


def test_typed_words_are_answered_and_nothing_is_shown_that_the_page_has_not_played() -> None:
    async def main() -> None:
        server, page = FakeServer(), Page()
        server.reply(message("I will look.", seconds=0.5, phase="commentary"), message("It is dry.", seconds=0.5))
        talks = Talks(server)
        async with talks.server, anyio.create_task_group() as tasks:
            tasks.start_soon(talk_over, page, talks.open)
            page.say(HELLO)
            await page.until("state")
            page.say({"type": "typed", "text": "Does it rain?"})
            await anyio.sleep(5)  # virtual; the page plays nothing
            shown = [message for message in page.shown if message["type"] in ("message", "caption")]
            assert [(message["type"], message["preamble"]) for message in shown] == [
                ("message", True), ("message", False),
            ]  # fmt: skip
            page.say(None)

    run_virtual(main)


@pytest.mark.parametrize(
    "frame",
    [
        "no JSON",
        '{"type": "anything"}',
        '{"type": "hello", "rate": 1}',
        '{"type": "position", "epoch": 1, "left": -1, "heard": 0, "overrun": 0}',
        '{"type": "position", "epoch": 1, "left": 1e300, "heard": 0, "overrun": 0}',
        '{"type": "typed", "text": ""}',
        json.dumps({"type": "typed", "text": "x" * (MAX_TEXT + 1)}),
        json.dumps(HELLO),
    ],
)
def test_a_page_that_sends_anything_else_is_closed(frame: str) -> None:
    async def main() -> None:
        talks, page = Talks(), Page()
        page.say(HELLO)
        page.say(frame)
        await talk_over(page, talks.open)
        assert page.closed is not None
        assert page.closed[0] == 1008

    run_virtual(main)


def test_no_position_is_believed_beyond_what_was_sent() -> None:
    speaker = PageSpeaker(lambda _frame: None)

    async def main() -> int:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(speaker.open, 24_000)
            await anyio.lowlevel.checkpoint()
            speaker._on_opened(Opened(type="opened", epoch=1))
        speaker.write(np.zeros(1000, np.int16))
        speaker._on_position(Position(type="position", epoch=1, left=9000, heard=9000, overrun=0))
        return speaker.played()

    assert run_virtual(main) == 1000


def test_a_page_is_told_why_there_is_no_session() -> None:
    async def main() -> None:
        page = Page()
        page.say(HELLO)
        await talk_over(page, lambda line: connect(endpoint="ws://127.0.0.1:9", speaker=line.speaker))
        assert page.shown[-1]["type"] == "failed"
        assert page.closed == (1000, "the session has ended")

    asyncio.run(main())


def test_a_page_that_never_says_hello_is_closed() -> None:
    async def main() -> None:
        talks, page = Talks(), Page()
        began = anyio.current_time()
        await talk_over(page, talks.open)
        assert anyio.current_time() - began == pytest.approx(HELLO_LIMIT)
        assert talks.sessions == []

    run_virtual(main)


def test_a_page_that_reads_nothing_is_given_up() -> None:
    async def main() -> None:
        outbox = Outbox()
        for _ in range(OUTBOX_LIMIT + 1):
            outbox.post("a frame")
        with pytest.raises(ConnectionLost, match="does not read"):
            await outbox.send_to(Page())

    run_virtual(main)
