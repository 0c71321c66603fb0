"""Answers without a network: phrasings as people say them and as the recogniser writes them."""

from __future__ import annotations

from datetime import datetime

import pytest

from realtime_sdk.local._intents import in_words
from realtime_sdk.local._rule_responder import respond_to
from realtime_sdk.session.tools._filler import PROMPT

from .asking import AFTERNOON, ask, assistant, reply, said, user


@pytest.mark.parametrize("text", [
    "What time is it?", "what time is it", "What's the time?", "Can you tell me the time, please?", "How late is it?",
    "Do you have the time?", "Stop. What time is it?", "Hello, what time is it?", "Say, what time is it?",
    "What\u2019s the time?",
])
def test_it_says_the_time(text: str) -> None:
    assert said(ask(text)) == [("final_answer", "It is three forty-two in the afternoon.")]


@pytest.mark.parametrize(("hour", "minute", "spoken"), [
    (0, 0, "midnight"), (0, 20, "twelve twenty at night"), (1, 1, "one minute past one at night"),
    (3, 30, "half past three at night"), (9, 5, "five past nine in the morning"), (11, 45, "a quarter to noon"),
    (12, 0, "noon"), (12, 2, "two minutes past noon"), (12, 15, "twelve fifteen in the afternoon"),
    (18, 0, "six o'clock in the evening"), (20, 10, "ten past eight in the evening"), (23, 45, "a quarter to midnight"),
    (23, 59, "eleven fifty-nine at night"),
])
def test_times_are_written_as_they_are_spoken(hour: int, minute: int, spoken: str) -> None:
    assert reply("What time is it?", datetime(2026, 1, 1, hour, minute)) == f"It is {spoken}."


def test_the_time_elsewhere_is_not_pretended_to_be_known() -> None:
    assert reply("What's the time in Tokyo?") == "I only know the time here. It is three forty-two in the afternoon."


@pytest.mark.parametrize("text", [
    "What day is it today?", "What's the date?", "what is today's date", "Which month is it?", "What year is it?",
    "What's today?", "What day of the week is it?",
])
def test_it_says_the_date(text: str) -> None:
    assert reply(text) == "Today is Tuesday, the 3rd of November 2026."


@pytest.mark.parametrize(("day", "ordinal"), [
    (1, "1st"), (2, "2nd"), (11, "11th"), (12, "12th"), (22, "22nd"), (30, "30th"),
])
def test_days_are_counted_as_they_are_spoken(day: int, ordinal: str) -> None:
    assert f" the {ordinal} of June" in reply("What's the date?", datetime(2026, 6, day))


def test_a_sum_known_by_heart_is_answered_at_once() -> None:
    assert said(ask("What is two plus two?")) == [("final_answer", "2 plus 2 is 4.")]


def test_a_sum_that_takes_work_is_answered_by_two_messages() -> None:
    assert said(ask("What is seventeen times twenty-three?")) == [
        ("commentary", "Let me work that out."),
        ("final_answer", "17 times 23 is 391."),
    ]


@pytest.mark.parametrize("text", [
    "Tell me a story in two parts.", "tell me a story", "Do you know a story?", "A story, please.",
])
def test_a_story_has_two_parts_and_takes_work(text: str) -> None:
    (first, meanwhile), (second, story) = said(ask(text))
    assert (first, meanwhile, second) == ("commentary", "Let me think of one.", "final_answer")
    assert story.startswith("Part one. ")
    assert " Part two. " in story


def test_each_story_is_another_one() -> None:
    asked = [user("Tell me a story."), assistant("Part one."), user("Another story!"), assistant("Part one.")]
    stories = {said(respond_to([*asked[: 2 * n], user("Tell me a story.")], (), AFTERNOON))[-1] for n in range(3)}
    assert len(stories) == 3


@pytest.mark.parametrize("text", [
    "Count to twenty.", "Count to 20.", "count the 20", "Can you count from one to twenty?",
])
def test_it_counts(text: str) -> None:
    words = reply(text).rstrip(".").lower().split(", ")
    assert words == [in_words(number) for number in range(1, 21)]


@pytest.mark.parametrize(("text", "answer"), [
    ("Count down from five.", "Five, four, three, two, one."),
    ("Count backwards from 10 to 8.", "Ten, nine, eight."),
    ("Count from 98 to 100.", "Ninety-eight, ninety-nine, one hundred."),
    ("Count to one thousand.", "I count to one hundred at most."),
])
def test_counting_goes_either_way_and_to_a_hundred(text: str, answer: str) -> None:
    assert reply(text) == answer


@pytest.mark.parametrize("text", [
    "Spell banana.", "How do you spell banana?", "Can you spell the word banana, please?",
])
def test_it_spells_a_word(text: str) -> None:
    assert said(ask(text)) == [("final_answer", "Banana: B, A, N, A, N, A.")]


def test_spelling_a_long_word_takes_work() -> None:
    assert said(ask("How do you spell necessary?")) == [
        ("commentary", "Let me see."),
        ("final_answer", "Necessary: N, E, C, E, S, S, A, R, Y."),
    ]


