"""The screen as lines: characters and styles, in every size."""

from __future__ import annotations

from dataclasses import replace

import pytest
from rich.text import Text

from realtime_sdk.cli.display._controls import Hint
from realtime_sdk.cli.display._conversation_view import ConversationView
from realtime_sdk.cli.screen._panel import Panel, Status
from realtime_sdk.cli.screen._screen_lines import Scroll, Transcript, screen_lines
from realtime_sdk.conversation._sdk_events import (
    PlayoutStarted,
    SdkEvent,
    ToolFinished,
    ToolStarted,
    UserSpeechStarted,
    UserSpeechStopped,
)
from realtime_sdk.conversation.usage._turn_timing import TurnEnd, TurnTiming

from .events import added, cut, heard_in_full, new_call, new_message, shown, user_said

HINTS = [Hint("m", "mute", rank=2), Hint("q", "quit")]


TURNS = [TurnTiming(TurnEnd.SERVER, ended=1.0, preamble=1.5)]


class Screen:
    """A screen of a size, and the events that it shows."""

    def __init__(self, *events: SdkEvent, panel: Panel | None = None) -> None:
        self.view, self.transcript, self.scroll = ConversationView(lambda: TURNS), Transcript(), Scroll()
        self.panel = panel or Panel(status=Status.SPEAKING, model="local", microphone=-33.0, hints=HINTS)
        for event in events:
            self.view.on_event(event)

    def draw(self, width: int = 60, height: int = 16) -> list[Text]:
        panel = replace(self.panel, statistics=self.view.statistics)
        return screen_lines(self.view, self.transcript, panel, self.scroll, width=width, height=height)

    def text(self, width: int = 60, height: int = 16) -> list[str]:
        return [line.plain.rstrip() for line in self.draw(width, height)]


def conversation() -> list[SdkEvent]:
    preamble, call = new_message("Let me look.", name="a", phase="commentary"), new_call("weather", '{"city": "Rome"}')
    answer = new_message("It is sunny in Rome, and it will be sunny tomorrow.", name="b")
    call._answer("sunny")
    return [
        UserSpeechStarted(0.0, "item_user"), UserSpeechStopped(1.0, "item_user"), user_said("What about Rome?"),
        added(preamble), *heard_in_full(preamble, at=1.5), ToolStarted(2.0, call), ToolFinished(2.5, call, None),
        added(answer), PlayoutStarted(3.0, answer), shown(answer, "It "), shown(answer, "is "),
    ]  # fmt: skip


def test_shows_the_conversation_between_the_title_and_the_panel() -> None:
    assert Screen(*conversation()).text() == [
        " realtime-sdk talk · local              not recorded · 0:00",
        "─" * 60,
        " you       What about Rome?",
        " preamble  Let me look.                              0.50 s",
        " tool      → weather(city='Rome') ✓ sunny",
        " voice     It is sunny in Rome, and it will be",
        "           sunny tomorrow.",
        *[""] * 5,
        "─" * 60,
        " you ████████▌········  voice ·················  volume 100%",
        " ● speaking · answered in 0.50 s · 1 turn",
        "  m  mute  q  quit",
    ]


def test_words_that_were_heard_are_bright_the_latest_bold_and_those_to_come_dim() -> None:
    [line] = [line for line in Screen(*conversation()).draw() if "sunny in" in line.plain]
    spans = {line.plain[span.start : span.end]: str(span.style) for span in line.spans}
    assert spans["is "] == "bold"
    assert spans["sunny in Rome, and it will be"] == "dim"


def test_a_message_is_drawn_again_only_when_it_has_changed() -> None:
    story = new_message("Once upon a time there was a king.")
    screen = Screen(added(story), PlayoutStarted(0.0, story), shown(story, "Once "))
    [line], _ = screen.transcript.lines(screen.view, 60)
    assert screen.transcript.lines(screen.view, 60)[0][0] is line
    screen.view.on_event(shown(story, "upon "))
    [later], _ = screen.transcript.lines(screen.view, 60)
    assert "upon " in [later.plain[span.start : span.end] for span in later.spans if span.style == "bold"]


def test_a_message_that_was_cut_is_struck_from_the_word_where_it_was_cut() -> None:
    story = new_message("Once upon a time there was a king.")
    screen = Screen(added(story), PlayoutStarted(0.0, story), shown(story, "Once "), cut(story, "Once upon ", 0.4))
    [line] = [line for line in screen.draw() if "Once" in line.plain]
    assert [line.plain[span.start : span.end] for span in line.spans if "strike" in str(span.style)] == [
        "a time there was a king."
    ]
    assert line.plain.startswith(" voice     Once upon a time there was a king. —")


