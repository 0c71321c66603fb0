"""Captions with the whole line that they stand in."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import anyio
import pytest

from realtime_sdk import UsageError
from realtime_sdk.captions._lines import CaptionLine
from realtime_sdk.testing import run_virtual

from .test_streams import gather, read
from .wire import Wire

TEXT = "One two three. Four five six."


def said(text: str = TEXT, seconds: int = 3) -> Wire:
    wire = Wire()
    wire.begin()
    wire.say("item_1", text, 1000 * seconds)
    wire.done()
    return wire


def lines(wire: Wire) -> list[CaptionLine]:
    return read(wire.message("item_1").captions(mode="line"))


@pytest.mark.parametrize("mode", ["words", "lines", None, 3])
def test_another_mode_is_refused(mode: Any) -> None:
    with pytest.raises(UsageError, match="mode is one of 'word', 'line'"):
        said().message("item_1").captions(mode)


def test_each_word_comes_with_its_line() -> None:
    wire = said()
    wire.play(3500)
    marked = [f"{line.before}[{line.caption.text}]{line.after}" for line in lines(wire)]
    assert marked == [
        "[One] two three.", "One[ two] three.", "One two[ three.]",
        "[ Four] five six.", " Four[ five] six.", " Four five[ six.]",
    ]  # fmt: skip
    assert [line.index for line in lines(wire)] == [0, 0, 0, 1, 1, 1]


def test_the_lines_are_the_transcript() -> None:
    wire = said()
    wire.play(3500)
    last = {line.index: line.text for line in lines(wire)}
    assert "".join(last.values()) == TEXT


def test_a_cut_line_is_repeated_without_what_was_not_heard() -> None:
    async def main() -> None:
        wire = said()
        message = wire.message("item_1")
        got: list[CaptionLine] = []
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(gather, message.captions(mode="line"), got)
            wire.play(700)
            await anyio.sleep(0.1)
            line = got[-1]
            assert line.text == "One two three."
            assert line.caption.start <= 0.7
            wire.interrupt()
        assert line.after
        assert got[-1] == replace(line, after="")
        assert got[-1].text == message.heard

    run_virtual(main)


def test_text_that_arrives_later_is_added_to_the_line() -> None:
    async def main() -> None:
        wire = Wire()
        wire.begin()
        wire.add("item_1")
        wire.audio("item_1", 2000)
        wire.text("item_1", "One two three")
        got: list[CaptionLine] = []
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(gather, wire.message("item_1").captions(mode="line"), got)
            wire.play(300)
            await anyio.sleep(0.1)
            assert got[-1].text == "One two three"
            wire.text("item_1", " four five.")
            wire.play(600)
            await anyio.sleep(0.1)
            assert got[-1].text == "One two three four five."
            tasks.cancel_scope.cancel()

    run_virtual(main)
