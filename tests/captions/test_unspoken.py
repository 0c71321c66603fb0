"""Text that is not spoken has no pronunciation, or a probability that it is not; what is shown stays whole."""

# ruff: noqa: RUF001 — brackets of many scripts are what this is about

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, strategies as st

from realtime_sdk.captions._aligner import TranscriptAligner
from realtime_sdk.captions.text._transcript import Transcript
from realtime_sdk.captions.text._unspoken import MAX_SPAN, blanked, mark_unspoken

from .speech import RATE, loaded, speak, text_of


def spoken_text(text: str) -> str:
    return blanked(text, mark_unspoken(text, ended=True).spans)


def transcript(*pieces: str) -> Transcript:
    transcript = Transcript()
    for piece in pieces:
        transcript.push(piece, None, None)
        transcript.split_some()  # a session does so after each piece
    transcript.end(None, 0)
    transcript.split()
    return transcript


def spoken(text: str) -> str:
    """The words that are pronounced, each with the probability that it is not, where there is any."""
    units = [unit for unit in transcript(text).units if unit.pronunciation.phones]
    return " ".join(unit.text.strip() + (f"~{unit.unspoken:g}" if unit.unspoken else "") for unit in units)


@pytest.mark.parametrize(
    "text",
    [
        "[laughs]", "[clears throat]", "[excited]", "(laughs)", "(clears her throat)", "*sighs deeply*", "_whispers_",
        "(lacht)", "(rires)", "(suspira)", "(смеётся)", "（笑）", "（叹气）", "（웃음）",
        '<break time="300ms"/>', "<speak>", "</prosody>", "<!-- a note -->", "<|end|>",
        "[00:00:02]", "[01:02.500 --> 01:04.000]", "<00:00:01.000>",
        "(https://example.com/event?id=1)", "[source](https://example.com/a)", "([example.com](https://example.com))",
        "![a cat](https://example.com/cat.png)", "[1]", "[2, 3]", "【4:0†source】",
        "```python\nprint(1)\n```", "```\nanything\n\nat all [here]\n```",
        "🎉", "♪", "##", "**",
    ],
)  # fmt: skip
def test_markup_is_never_spoken(text: str) -> None:
    assert spoken(f"We won. {text} Good.") == "We won. Good."


@pytest.mark.parametrize(
    "text",
    [
        "My sister (the elder one) came.", "He left (and nobody knew why).", "It is (almost) done.", "**Bold** words.",
        "A *very* good one.", "Take 2 * 3 * 4.", "If a < b and c > d.", "snake_case_name is a name.", "Call (415) now.",
        "Use `print` here.", "It costs 5 (plus tax).", "She came (laughter is rare here, as far as we know) late.",
        "他说（我不知道他是不是会来）好。", "Not closed (but it goes on.", "An emoticon :-( and so on.", "I <3 you.",
    ],
)  # fmt: skip
def test_what_is_spoken_in_brackets_stays(text: str) -> None:
    words = [word for word in text.replace("<3", "3").split() if any(map(str.isalnum, word))]
    assert len(spoken(text).split()) >= len(words)
    assert "~" not in spoken(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("We won. (smugly) Good.", "We won. (smugly)~0.7 Good."),
        ("I was (dancing) there.", "I was (dancing)~0.7 there."),
        ("He [the king] spoke.", "He [the~0.5 king]~0.5 spoke."),
        ("Read [the manual](https://a.b/c) now.", "Read [the~0.1 manual](https://a.b/c)~0.1 now."),
        ("Go to https://a.bc/d?e=1 now.", "Go to https://a.bc/d?e=1~0.3 now."),
        ("【重要】明天", "【重~0.5 要】~0.5 明 天"),
    ],
)
def test_where_the_form_does_not_say_it_the_sound_may_decide(text: str, expected: str) -> None:
    assert spoken(text) == expected


