"""The page of a report, in a browser: it plays, words light up while they are heard, a click on one plays from it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.async_api import Page, ViewportSize

from realtime_sdk.recording import report

from ..recording.talks import record_talk
from .browser import DESKTOP, PHONE, Browser

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("report") / "talk"
    record_talk(folder)
    page = folder / "report.html"
    page.write_text(report(folder), "utf-8")
    yield page.as_uri()


async def until(page: Page, fact: str) -> None:
    """Wait for a fact in the page, frame by frame; the page's policy forbids the `eval` of `wait_for_function`."""
    look = f"(function look() {{ {fact} ? done() : requestAnimationFrame(look); }})()"
    await page.evaluate(f"new Promise((done) => {{ {look} }})")


async def opened(page: Page, address: str) -> Page:
    await page.goto(address)
    await until(page, "audio.readyState >= 1")
    await page.evaluate("audio.loop = true")  # a slow machine finds it still playing
    return page


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_it_plays_and_words_light_up(browser: Browser, address: str, viewport: ViewportSize) -> None:
    async def look(page: Page) -> list[str | None]:
        await opened(page, address)
        first = await page.text_content(".w.lit")
        await page.click("#play")
        await page.wait_for_selector(".assistant .w.lit")
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        return [first, await page.get_attribute("#play", "aria-label")]

    assert browser.run(look, viewport) == ["How", "Pause"]


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_a_click_on_a_word_plays_from_it(browser: Browser, address: str, viewport: ViewportSize) -> None:
    async def look(page: Page) -> bool:
        await opened(page, address)
        word = page.locator(".w", has_text="king")
        start = float(await word.get_attribute("data-s") or "nan")
        await word.click()
        await until(page, "!audio.paused && audio.played.length")
        return bool(await page.evaluate(f"chosen === {start}"))

    assert browser.run(look, viewport)


def test_a_click_on_a_word_under_the_sound_plays_from_it(browser: Browser, address: str) -> None:
    async def look(page: Page) -> bool:
        await opened(page, address)
        place = await page.evaluate("""() => {
            seek(6.5);
            const { word, x, width } = places.find((place) => place.word.text === "upon");
            const box = document.getElementById("lanes").getBoundingClientRect();
            const half = (box.height - 96) / 4 - 2;
            const y = box.top + 24 + 4 * half + 32 + 12;
            return { start: word.start, x: box.left + x + width / 2 - left * scaleOf(), y };
        }""")
        await page.mouse.click(place["x"], place["y"])
        await until(page, "!audio.paused && audio.played.length")
        return bool(await page.evaluate("chosen") == place["start"])

    assert browser.run(look)


def test_the_keyboard_plays_and_steps_from_word_to_word(browser: Browser, address: str) -> None:
    async def look(page: Page) -> list[object]:
        await opened(page, address)
        places = [await page.evaluate("duration")]
        for key in ("End", "Home", "ArrowRight", "ArrowRight", "ArrowLeft", "ArrowDown"):
            await page.keyboard.press(key)
            places.append(round(await page.evaluate("chosen"), 2))
        await page.keyboard.press(" ")
        await until(page, "!audio.paused")
        await page.keyboard.press(" ")
        await until(page, "audio.paused")
        return places

    duration, end, home, first, second, back, entry = browser.run(look)
    assert (end, home, back) == (duration, 0.0, 0.0)
    assert 0.0 < float(str(first)) < float(str(second))
    assert entry == 1.5
