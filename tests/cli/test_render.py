"""The entries of a conversation, in a terminal and as plain lines."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from hypothesis import given, settings, strategies as st
from rich.console import Console

from realtime_sdk.cli.display._conversation_view import (
    Entry,
    MessageEntry,
    NoteEntry,
    Progress,
    Statistics,
    ToolEntry,
    UserEntry,
)
from realtime_sdk.cli.display._render import MAX_WIDTH, entry_lines, format_entry, format_statistics, render_entry

from ..effort import tries
from .events import cut, new_call, new_message


def interrupted(text: str, heard: str, position: float, *, phase: str | None = None) -> MessageEntry:
    message = new_message(text, phase=phase)
    return MessageEntry(message, Progress.FINAL, heard, playout=cut(message, heard, position).playout)


class TestPlainLines:
    def test_name_the_speaker(self) -> None:
        assert format_entry(UserEntry("a", Progress.FINAL, "What time is it?")) == "you: What time is it?"
        assert format_entry(MessageEntry(new_message(" Ten."), Progress.FINAL, " Ten.")) == "voice: Ten."

    def test_distinguish_the_preamble_from_the_answer(self) -> None:
        preamble, answer = new_message("Let me see.", phase="commentary"), new_message("Ten.", phase="final_answer")
        heard = MessageEntry(preamble, Progress.FINAL, "Let me see.", latency=0.6)
        assert format_entry(heard) == "voice (preamble): Let me see. (answered in 0.60 s)"
        assert format_entry(MessageEntry(answer, Progress.FINAL, "Ten.")) == "voice: Ten."

    def test_say_which_words_were_not_heard(self) -> None:
        cut, unheard = interrupted("No, no, no.", "No, ", 0.412), interrupted("Part two.", "", 0.0)
        assert format_entry(cut) == "voice: No, [not heard: no, no.] — cut at 0.41 s"
        assert format_entry(unheard) == "voice: [not heard: Part two.] — never heard"

    def test_mark_a_turn_that_was_not_recognised(self) -> None:
        assert format_entry(UserEntry("a", Progress.FINAL)) == "you: (not recognised)"

    def test_show_a_call_in_python_syntax(self) -> None:
        call = new_call("weather", '{"city": "Rome", "days": 2}')
        call._answer("sunny")
        assert format_entry(ToolEntry(call, Progress.FINAL)) == "tool: → weather(city='Rome', days=2) ✓ sunny"
        assert format_entry(ToolEntry(call, Progress.FINAL, "no network")).endswith("✗ no network")

    @pytest.mark.parametrize("arguments", ["", "{", "[1]"])
    def test_show_invalid_arguments_unchanged(self, arguments: str) -> None:
        assert format_entry(ToolEntry(new_call("f", arguments), Progress.FINAL)).startswith(f"tool: → f({arguments}) ")

    def test_shorten_a_long_result(self) -> None:
        call = new_call("f", "{}")
        call._answer("word " * 1000)
        assert len(format_entry(ToolEntry(call, Progress.FINAL))) < 120


def ansi(entry: MessageEntry) -> str:
    console = Console(file=io.StringIO(), width=100, force_terminal=True, color_system="standard")
    with console.capture() as capture:
        console.print(render_entry(entry, 100))
    return capture.get()


def plain(entry: Entry, width: int) -> list[str]:
    return [line.plain for line in entry_lines(entry, width)]


class TestATerminal:
    def test_strikes_out_unheard_words_and_nothing_else(self) -> None:
        text = ansi(interrupted("It is ten past four.", "It is ", 0.4))
        assert "It is \x1b[2;9mten past four.\x1b[0m\x1b[31m — cut at 0.40 s" in text

    def test_sets_the_preamble_apart_by_its_name_and_in_italics(self) -> None:
        preamble = ansi(MessageEntry(new_message("Well.", phase="commentary"), Progress.FINAL, "Well."))
        answer = ansi(MessageEntry(new_message("Well.", phase="final_answer"), Progress.FINAL, "Well."))
        assert "preamble" in preamble
        assert "\x1b[3mWell." in preamble
        assert "voice" in answer
        assert "\x1b[3m" not in answer

    def test_lights_the_words_up_as_they_are_heard(self) -> None:
        playing = MessageEntry(new_message("It is ten past four."), Progress.ACTIVE, "It is ", latest="is ")
        assert "It \x1b[1mis \x1b[0m\x1b[2mten past four." in ansi(playing)

    def test_has_a_column_for_the_speaker_and_one_for_the_latency(self) -> None:
        heard = MessageEntry(new_message("One two three four five six seven."), Progress.FINAL, latency=0.65)
        heard.shown = heard.item.transcript
        assert plain(heard, 50) == [
            "voice     One two three four five six       0.65 s",
            "          seven.",
        ]

    def test_names_the_speaker_in_the_line_where_it_is_narrow(self) -> None:
        assert plain(UserEntry("a", Progress.FINAL, "What time is it?"), 12) == ["you What", "time is it?"]

    def test_breaks_words_that_are_longer_than_a_line(self) -> None:
        assert plain(UserEntry("a", Progress.FINAL, "x" * 10), 4) == ["you", "xxxx", "xxxx", "xx"]

    def test_limits_lines_in_a_wide_terminal(self) -> None:
        assert max(map(len, plain(NoteEntry("word " * 100), 300))) <= MAX_WIDTH


@pytest.mark.parametrize("show", [format_entry, ansi])
def test_text_of_a_server_cannot_control_the_terminal(show: Callable[[MessageEntry], str]) -> None:
    evil = "Hi\x1b[2J\x1b]0;owned\x9b31m\nthere."
    turned = "Hi \u202e\u2067there."
    assert "Hi\ufffd[2J\ufffd]0;owned\ufffd31m there." in show(MessageEntry(new_message(evil), Progress.FINAL, evil))
    assert "Hi \ufffd\ufffdthere." in show(MessageEntry(new_message(turned), Progress.FINAL, turned))


class TestTheFigures:
    def test_are_formatted_in_one_line(self) -> None:
        statistics = Statistics(turns=3, items=4, latencies=[0.5, 0.9, 0.6], cut_positions=[3.42], interruptions=1)
        assert format_statistics(statistics) == (
            "3 turns · 4 messages heard · 1 interruption (cut at 3.42 s) · first audio after 0.60 s, median"
        )

    def test_omit_what_did_not_occur(self) -> None:
        assert format_statistics(Statistics(turns=1)) == "1 turn · 0 messages heard"
        assert format_statistics(Statistics(turns=1, items=1, latencies=[0.5])).endswith("first audio after 0.50 s")


WORDS = st.lists(st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1), min_size=1)


@settings(max_examples=tries(300))
@given(words=WORDS, width=st.integers(4, 120))
def test_no_text_makes_a_line_wider_than_the_terminal_or_loses_a_character(words: list[str], width: int) -> None:
    lines = entry_lines(UserEntry("a", Progress.FINAL, " ".join(words)), width)
    assert all(line.cell_len <= width for line in lines)
    assert "".join("".join(line.plain.split()) for line in lines) == "you" + "".join(words)