def test_of_a_link_the_text_is_spoken_and_of_an_address_the_place() -> None:
    link, plain = transcript("See [manual](https://a.b/c)").units[1], transcript("See manual").units[1]
    assert link.pronunciation == plain.pronunciation
    address, place = transcript("It is at https://a.bc/d?x=1#f").units[3], transcript("It is at a.bc/d").units[3]
    assert address.pronunciation == place.pronunciation


def test_what_is_in_an_open_bracket_is_likely_unspoken_until_it_is_clear_what_it_is() -> None:
    open_text = Transcript()
    open_text.push("We won. [clears thr", None, None)
    open_text.split_some()
    assert [unit.unspoken for unit in open_text.units] == [0.0, 0.0, 0.5, 0.5]
    open_text.push("oat] Good", None, None)
    open_text.split_some()
    assert [bool(unit.pronunciation.phones) for unit in open_text.units] == [True, True, False, False, True]


@pytest.mark.parametrize("sign", ["```", "```python\n", "<", "[", "*", "https://", "【", "<b"])
def test_words_behind_a_sign_that_is_never_closed_are_shown_as_they_are_spoken(sign: str) -> None:
    spoken = speak("lis-ten, the boat is o-ver there. now it is gone, and no-bo-dy knows it.")
    aligner = TranscriptAligner(RATE)
    aligner.push_text(spoken.text.replace(" now ", f" {sign} now "))
    aligner.push_audio(spoken.pcm)
    captions = [caption for hundredth in range(round(spoken.seconds * 100)) for caption in aligner.due(hundredth / 100)]
    assert captions[-1].text == " it."
    assert abs(captions[-1].start - spoken.onsets[-1]) < 0.2


def test_a_bracket_that_is_never_closed_is_punctuation() -> None:
    units = transcript("We won. [" + "many words " * (MAX_SPAN // 10)).units
    assert all(unit.pronunciation.phones for unit in units if unit.text.strip())


def test_a_block_of_code_may_be_longer_than_any_bracket() -> None:
    code = "x = f(y) [1]\n" * 100
    assert spoken(f"Try this:\n```python\n{code}```\nDone.") == "Try this: Done."


def test_a_final_transcript_is_marked_as_a_whole() -> None:
    changed = transcript("We won [yes")
    changed.end("We won [yes] now", kept=1)
    changed.split()
    assert [unit.unspoken for unit in changed.units] == [0.0, 0.0, 0.5, 0.0]


def test_offsets_stay_where_unspoken_text_is_blanked() -> None:
    assert spoken_text("Oh. [laughs] Yes (https://a.b).") == "Oh.          Yes              ."


MARKUP = st.text(alphabet="ab .A,\n[]()<>*_`/:（）！!2日").map(lambda text: text.replace("a<", "https://a.b<"))


@given(MARKUP, st.data())
def test_the_marks_do_not_depend_on_the_pieces_in_which_the_text_arrives(text: str, data: st.DataObject) -> None:
    pieces, at = [], 0
    while at < len(text):
        size = data.draw(st.integers(1, 5))
        pieces.append(text[at : at + size])
        at += size
    assert transcript(*pieces).units == transcript(text).units


@given(MARKUP)
def test_blanked_text_is_as_long_as_the_text(text: str) -> None:
    assert len(spoken_text(text)) == len(text)


def test_unspoken_words_are_shown_when_the_word_before_them_ends() -> None:
    voice = speak("lis-ten to-day, o-ver there.")
    plain, marked = (
        loaded(replace(voice, text=f"listen today, {unspoken}over there.")).flush()
        for unspoken in ("", "<break/> [sighs] ")
    )
    assert text_of(marked) == "listen today, <break/> [sighs] over there."
    starts = [caption.start for caption in marked[:2] + marked[4:]]
    assert starts == pytest.approx([caption.start for caption in plain], abs=0.02)
    assert [caption.start for caption in marked[2:4]] == [plain[1].end] * 2
