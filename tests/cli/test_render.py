"""How a talk looks, in a terminal and as plain lines."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from rich.console import Console

from realtime_sdk.cli._render import WIDTH, line, live, row, summary
from realtime_sdk.cli._view import Called, Heard, Note, Progress, Said, Tally, View
from realtime_sdk.conversation._sdk_events import InputLevel, PlayoutStarted, UserSpeechStarted

from .talks import added, cut, new_call, new_message, shown


def interrupted(text: str, heard: str, position: float, *, phase: str | None = None) -> Heard:
    message = new_message(text, phase=phase)
    return Heard(message, Progress.SETTLED, heard, playout=cut(message, heard, position).playout)


class TestPlainLines:
    def test_name_who_speaks(self) -> None:
        assert line(Said("a", Progress.SETTLED, "What time is it?")) == "you: What time is it?"
        assert line(Heard(new_message(" Ten."), Progress.SETTLED, " Ten.")) == "voice: Ten."

    def test_tell_the_preamble_from_the_answer(self) -> None:
        preamble = Heard(new_message("Let me see.", phase="commentary"), Progress.SETTLED, "Let me see.", delay=0.6)
        assert line(preamble) == "voice (commentary): Let me see. (0.60 s)"
        assert line(Heard(new_message("Ten.", phase="final_answer"), Progress.SETTLED, "Ten.")) == "voice: Ten."

    def test_put_what_was_not_heard_in_brackets(self) -> None:
        assert line(interrupted("No, no, no.", "No, ", 0.412)) == "voice: No, [no, no.] — cut at 0.41 s"
        assert line(interrupted("Part two.", "", 0.0)) == "voice: [Part two.] — never heard"

    def test_say_that_a_turn_was_not_recognised(self) -> None:
        assert line(Said("a", Progress.SETTLED)) == "you: (not recognised)"

    def test_show_a_call_as_python_would_write_it(self) -> None:
        call = new_call("weather", '{"city": "Rome", "days": 2}')
        call.output = "sunny"
        assert line(Called(call, Progress.SETTLED)) == "tool: → weather(city='Rome', days=2) ✓ sunny"
        assert line(Called(call, Progress.SETTLED, "no network")).endswith("✗ no network")

    @pytest.mark.parametrize("arguments", ["", "{", "[1]"])
    def test_survive_arguments_that_are_none(self, arguments: str) -> None:
        assert line(Called(new_call("f", arguments), Progress.SETTLED)).startswith(f"tool: → f({arguments}) ")

    def test_keep_a_long_result_short(self) -> None:
        call = new_call("f", "{}")
        call.output = "word " * 1000
        assert len(line(Called(call, Progress.SETTLED))) < 120


def drawn(view: View, *, width: int = 80, height: int = 24) -> list[str]:
    console = Console(file=io.StringIO(), width=width, height=height)
    with console.capture() as capture:
        console.print(live(view))
    return [text.rstrip() for text in capture.get().splitlines()]


def ansi(entry: Heard) -> str:
    console = Console(file=io.StringIO(), width=100, force_terminal=True, color_system="standard")
    with console.capture() as capture:
        console.print(row(entry))
    return capture.get()


class TestATerminal:
    def test_strikes_out_what_was_not_heard_and_nothing_else(self) -> None:
        text = ansi(interrupted("It is ten past four.", "It is ", 0.4))
        assert "It is \x1b[2;9mten past four.\x1b[0m\x1b[31m — cut at 0.40 s" in text

    def test_sets_the_preamble_in_another_tone(self) -> None:
        preamble = ansi(Heard(new_message("Well.", phase="commentary"), Progress.SETTLED, "Well."))
        answer = ansi(Heard(new_message("Well.", phase="final_answer"), Progress.SETTLED, "Well."))
        assert "\x1b[3;90mWell." in preamble
        assert "\x1b[3" not in answer.split("voice")[1].split("Well.")[0].replace("\x1b[35m", "")

    def test_shows_what_goes_on_below_the_talk(self) -> None:
        view = View()
        view.notice(UserSpeechStarted(0.0, "item_user"))
        assert drawn(view) == ["you    …", "  ● hearing you Ctrl-C ends"]

    def test_shows_the_level_once_there_is_one(self) -> None:
        view = View()
        view.notice(InputLevel(0.0, -35.0))
        assert drawn(view) == ["  ● listening   ▮▮▮▮▮▯▯▯▯▯  Ctrl-C ends"]

    def test_shows_the_end_of_a_message_that_is_taller_than_the_terminal(self) -> None:
        view, message = View(), new_message("word " * 500 + "last.")
        for event in (added(message), PlayoutStarted(0.0, message), shown(message, "word " * 500 + "last.")):
            view.notice(event)
        lines = drawn(view, height=10)
        assert len(lines) == 9
        assert lines[-2].endswith("last.")
        assert "speaking" in lines[-1]

    def test_keeps_lines_short_where_the_terminal_is_wide(self) -> None:
        console = Console(file=io.StringIO(), width=300)
        with console.capture() as capture:
            console.print(row(Note("word " * 100)))
        assert max(map(len, capture.get().splitlines())) <= WIDTH


@pytest.mark.parametrize("show", [line, ansi])
def test_what_a_server_says_cannot_steer_the_terminal(show: Callable[[Heard], str]) -> None:
    evil = "Hi\x1b[2J\x1b]0;owned\x9b31m\nthere."
    assert "Hi\ufffd[2J\ufffd]0;owned\ufffd31m there." in show(Heard(new_message(evil), Progress.SETTLED, evil))


class TestTheSummary:
    def test_says_what_the_talk_came_to(self) -> None:
        tally = Tally(turns=3, items=4, delays=[0.5, 0.9, 0.6], cuts=[3.42], interruptions=1)
        assert summary(tally) == (
            "3 turns · 4 messages heard · 1 interruption (cut at 3.42 s) · first sound after 0.60 s, median"
        )

    def test_leaves_out_what_was_not(self) -> None:
        assert summary(Tally(turns=1)) == "1 turn · 0 messages heard"
        assert summary(Tally(turns=1, items=1, delays=[0.5])).endswith("first sound after 0.50 s")
