"""The browser of the other tests: what it gives a page, and what it does not forgive."""

from __future__ import annotations

import pytest
from playwright.async_api import Page

from .browser import PHONE, Browser

pytestmark = pytest.mark.real


async def title(page: Page) -> str:
    await page.set_content("<title>A page</title>")
    return await page.title()


async def width(page: Page) -> int:
    return int(await page.evaluate("innerWidth"))


async def unknown_name(page: Page) -> None:
    await page.set_content("<script>nothing.here</script>")


async def shown_error(page: Page) -> None:
    await page.evaluate("console.error('it is broken')")


def test_a_page_is_used_and_gives_a_result(browser: Browser) -> None:
    assert browser.run(title) == "A page"
    assert browser.run(width, PHONE) == 390


def test_errors_of_a_page_fail_the_test(browser: Browser) -> None:
    with pytest.raises(AssertionError, match="nothing is not defined"):
        browser.run(unknown_name)
    with pytest.raises(AssertionError, match="it is broken"):
        browser.run(shown_error)
