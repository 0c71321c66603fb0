"""A headless browser for the pages: Chromium with a fake microphone, driven by playwright."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Final, TypeVar

from playwright.async_api import Browser as Chromium, Error, Page, ViewportSize, async_playwright

T = TypeVar("T")

DESKTOP: Final = ViewportSize(width=1280, height=800)
PHONE: Final = ViewportSize(width=390, height=844)

LIMIT: Final = 60_000
"""Milliseconds within which a fact on a page is there, on a machine under load."""

_PROGRAM: Final = "chromium"

_ARGUMENTS: Final = (
    "--no-sandbox",  # which a root user's Chromium has none of
    "--use-fake-device-for-media-stream",  # a microphone that beeps once a second
    "--use-fake-ui-for-media-stream",  # that every page may use
    "--autoplay-policy=no-user-gesture-required",
)


def missing() -> str:
    """What this machine lacks for a browser, and how to get it; "" if it lacks nothing."""
    return "" if shutil.which(_PROGRAM) else f"no browser: {_PROGRAM} not found; on Debian: apt install chromium"


class Browser:
    """One Chromium, and the event loop that drives it.

        def test_it_has_a_heading(browser: Browser) -> None:
            async def look(page: Page) -> str:
                await page.goto(file.as_uri())
                return await page.inner_text("h1")

            assert browser.run(look) == "Recording"

    The loop runs only within `run`, where the test's own servers and sessions may run as well.
    """

    def __init__(self) -> None:
        self._runner = asyncio.Runner()
        self._stack = AsyncExitStack()  # of the browser

    def __enter__(self) -> Browser:
        self._chromium = self._runner.run(self._start())
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._runner.run(self._stack.aclose())
        self._runner.close()

    def run(self, use: Callable[[Page], Awaitable[T]], viewport: ViewportSize = DESKTOP) -> T:
        """Await `use` with a new page, without cookies or storage of an earlier one; return what it returned.

        An error that the page's script doesn't catch, or that the console shows, fails the test.
        """
        return self._runner.run(self._use(use, viewport))

    async def _start(self) -> Chromium:
        playwright = await self._stack.enter_async_context(async_playwright())
        chromium = await playwright.chromium.launch(executable_path=shutil.which(_PROGRAM), args=_ARGUMENTS)
        self._stack.push_async_callback(chromium.close)
        return chromium

    async def _use(self, use: Callable[[Page], Awaitable[T]], viewport: ViewportSize) -> T:
        async with await self._chromium.new_context(viewport=viewport) as context:
            context.set_default_timeout(LIMIT)
            page = await context.new_page()
            errors: list[str] = []
            page.on("pageerror", lambda error: errors.append(f"{error}"))
            page.on("console", lambda line: errors.append(line.text) if line.type == "error" else None)
            try:
                result = await use(page)
            except Error as error:
                raise AssertionError(f"{error}; the page's errors: {errors}") from error
        assert not errors, errors
        return result
