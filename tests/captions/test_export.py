"""A conversation's captions as files that players read."""

# ruff: noqa: RUF001 — characters that look alike stand for those that readers of subtitles take for a tag

from __future__ import annotations

import io
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import pytest
import webvtt
from hypothesis import given, settings, strategies as st

from realtime_sdk.captions._caption import Caption
from realtime_sdk.captions._export import to_srt, to_vtt
from realtime_sdk.captions._screen import ROW_WIDTH
from realtime_sdk.captions._utterance import Utterance
from realtime_sdk.errors import UsageError


def spoken(
    text: str, *, start: float = 0.0, speaker: str = "assistant", interrupted: bool = False, word: float = 0.25
) -> Utterance:
    """A line whose words come every `word` seconds and leave a fifth of it silent."""
    first, *others = text.split(" ")
    captions = [
        Caption("item_1", n, piece, n * word, (n + 0.8) * word)
        for n, piece in enumerate([first, *(f" {other}" for other in others)])
    ]
    return Utterance(speaker, start, start + len(captions) * word, captions, interrupted)


def read_vtt(lines: Sequence[Utterance]) -> list[webvtt.Caption]:
    return list(webvtt.from_string(to_vtt(lines)).captions)


def read_srt(lines: Sequence[Utterance]) -> list[webvtt.Caption]:
    return list(webvtt.from_buffer(io.StringIO(to_srt(lines)), format="srt").captions)


def test_a_cue_names_its_speaker_and_times_every_word() -> None:
    assert to_vtt([spoken("Hello there, world.", start=61.0)]) == (
        "WEBVTT\n\n"
        "00:01:01.000 --> 00:01:01.750\n"
        "<v Assistant>Hello<00:01:01.250> there,<00:01:01.500> world.\n"
    )


def test_subrip_names_the_speaker_once_a_line_and_knows_no_tags() -> None:
    line = spoken("The library opens at nine in the morning and closes at six. It is shut on Sundays.")
    assert to_srt([line]) == (
        "1\n00:00:00,000 --> 00:00:03,000\n"
        "Assistant: The library opens at nine\nin the morning and closes at six.\n\n"
        "2\n00:00:03,000 --> 00:00:04,250\n"
        "It is shut on Sundays.\n"
    )


def test_speakers_take_turns_in_the_order_in_which_they_speak() -> None:
    lines = [spoken("And here is the answer.", start=3.0), spoken("Here is a question?", speaker="user")]
    assert [(cue.voice, cue.text) for cue in read_vtt(lines)] == [
        ("User", "Here is a question?"),
        ("Assistant", "And here is the answer."),
    ]


def test_an_interrupted_line_ends_where_it_was_cut() -> None:
    line = spoken("Once upon a time there was a", interrupted=True)
    line = Utterance(line.speaker, line.start, 1.6, line.captions, interrupted=True)
    (cue,) = read_vtt([line])
    assert cue.text == "Once upon a time there was a—"
    assert cue.end == "00:00:01.600"
    (cue,) = read_srt([line])
    assert cue.text.endswith("was a—")


def test_a_line_of_which_nothing_was_heard_is_left_out() -> None:
    assert to_vtt([Utterance("assistant", 1.0, 1.0, [], interrupted=True)]).strip() == "WEBVTT"


def test_a_cue_has_two_rows_at_most_and_ends_at_a_clause_where_it_can() -> None:
    text = (
        "First open the settings and look for the row with your name on it, then choose the second one from the top, "
        "and press the large green button until the light goes out."
    )
    cues = read_vtt([spoken(text)])
    assert " ".join(cue.text.replace("\n", " ") for cue in cues) == text
    assert all(len(cue.lines) <= 2 for cue in cues)
    assert all(len(row) <= ROW_WIDTH for cue in cues for row in cue.text.split("\n"))
    assert [cue.text[-1] for cue in cues] == [",", ",", "."]


