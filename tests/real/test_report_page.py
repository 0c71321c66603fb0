"""The page of a report, in a browser: it plays, words light up while they are heard, a click on one plays from it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

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


CONTRASTS = """() => {
    const parts = (colour) => colour.match(/[\\d.]+/g).map(Number);
    const linear = (value) => (value /= 255) <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
    const luminance = ([r, g, b]) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
    const behind = (element) => {
        const colour = parts(getComputedStyle(element).backgroundColor);
        return colour[3] === 0 ? behind(element.parentElement) : colour;
    };
    const hasText = (element) => [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
    const texts = [...document.querySelectorAll("body *")].filter((each) => each.offsetParent && hasText(each));
    return texts.map((element) => {
        const [low, high] = [parts(getComputedStyle(element).color), behind(element)].map(luminance).sort();
        return [element.outerHTML.slice(0, 80), (high + 0.05) / (low + 0.05)];
    });
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_stands_out_and_nothing_is_wider_than_a_small_phone(
    browser: Browser, address: str, scheme: Literal["light", "dark"]
) -> None:
    async def look(page: Page) -> list[tuple[str, float]]:
        await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        await page.goto(address)
        await page.evaluate("seek(words.find((word) => word.text === 'king').start)")  # a word and an entry are lit
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        contrasts: list[tuple[str, float]] = await page.evaluate(CONTRASTS)
        return contrasts

    contrasts = browser.run(look, ViewportSize(width=360, height=640))
    assert len(contrasts) > 50
    assert [text for text, ratio in contrasts if ratio < 4.5] == []


def test_a_screen_reader_finds_names_and_hears_no_clock(browser: Browser, address: str) -> None:
    async def look(page: Page) -> str:
        await page.goto(address)
        return await page.locator("body").aria_snapshot()

    tree = browser.run(look)
    for part in (
        'button "Play"', 'slider "Position"', 'combobox "Speed"', 'heading "Transcript" [level=2]',
        'button "Play from 0:01"', "Arguments and output", "Never heard:",
    ):  # fmt: skip
        assert part in tree, tree
    assert "status" not in tree  # what changes sixty times a second is no live region
