"""The page that talks, in Chromium: what it plays, counts and shows."""

from __future__ import annotations

import asyncio
import json
import math
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from playwright.async_api import Page, ViewportSize, WebSocket, expect
from websockets.asyncio.client import connect as connect_websocket
from websockets.exceptions import InvalidStatus

from realtime_sdk import InputLevel, Session, connect
from realtime_sdk.audio._pcm import WIRE_RATE
from realtime_sdk.page import PageLine, serve_page
from realtime_sdk.testing import FakeServer, message

from ..examples.running import example
from .browser import LIMIT, PHONE, Browser
from .serving import serving
from .talks import next_message, until_heard

pytestmark = pytest.mark.real

expect.set_options(timeout=LIMIT)

PREAMBLE = "I will look."
STORY = " ".join(["It stays dry until the evening, and then a little rain comes from the west, with wind."] * 4)
STORY_SECONDS = 60.0
"""Longer than it takes to press a key, on a machine under load."""

SMALL = ViewportSize(width=320, height=400)

LOUD = -40.0
"""dB of full scale that the beep of the browser's fake microphone exceeds."""

PAUSED = 2
"""The epoch of a page that has been told to play, and once to stop."""

STRUCTURE = """
- banner:
  - heading "Talk" [level=1]
  - status: Listening
- main:
  - log "What is said"
  - paragraph: Press Start, allow the microphone, and speak. Words appear as you hear them.
- contentinfo:
  - text: Volume
  - slider "Volume": "1"
  - text: Type instead of speaking
  - textbox "Type instead of speaking"
  - button "Send"
  - toolbar "The talk":
    - button "End"
    - button "Mute"
    - button "Interrupt"
    - button "Pause"
"""
"""What a screen reader finds."""


