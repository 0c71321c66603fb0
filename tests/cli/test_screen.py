"""Where a talk is shown: settled entries stay, above those that still change."""

from __future__ import annotations

import io

from rich.console import Console

from realtime_sdk.cli._screen import Screen
from realtime_sdk.conversation._sdk_events import PlayoutStarted, SdkEvent, UserSpeechStarted

from .talks import added, heard_in_full, new_message, shown, user_said


def talk() -> list[SdkEvent]:
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


def test_a_pipe_gets_one_line_for_each_finished_utterance() -> None:
    file = io.StringIO()
    screen = Screen(Console(file=file, width=80))
    with screen:
        for event in talk():
            screen.show(event)
        assert file.getvalue().splitlines() == ["you: What time is it?", "voice: It is ten."]
    assert file.getvalue().splitlines()[2:] == ["voice: Once"]


def test_a_terminal_keeps_what_is_settled_and_is_left_as_it_was() -> None:
    file = io.StringIO()
    screen = Screen(Console(file=file, width=80, force_terminal=True))
    with screen:
        for event in talk():
            screen.show(event)
    assert file.getvalue().count("It is ten.") >= 1
    assert file.getvalue().rindex("\x1b[?25h") > file.getvalue().rindex("\x1b[?25l")  # the cursor is shown again
    assert len(screen.printed) == 3


def test_a_talk_that_breaks_off_is_printed_and_leaves_the_terminal_as_it_was() -> None:
    file = io.StringIO()
    screen = Screen(Console(file=file, width=80, force_terminal=True))
    try:
        with screen:
            for event in talk():
                screen.show(event)
            raise KeyboardInterrupt
    except KeyboardInterrupt:
        pass
    assert "Once" in file.getvalue().split("\x1b[?25h")[-1]


def test_remarks_are_printed_as_they_are() -> None:
    file = io.StringIO()
    screen = Screen(Console(file=file, width=20))
    screen.remark("No [sound] device: speaking a question of my own.")
    assert file.getvalue() == "No [sound] device: speaking a question of my own.\n"
