"""The plain lines of a conversation, for a pipe or a terminal without a screen."""

from __future__ import annotations

import io
from types import SimpleNamespace
from typing import cast

import anyio
import pytest
from rich.console import Console

from realtime_sdk.cli.display._controls import Controls
from realtime_sdk.cli.display._display import Details, Display
from realtime_sdk.cli.screen._display_choice import choose_display
from realtime_sdk.conversation._sdk_events import PlayoutStarted, SdkEvent, UserSpeechStarted
from realtime_sdk.testing import run_virtual

from .events import added, heard_in_full, new_message, shown, user_said

NO_KEYS = cast(Controls, SimpleNamespace(session=SimpleNamespace(turns=list)))
"""Plain lines have no keys."""


def conversation() -> list[SdkEvent]:
    answer, story = new_message("It is ten.", name="a"), new_message("Once upon a time.", name="b")
    return [
        UserSpeechStarted(0.0, "item_user"),
        user_said("What time is it?"),
        added(answer),
        *heard_in_full(answer),
        added(story),
        PlayoutStarted(2.0, story),
        shown(story, "Once "),
    ]


def lines_of() -> tuple[list[str], list[str]]:
    """Return what is printed during the conversation, and at its end."""
    file = io.StringIO()
    display, during = Display(Console(file=file, width=80)), list[str]()

    async def main() -> None:
        async with display.showing(NO_KEYS, Details("Speak at any time.")):
            for event in conversation():
                display.on_event(event)
                display.redraw()
            during.extend(file.getvalue().splitlines())
        display.finish()

    run_virtual(main)
    return during, file.getvalue().splitlines()[len(during) :]


def test_one_line_is_printed_per_final_entry_and_the_rest_at_the_end() -> None:
    assert lines_of() == (
        ["Speak at any time. Each utterance is printed once it is over.", "you: What time is it?", "voice: It is ten."],
        ["voice: Once"],
    )


@pytest.mark.parametrize(("seconds", "lines"), [(0.5, "Loading …\n"), (1.5, "Loading …\nConnecting …\n")])
def test_a_task_that_seldom_takes_long_has_a_line_only_if_it_does(seconds: float, lines: str) -> None:
    file = io.StringIO()
    display = Display(Console(file=file))

    async def main() -> None:
        with display.progress("Connecting", brief=True), display.progress("Loading"):
            await anyio.sleep(seconds)
        await anyio.sleep(2.0)

    run_virtual(main)
    assert file.getvalue() == lines


def test_lines_are_printed_without_markup() -> None:
    file = io.StringIO()
    display = Display(Console(file=file, width=20))
    display.print_line("No [audio] device: a bundled script is spoken.")
    assert file.getvalue() == "No [audio] device: a bundled script is spoken.\n"


def test_a_pipe_a_dumb_terminal_and_the_option_plain_get_plain_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    assert type(choose_display(Console(file=io.StringIO()), plain=False)) is Display
    monkeypatch.setenv("TERM", "dumb")
    assert type(choose_display(Console(file=io.StringIO(), force_terminal=True), plain=False)) is Display
    monkeypatch.setenv("TERM", "xterm")
    assert type(choose_display(Console(file=io.StringIO(), force_terminal=True), plain=True)) is Display