@pytest.mark.parametrize("text", [
    "Repeat after me: the sea is calm tonight.", "Repeat after me, the sea is calm tonight.",
    "Please say the sea is calm tonight.", "Can you repeat the sea is calm tonight.",
])
def test_it_repeats_what_it_is_given(text: str) -> None:
    assert said(ask(text)) == [("final_answer", "The sea is calm tonight.")]


def test_repeating_what_the_assistant_said() -> None:
    before = [user("What is two plus two?"), assistant("2 plus 2 is 4.")]
    for text in ("Say that again.", "Could you repeat that?", "What did you say?"):
        assert said(respond_to([*before, user(text)], (), AFTERNOON)) == [("final_answer", "2 plus 2 is 4.")]


@pytest.mark.parametrize(("text", "beginning"), [
    ("Hello.", "Hello!"), ("Hi there", "Hello!"), ("Good morning", "Hello!"), ("How are you?", "Hello!"),
    ("What can you do?", "I can tell the time"), ("Help!", "I can tell the time"),
    ("Who are you?", "I am a small voice"), ("What's your name?", "I am a small voice"),
    ("Goodbye.", "Goodbye!"), ("Okay, bye bye!", "Goodbye!"), ("Thank you.", "You are welcome."),
    ("Stop.", "All right."), ("Stop counting.", "All right."), ("No, wait.", "All right."),
])
def test_it_answers_small_talk(text: str, beginning: str) -> None:
    assert reply(text).startswith(beginning)


@pytest.mark.parametrize("text", [
    "Who won the world cup in 1998?", "What is the release date of Python?", "Have a nice time",
    "What's the meaning of life?", "What is the best time to visit Rome?", "Spell.", "Is it far?",
])
def test_what_it_does_not_know_it_says(text: str) -> None:
    beginning = "I don't know that. I am a small voice without a network, and I understand English only. I can"
    assert reply(text).startswith(beginning)


def test_what_it_can_do_is_told_once() -> None:
    items = [user("Is it far?"), assistant(reply("Is it far?")), user("Hm.")]
    assert said(respond_to(items, (), AFTERNOON))[-1][1] == "I don't know that, either. Ask me what I can do."


def test_it_says_what_the_user_said_before() -> None:
    items = [user("Is it far?"), assistant("No."), user("What did I just say?")]
    assert said(respond_to(items, (), AFTERNOON))[-1][1] == "You said: Is it far?"


@pytest.mark.parametrize("text", [
    "Do you speak German?", "Can you understand other languages?", "Wie sp\u00e4t ist es?", "Quelle heure est-il ?",
    "\u00bfQu\u00e9 hora es?", "\u041a\u043e\u0442\u043e\u0440\u044b\u0439 \u0447\u0430\u0441?",
    "\u73b0\u5728\u51e0\u70b9\u4e86?",
])
def test_another_language_is_answered_with_the_one_it_understands(text: str) -> None:
    assert reply(text) == "I understand English only."


def test_asked_for_a_response_before_anything_was_said_it_says_what_it_can_do() -> None:
    assert said(respond_to([], (), AFTERNOON))[0][1].startswith("Hello! I can")


@pytest.mark.parametrize(("number", "words"), [
    (0, "zero"), (7, "seven"), (13, "thirteen"), (40, "forty"), (99, "ninety-nine"), (100, "one hundred"),
])
def test_numbers_are_written_in_words(number: int, words: str) -> None:
    assert in_words(number) == words


@pytest.mark.parametrize(("instructions", "words"), [
    ("Greet the caller.", "Hello! Ask me for the time, a sum or a story."),
    ("Say goodbye.", "Goodbye!"),
    ("Say the time.", "It is three forty-two in the afternoon."),
    ("Say that the call is recorded.", "The call is recorded."),
    ("Tell the user that it's over.", "It's over."),
    ('Say exactly: "Hello, world!"', "Hello, world!"),
    ("Ask whether to pay the bill.", "May I ask whether to pay the bill?"),
])
def test_a_response_that_answers_no_one_says_what_its_instructions_ask_for(instructions: str, words: str) -> None:
    """As `session.respond(instructions=…)` has it."""
    answered = [user("Count to two."), assistant("One, two.")]
    for items in ([], answered):
        assert said(respond_to(items, (), AFTERNOON, instructions)) == [("final_answer", words)]


def test_the_filler_of_a_tool_that_runs_is_said() -> None:
    items = [user("Search."), {"type": "function_call", "name": "search", "arguments": "{}", "call_id": "call_1"}]
    instructions = "Be brief.\n\n" + PROMPT.format(text="still looking, one moment")
    assert said(respond_to(items, (), AFTERNOON, instructions)) == [("final_answer", "Still looking, one moment.")]


def test_a_user_who_waits_is_answered_first() -> None:
    assert said(respond_to([user("Count to two.")], (), AFTERNOON, "Say goodbye.")) == [("final_answer", "One, two.")]


@pytest.mark.parametrize("instructions", ["", "Be brief.", "Tell long stories.", "You are a pirate. Say arr.", "Say"])
def test_instructions_that_describe_the_assistant_change_nothing(instructions: str) -> None:
    answered = [user("Count to two."), assistant("One, two.")]
    assert respond_to(answered, (), AFTERNOON, instructions) == respond_to(answered, (), AFTERNOON)