def test_wide_characters_take_two_places() -> None:
    line = Utterance("assistant", 0.0, 9.0, [Caption("", n, "字", n * 0.2, n * 0.2 + 0.2) for n in range(45)])
    cues = read_vtt([line])
    assert all(len(row) <= ROW_WIDTH / 2 for cue in cues for row in cue.text.split("\n"))
    assert "".join(cue.text.replace("\n", "") for cue in cues) == "字" * 45


def test_a_long_silence_parts_two_cues() -> None:
    captions = [Caption("", 0, "Wait", 0.0, 0.4), Caption("", 1, " here", 3.0, 3.4)]
    first, second = read_vtt([Utterance("assistant", 0.0, 4.0, captions)])
    assert (first.text, second.text) == ("Wait", "here")
    assert first.end == "00:00:00.900"


def test_a_caption_of_many_words_is_parted_without_inventing_times() -> None:
    question = (
        "How do I change the sound of the notifications on my telephone, because the present one annoys everybody?"
    )
    line = Utterance("user", 5.0, 10.0, [Caption("", 0, question, 0.0, 5.0)])
    first, second = read_vtt([line])
    assert f"{first.text} {second.text}".replace("\n", " ") == question
    assert first.start == "00:00:05.000"
    assert "00:00:06" < first.end == second.start < "00:00:09"
    assert "<00:" not in first.raw_text + second.raw_text


def test_what_means_something_to_a_file_is_text_again_when_read() -> None:
    text = "a < b & c > d <i>x</i> --> y &amp; \u2028z"
    line = Utterance("<dr> & co", 0.0, 1.0, [Caption("", 0, text, 0.0, 1.0)])
    assert "a &lt; b &amp; c &gt; d &lt;i&gt;x&lt;/i&gt; --&gt; y &amp;amp; z" in to_vtt([line])
    assert "<Dr> & co" not in to_vtt([line])
    (cue,) = read_srt([line])
    assert cue.text.replace("\n", " ") == "‹dr› & co: a ‹ b & c › d ‹i›x‹/i› --\u2060> y &\u2060amp; z"


@settings(max_examples=50, deadline=None)
@given(
    st.lists(
        st.builds(
            Utterance,
            st.text(max_size=8),
            st.floats(0.0, 5000.0),
            st.floats(0.0, 5000.0),
            st.lists(
                st.builds(
                    Caption, st.just(""), st.just(0), st.text(max_size=60), st.floats(0.0, 60.0), st.floats(0.0, 60.0)
                ),
                max_size=8,
            ),
            st.booleans(),
        ),
        max_size=4,
    )
)
def test_whatever_is_said_the_file_can_be_read(lines: list[Utterance]) -> None:
    cues = read_vtt(lines)
    assert all(cue.start_time.in_milliseconds() < cue.end_time.in_milliseconds() for cue in cues)
    assert all(one.start_time.in_milliseconds() <= two.start_time.in_milliseconds() for one, two in pairwise(cues))
    said = sum(bool(caption.text.strip()) for line in lines for caption in line.captions)
    assert bool(cues) == bool(said)
    assert to_srt(lines).count(" --> ") >= len(cues)


@pytest.mark.parametrize("write", [to_vtt, to_srt])
def test_no_lines_make_an_empty_file(write: object) -> None:
    assert callable(write)
    assert write([]).strip() in ("", "WEBVTT")


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ([Caption("item_1", 0, "Hello", 0.0, 0.3)], "each of the utterances is an Utterance, .* not a Caption"),
        (spoken("Hello."), r"utterances is a list, such as \[Utterance\('Ann', 0.0, 2.5, .*\], not an Utterance"),
        ("Hello.", "each of the utterances is an Utterance, .* not 'H'"),
    ],
)
def test_what_is_no_utterance_is_refused(given: Any, told: str) -> None:
    for write in (to_vtt, to_srt):
        with pytest.raises(UsageError, match=told):
            write(given)
