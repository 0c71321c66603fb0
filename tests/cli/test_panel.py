"""What surrounds the conversation on the screen: each line is as wide as the screen at most."""

from __future__ import annotations

import pytest
from rich.text import Text

from realtime_sdk.cli.display._controls import Hint
from realtime_sdk.cli.display._conversation_view import Statistics
from realtime_sdk.cli.screen._panel import Panel, Status, hint_line, meter, meter_line, status_line, title_line

PANEL = Panel(
    status=Status.SPEAKING, model="gpt-realtime-2.1", recording="talks/monday", elapsed=754.0, microphone=-33.0,
    tokens=12_345, cost="0.0213 USD", statistics=Statistics(turns=3, latencies=[0.9, 0.652], interruptions=1),
    hints=[Hint("m", "mute", rank=2), Hint("i", "interrupt", rank=3), Hint("q", "quit")],
)  # fmt: skip


def styles(line: Text, word: str) -> list[str]:
    start = line.plain.index(word)
    return [str(span.style) for span in line.spans if span.start <= start < span.end and span.style]


class TestTheTitle:
    def test_names_the_model_the_recording_and_the_time(self) -> None:
        line = title_line(PANEL, 70).plain
        assert line.split() == ["realtime-sdk", "talk", "·", "gpt-realtime-2.1", "●", "talks/monday", "·", "12:34"]
        assert len(line) == 70

    def test_says_that_nothing_is_recorded(self) -> None:
        assert "not recorded · 0:00" in title_line(Panel(), 60).plain

    def test_leaves_out_the_recording_and_then_the_time(self) -> None:
        assert title_line(PANEL, 50).plain.endswith("gpt-realtime-2.1       12:34 ")
        assert title_line(PANEL, 40).plain == " realtime-sdk talk · gpt-realtime-2.1"


class TestAMeter:
    @pytest.mark.parametrize(
        ("dbfs", "bar"), [(None, "····"), (-96.0, "····"), (-33.0, "██··"), (-26.25, "██▌·"), (0.0, "████")]
    )
    def test_is_as_long_as_the_level_is_high(self, dbfs: float | None, bar: str) -> None:
        assert meter(dbfs, 4).plain == bar

    def test_is_yellow_where_it_is_loud_and_red_where_it_is_too_loud(self) -> None:
        line = meter(0.0, 10)
        assert [str(span.style) for span in line.spans] == ["green", "yellow", "red"]
        assert [span.end - span.start for span in line.spans] == [7, 2, 1]

    def test_gives_way_to_the_mute(self) -> None:
        line = meter_line(Panel(microphone=-10.0, muted=True), 80)
        assert line.plain.startswith(" you        muted          voice ····")

    def test_stands_beside_the_volume_where_there_is_room(self) -> None:
        assert meter_line(Panel(volume=0.7), 80).plain.endswith("  volume 70%")
        assert "volume" not in meter_line(Panel(volume=0.7), 39).plain


class TestTheStatus:
    def test_is_followed_by_the_figures(self) -> None:
        assert status_line(PANEL, 99).plain == (
            " ● speaking · answered in 0.65 s · 3 turns · 0.0213 USD · 12,345 tokens · 1 interruption"
        )

    def test_leaves_figures_out_where_there_is_no_room(self) -> None:
        assert status_line(PANEL, 48).plain == " ● speaking · answered in 0.65 s · 3 turns"
        assert status_line(PANEL, 12).plain == " ● speaking"

    @pytest.mark.parametrize("status", Status)
    def test_has_a_style_of_its_own_for_every_status(self, status: Status) -> None:
        assert styles(status_line(Panel(status=status), 80), status.value)


class TestTheKeys:
    def test_are_in_their_order(self) -> None:
        assert hint_line(PANEL.hints, 80).plain == "  m  mute  i  interrupt  q  quit"

    def test_are_left_out_by_rank_where_there_is_no_room(self) -> None:
        assert hint_line(PANEL.hints, 20).plain == "  m  mute  q  quit"
        assert hint_line(PANEL.hints, 10).plain == "  q  quit"
        assert hint_line(PANEL.hints, 3).plain == ""

    def test_that_switched_something_are_not_left_out_before_others(self) -> None:
        hints = [Hint("i", "interrupt", rank=3), Hint("p", "resume", on=True, rank=4), Hint("q", "quit")]
        assert hint_line(hints, 22).plain == "  p  resume  q  quit"

    def test_that_switched_something_are_noticed(self) -> None:
        line = hint_line([Hint("m", "unmute", on=True), Hint("q", "quit")], 80)
        assert "bold yellow" in styles(line, "unmute")
        assert "bold yellow" not in styles(line, "quit")


@pytest.mark.parametrize("width", range(1, 100, 7))
def test_no_line_is_wider_than_the_screen(width: int) -> None:
    lines = [title_line(PANEL, width), meter_line(PANEL, width), status_line(PANEL, width)]
    assert all(line.cell_len <= width for line in [*lines, hint_line(PANEL.hints, width)])
