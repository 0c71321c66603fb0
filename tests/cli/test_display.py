"""The display: final entries stay, above those that still change."""

from __future__ import annotations

import io

from rich.console import Console

from realtime_sdk.cli._display import Display
from realtime_sdk.conversation._sdk_events import PlayoutStarted, SdkEvent, UserSpeechStarted

from .events import added, heard_in_full, new_message, shown, user_said


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


def test_a_pipe_gets_one_line_per_final_entry() -> None:
    file = io.StringIO()
    display = Display(Console(file=file, width=80))
    with display:
        for event in conversation():
            display.on_event(event)
        assert file.getvalue().splitlines() == ["you: What time is it?", "voice: It is ten."]
    assert file.getvalue().splitlines()[2:] == ["voice: Once"]


def test_a_terminal_keeps_final_entries_and_its_cursor_is_restored() -> None:
    file = io.StringIO()
    display = Display(Console(file=file, width=80, force_terminal=True))
    with display:
        for event in conversation():
            display.on_event(event)
    assert file.getvalue().count("It is ten.") >= 1
    assert file.getvalue().rindex("\x1b[?25h") > file.getvalue().rindex("\x1b[?25l")  # the cursor is shown again
    assert len(display.printed) == 3


def test_a_conversation_that_is_aborted_is_printed_and_the_cursor_restored() -> None:
    file = io.StringIO()
    display = Display(Console(file=file, width=80, force_terminal=True))
    try:
        with display:
            for event in conversation():
                display.on_event(event)
            raise KeyboardInterrupt
    except KeyboardInterrupt:
        pass
    assert "Once" in file.getvalue().split("\x1b[?25h")[-1]


def test_lines_are_printed_without_markup() -> None:
    file = io.StringIO()
    display = Display(Console(file=file, width=20))
    display.print_line("No [audio] device: a bundled script is spoken.")
    assert file.getvalue() == "No [audio] device: a bundled script is spoken.\n"