class Talk:
    """One page's session with a scripted server, and what the page said of its position."""

    def __init__(self) -> None:
        self.server = FakeServer()
        self.positions: list[dict[str, Any]] = []  # reports of the page
        self.requested: list[str] = []  # addresses that the page loaded
        self._session: Session | None = None  # None before it is open
        self._reported = asyncio.Event()  # set at each report

    @property
    def session(self) -> Session:
        assert self._session is not None
        return self._session

    @asynccontextmanager
    async def open(self, line: PageLine) -> AsyncIterator[Session]:
        async with connect(
            endpoint=self.server, microphone=line.microphone, speaker=line.speaker,
            aligner="signal",  # noise has no phones
        ) as session:  # fmt: skip
            self._session = session
            yield session

    @asynccontextmanager
    async def on(self, page: Page) -> AsyncIterator[str]:
        """Serve the page, and start a talk on it; yields its address."""
        page.on("websocket", self._watch)
        page.on("request", lambda request: self.requested.append(request.url))
        async with self.server, serve_page(self.open) as url:
            await page.goto(url)
            await page.get_by_role("button", name="Start").click()
            await expect(page.get_by_role("status")).to_have_text("Listening")
            yield url

    @property
    def cut(self) -> int:
        """The frame at which the reply was cut."""
        [reply] = [item for item in self.session.conversation if item.type == "message" and item.role == "assistant"]
        assert reply.playout is not None and reply.playout.interrupted
        return round(reply.playout.position * WIRE_RATE)

    async def until_speaking(self) -> None:
        """Wait until some of the reply is heard, as the session knows: the browser tells a busy test far later."""
        await until_heard(await next_message(aiter(await anext(self.session.responses()))), 0.5)

    async def until_heard(self, frames: int) -> dict[str, Any]:
        """Wait for the report of the page that so many frames were heard."""
        return await self.until(lambda position: position["heard"] >= frames)

    async def until_paused(self) -> None:
        """Wait for the report of the page that it stands where it paused: where it stood at the report before."""
        await self.until(
            lambda last: (self.positions[-2]["epoch"], self.positions[-2]["left"]) == (PAUSED, last["left"])
        )

    async def until(self, reached: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Wait for a report of the page; return it."""
        async with asyncio.timeout(LIMIT / 1000):
            while not self.positions or not reached(self.positions[-1]):
                self._reported.clear()
                await self._reported.wait()
        return self.positions[-1]

    def _watch(self, socket: WebSocket) -> None:
        socket.on("framesent", self._sent)

    def _sent(self, frame: str | bytes) -> None:
        if isinstance(frame, str) and (message := json.loads(frame))["type"] == "position":
            self.positions.append(message)
            self._reported.set()


async def say(page: Page, text: str) -> None:
    await page.get_by_label("Type instead of speaking").fill(text)
    await page.keyboard.press("Enter")


def test_words_appear_as_they_are_heard_and_every_frame_is_counted(browser: Browser) -> None:
    async def main(page: Page) -> None:
        talk = Talk()
        talk.server.reply(
            message(PREAMBLE, seconds=0.5, phase="commentary"), message("It is dry.", seconds=0.5, phase="final_answer")
        )
        async with talk.on(page) as url:
            await say(page, "Does it rain?")
            await expect(page.locator(".preamble")).to_have_text(PREAMBLE)
            await expect(page.locator(".reply:not(.preamble)")).to_have_text("It is dry.")
            await talk.session.drained()
            await expect(page.get_by_role("status")).to_have_text("Listening")
            await expect(page.get_by_role("log")).to_contain_text("Does it rain?I will look.It is dry.")
            last = await talk.until_heard(WIRE_RATE)
        assert (last["left"], last["heard"], last["overrun"]) == (WIRE_RATE, WIRE_RATE, 0)
        assert all(report["heard"] <= report["left"] for report in talk.positions)
        assert len({report["heard"] for report in talk.positions}) > 5, "counted as it plays, not at its end"
        assert {address.rsplit("/", 1)[0] + "/" for address in talk.requested} == {url}

    browser.run(main)


def test_an_interruption_truncates_at_the_frame_that_the_worklet_played_last(browser: Browser) -> None:
    async def main(page: Page) -> None:
        talk = Talk()
        talk.server.reply(message(STORY, seconds=STORY_SECONDS))
        async with talk.on(page):
            await say(page, "Does it rain?")
            await talk.until_speaking()
            await page.keyboard.press("Escape")
            await expect(page.locator(".reply s")).to_contain_text("with wind.")
            await expect(page.locator(".reply")).to_have_text(re.compile(r"^It stays .* — cut at \d+\.\d s$"))
            await talk.server.wait_for("conversation.item.truncate")
            last = await talk.until_heard(talk.cut)
        assert last["left"] == last["heard"] == talk.cut
        [truncated] = [event for event in talk.server.received if event["type"] == "conversation.item.truncate"]
        assert truncated["audio_end_ms"] == math.floor(1000 * talk.cut / WIRE_RATE)

    browser.run(main)


def test_a_pause_holds_the_sound_and_an_interruption_cuts_where_it_paused(browser: Browser) -> None:
    async def main(page: Page) -> None:
        talk = Talk()
        talk.server.reply(message(STORY, seconds=STORY_SECONDS))
        async with talk.on(page):
            await say(page, "Does it rain?")
            await talk.until_speaking()
            await page.get_by_role("button", name="Pause").click()
            await expect(page.get_by_role("button", name="Pause", pressed=True)).to_be_visible()
            await expect(page.get_by_role("status")).to_have_text("Paused")
            await talk.until_paused()
            await page.get_by_role("button", name="Interrupt").click()
            await expect(page.locator(".reply s")).to_contain_text("with wind.")
            await talk.until_heard(talk.cut)
            await page.get_by_role("button", name="Pause").click()
            await expect(page.get_by_role("status")).to_have_text("Listening")
        assert max(position["left"] for position in talk.positions) == talk.cut

    browser.run(main)


def test_the_microphone_is_heard_until_it_is_muted_and_the_button_ends_the_session(browser: Browser) -> None:
    async def main(page: Page) -> None:
        talk, level = Talk(), page.locator("#input-level")
        async with talk.on(page):
            await anext(event async for event in talk.session.events(InputLevel) if event.dbfs > LOUD)
            await page.keyboard.press("m")
            await expect(page.get_by_role("button", name="Mute", pressed=True)).to_be_visible()
            await expect(level).to_have_attribute("style", re.compile(r"scaleX\(0\)"))
            await page.get_by_role("button", name="End", exact=True).click()
            await expect(page.get_by_role("status")).to_have_text("Ended")
            await expect(page.get_by_role("button", name="Start")).to_be_enabled()
        assert talk.session.state == "closed"

    browser.run(main)


def test_a_key_changes_the_volume_at_once_and_the_usage_is_shown(browser: Browser) -> None:
    async def main(page: Page) -> None:
        talk, heard, volume = Talk(), page.locator("#output-level"), page.get_by_role("slider", name="Volume")
        talk.server.reply(message(STORY, seconds=STORY_SECONDS))
        async with talk.on(page):
            await say(page, "Does it rain?")
            await expect(heard).to_have_attribute("style", re.compile(r"scaleX\(0\.[1-9]"))
            await expect(page.locator("#usage")).to_have_text(re.compile(r"^[\d,]+ tokens$"))
            await volume.focus()
            for _ in range(10):
                await page.keyboard.press("-")
            await expect(volume).to_have_value("0")
            await expect(heard).to_have_attribute("style", re.compile(r"scaleX\(0\)"))
            await expect(page.get_by_role("status")).to_have_text("Speaking")
            await page.keyboard.press("+")
            await expect(volume).to_have_attribute("aria-valuetext", "10 %")

    browser.run(main)


def test_the_transcript_follows_what_is_heard_until_the_user_scrolls_up(browser: Browser) -> None:
    async def main(page: Page) -> None:
        talk, transcript = Talk(), page.get_by_role("log")
        talk.server.reply(message(STORY, seconds=1.0))
        talk.server.reply(message("It is dry.", seconds=0.5))
        async with talk.on(page):
            await say(page, "Does it rain?")
            await expect(transcript).to_contain_text(STORY)
            below = "list => list.scrollHeight - list.clientHeight - list.scrollTop"
            assert await transcript.evaluate(below) < 1
            await page.get_by_label("Type instead of speaking").fill("And now?")
            # The transcript grows before the event of the scroll comes.
            await transcript.evaluate("list => { list.scrollTop = 0; document.forms.type.requestSubmit(); }")
            await expect(transcript).to_contain_text("It is dry.")
            assert await transcript.evaluate("list => list.scrollTop") == 0

    browser.run(main, SMALL)


@pytest.mark.parametrize("width", [PHONE["width"], SMALL["width"]])
def test_it_is_read_aloud_and_fits_a_telephone(browser: Browser, width: int) -> None:
    async def main(page: Page) -> None:
        talk = Talk()
        async with talk.on(page):
            await expect(page.locator("body")).to_match_aria_snapshot(STRUCTURE)
            assert await page.evaluate("document.documentElement.scrollWidth") == width

    browser.run(main, ViewportSize(width=width, height=PHONE["height"]))


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "http://127.0.0.1:1", "null", None], ids=lambda origin: f"{origin}"
)
def test_a_page_of_another_origin_can_not_open_the_socket(origin: str | None) -> None:
    async def main() -> None:
        async with serve_page(Talk().open) as url:
            given = {} if origin is None else {"Origin": origin}
            await connect_websocket(url.replace("http", "ws") + "line", additional_headers=given)

    with pytest.raises(InvalidStatus) as refused:
        asyncio.run(main())
    assert refused.value.response.status_code == 403


def test_the_example_serves_the_page_in_an_application(browser: Browser, capsys: pytest.CaptureFixture[str]) -> None:
    make_app = example("browser")["make_app"]

    async def main(page: Page) -> None:
        server = FakeServer()
        server.reply(message("We have rolls.", seconds=0.4))
        async with server, serving(make_app(server)) as host:
            await page.goto(f"http://{host}/")
            await page.get_by_role("button", name="Start").click()
            await expect(page.get_by_role("status")).to_have_text("Listening")
            await say(page, "What do you have?")
            await expect(page.locator(".reply")).to_have_text("We have rolls.")
            await page.get_by_role("button", name="End", exact=True).click()
            await expect(page.get_by_role("status")).to_have_text("Ended")

    browser.run(main)
    assert capsys.readouterr().out.splitlines() == ["user: What do you have?", "assistant: We have rolls."]