def test_before_anything_was_said_it_greets() -> None:
    assert Screen(panel=Panel(greeting="Speak at any time.")).text()[2] == " Speak at any time."


def test_the_greeting_stays_above_the_conversation() -> None:
    screen = Screen(user_said("Hello."), panel=Panel(greeting="Speak at any time."))
    assert screen.text()[2:5] == [" Speak at any time.", "", " you       Hello."]


def test_a_turn_stands_apart_from_the_reply_before_it_where_there_is_room() -> None:
    answer = new_message("Ten.")
    screen = Screen(added(answer), *heard_in_full(answer), user_said("And now?"))
    assert screen.text()[2:5] == [" voice     Ten.", "", " you       And now?"]
    assert screen.text(40)[2:4] == [" voice Ten.", " you And now?"]


class TestSmallScreens:
    def test_have_no_title_and_no_rules(self) -> None:
        assert Screen(*conversation()).text(40, 8)[-4:] == [
            " be sunny tomorrow.",
            " you ███▌···  voice ·······  volume 100%",
            " ● speaking · answered in 0.50 s",
            "  m  mute  q  quit",
        ]

    def test_then_no_meters_and_no_keys(self) -> None:
        assert Screen(*conversation()).text(40, 4)[-1] == " ● speaking · answered in 0.50 s"

    def test_then_the_words_alone(self) -> None:
        assert Screen(*conversation()).text(40, 2) == [
            " tool → weather(city='Rome') ✓ sunny",
            " voice It is sunny in Rome, and it will",
        ]

    @pytest.mark.parametrize("height", [1, 2, 3, 4, 5, 8, 11, 12, 24, 60])
    @pytest.mark.parametrize("width", [1, 2, 7, 20, 47, 48, 80, 200])
    def test_are_filled_exactly(self, width: int, height: int) -> None:
        lines = Screen(*conversation()).draw(width, height)
        assert len(lines) == height
        assert width < 4 or all(line.cell_len <= width for line in lines)


class TestScrolling:
    def screen(self) -> Screen:
        events: list[SdkEvent] = [user_said(f"Number {n}.", name=f"item_{n}") for n in range(30)]
        return Screen(*events)

    def test_follows_the_end(self) -> None:
        assert self.screen().text()[11].split()[-1] == "29."

    def test_stays_where_the_user_scrolled_and_says_how_much_is_below(self) -> None:
        screen = self.screen()
        screen.draw()
        screen.scroll.page(-1)
        assert screen.text()[11].split()[-1] == "20."
        assert screen.text()[12].endswith(" 9 more below ──")
        screen.view.on_event(user_said("Another.", name="item_30"))
        assert screen.text()[11].split()[-1] == "20."

    def test_follows_again_at_the_end(self) -> None:
        screen = self.screen()
        screen.draw()
        screen.scroll.home()
        assert screen.text()[2].split()[-1] == "0."
        screen.scroll.by(1)
        assert screen.text()[2].split()[-1] == "1."
        screen.scroll.end()
        assert screen.text()[11].split()[-1] == "29."

    def test_keeps_the_word_that_is_heard_in_view_above_text_that_is_to_come(self) -> None:
        story = new_message(" ".join(f"w{n}" for n in range(300)))
        screen = Screen(added(story), PlayoutStarted(0.0, story))
        for n in range(100):
            screen.view.on_event(shown(story, f"w{n} ", index=n))
        texts = screen.text()
        [row] = [row for row, text in enumerate(texts) if " w99 " in text]
        assert 7 <= row <= 11
        assert "w299" not in " ".join(texts)

    def test_a_new_width_shows_the_latest_of_a_long_conversation(self) -> None:
        screen = Screen(*(user_said(f"Number {n}.", name=f"item_{n}") for n in range(600)))
        screen.draw(60)
        assert screen.text(70)[11].split()[-1] == "599."
        screen.scroll.home()
        assert screen.text(70)[2].split()[-1] == "100."

    def test_a_new_width_wraps_all_lines_again(self) -> None:
        screen = Screen(user_said("one two three four five six seven eight nine ten", name="a"))
        assert len([text for text in screen.text(40) if "one" in text or "ten" in text]) == 2
        assert len([text for text in screen.text(100) if "one" in text and "ten" in text]) == 1
