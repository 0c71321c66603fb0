"""Takes the pictures of page.md: python docs/make_page.py (Chromium and playwright are installed)."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path
from typing import Any, Final

from playwright.async_api import Browser, async_playwright, expect

from realtime_sdk import connect
from realtime_sdk.page import PageLine, serve_page
from realtime_sdk.protocol import TRANSCRIPTION_MODEL
from realtime_sdk.testing import FakeServer, call, message

FOLDER: Final = Path(__file__).parent
ARGUMENTS: Final = ("--no-sandbox", "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")

PICTURES: Final[dict[str, dict[str, Any]]] = {
    "page.png": {"viewport": {"width": 900, "height": 620}},
    "page-phone.png": {"viewport": {"width": 390, "height": 780}, "color_scheme": "dark", "has_touch": True},
}
"""Each picture, and the browser that it shows."""


def opening_hours() -> str:
    """Say when the bakery is open."""
    return "7 to 18 h"


async def take(browser: Browser, name: str) -> None:
    """Hold the talk of a picture, and take it in the middle of the last reply."""
    server = FakeServer()
    server.reply(message("Let me look that up.", seconds=1.2, phase="commentary"), call("opening_hours", {}))
    server.reply(
        message(
            "We are open from seven in the morning until six in the evening, except on Sundays, when there is coffee "
            "and cake from two o'clock.", seconds=7.0, phase="final_answer",
        )
    )  # fmt: skip
    server.reply(message("Yes: rye bread comes out of the oven at eight, every day of the week.", seconds=4.0))

    def open_session(line: PageLine) -> Any:
        return connect(
            endpoint=server, microphone=line.microphone, speaker=line.speaker, tools=[opening_hours],
            transcription={"model": TRANSCRIPTION_MODEL},
        )  # fmt: skip

    page = await browser.new_page(**PICTURES[name], device_scale_factor=2)
    async with server, serve_page(open_session) as url:
        await page.goto(url)
        await page.click("#start")
        await expect(page.locator("#state")).to_have_text("Listening")
        await server.user_speaks("When are you open?")
        await expect(page.locator(".reply").nth(1)).to_contain_text("seven in the morning", timeout=20_000)
        await server.user_speaks("And do you have rye bread?", 1.5)
        await expect(page.locator(".reply").nth(2)).to_contain_text("out of the", timeout=20_000)
        await page.screenshot(path=FOLDER / name)
    await page.close()


async def main() -> None:
    """Take all pictures."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=shutil.which("chromium"), args=ARGUMENTS)
        for name in PICTURES:
            await take(browser, name)
        await browser.close()


if __name__ == "__main__":
    asyncio.run(main())
