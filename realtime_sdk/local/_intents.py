"""Intents that the rule responder understands: one handler each, tried in the order of `INTENT_HANDLERS`.

A handler takes an utterance and returns the answer, or None where it has another intent. Speech recognition errs: the
patterns match the few words that carry the meaning, in any case and punctuation.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from ._arithmetic import solve, to_digits
from ._responder import TextOutput, final_answer, with_commentary


@dataclass(frozen=True, slots=True)
class Utterance:
    """The user's last turn and its context."""

    text: str  # as it was recognised or typed
    now: datetime
    earlier: Sequence[str] = ()  # the user's earlier turns, oldest first
    answered: str = ""  # the assistant's last message


IntentHandler: TypeAlias = Callable[[Utterance], Sequence[TextOutput] | None]

ABILITIES = (
    "I can tell the time and the date, do sums, spell a word, count, tell a story in two parts, "
    "repeat what you say, and use the tools that your program gives me."
)

_STORIES = (
    "Part one. On a rock far out at sea stood a lighthouse, and its keeper wished every passing ship a good night. "
    "No ship ever answered, for the wind carried his words away. "
    "Part two. One winter the lamp went out, and the keeper called into the dark as loud as he could. "
    "That night the wind was still, and from every ship there came a light, until the whole sea shone.",
    "Part one. A clockmaker built a clock that was always five minutes late, and nobody wanted to buy it. "
    "She hung it in her window and was fond of it all the same. "
    "Part two. One evening a traveller ran through the rain and missed the last train. "
    "He saw the clock, smiled, and said that by this one he had come in time. He stayed, and mended shoes next door.",
    "Part one. A small fox heard that the moon had fallen into the lake, and went to pull it out. "
    "He pulled all night, and the moon only broke into ripples. "
    "Part two. In the morning the moon was gone, and the fox was proud. "
    "When it rose the next evening, he told everyone who had put it back.",
)

_ONES = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
         "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"]
_TENS = ["", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]

_ASKED = r"^(?:(?:please|okay|ok|hey|hello|hi|now|and|so|(?:can|could|would|will) you|i want you to)\b[\s,.!]*)*"
_REPEAT = re.compile(_ASKED + r"(?:repeat after me|say after me|repeat|say(?!,))\b[\s,:.]*(.+)$", re.I | re.S)
_AGAIN = re.compile(
    _ASKED + r"(?:(?:say|repeat) (?:that|it|yourself)\b|what did you say|pardon|sorry\?|come again)", re.I
)
_MINE = re.compile(r"\bwhat (?:did i|have i)(?: just)? (?:say|said|ask|asked)\b", re.I)
_SPELL = re.compile(r"\bspell(?:ed|ing)?\b(?: out)?(?: for me)?(?: of)?(?: the)?(?: words?)?[\s,:.]+(.+)$", re.I)
_COUNT = re.compile(r"\bcount(?:ing)?\b", re.I)
_DOWN = re.compile(r"\b(?:down|backwards?)\b", re.I)
_STORY = re.compile(
    r"\b(?:tell|give|read|know|make up|want|hear|another|one more)\b.*\b(?:story|stories|tale)\b"
    r"|^(?:a )?(?:story|tale)\b",
    re.I,
)
_DATE = re.compile(
    r"\b(?:today's|the|the current) date\b(?! of| for| when)|\bwhat date is it\b|\bwhat(?:'s| is) today\b"
    r"|\b(?:what|which) (?:day|month|year)\b.*\b(?:is (?:it|today|this)|do we|are we|today)\b",
    re.I,
)
_TIME = re.compile(
    r"\bwhat(?:'s| is)? (?:the )?(?:current |exact |local )?time\b(?! difference| zone| to| of| for)"
    r"|\b(?:tell|give) me (?:the |what )(?:current |exact |local )?time\b|\b(?:have|know|got) (?:the|what) time\b"
    r"|\btime is it\b|\bhow late is it\b",
    re.I,
)
_ELSEWHERE = re.compile(r"\btime\b.*?\bin (?!the\b|a\b|this\b)\w", re.I)
_HELP = re.compile(r"\bwhat (?:else )?can (?:you|i)\b|\bwhat do you (?:do|know)\b|\byour skills\b|^help\b", re.I)
_WHO = re.compile(r"\b(?:who|what) are you\b|\byour name\b|\bare you an? (?:human|robot|computer|person|ai)\b", re.I)
_BYE = re.compile(r"\b(?:good ?bye|bye|see you|good night|farewell)\b|^that(?:'s| is| will be) all\b", re.I)
_THANKS = re.compile(r"\bthank(?:s| you)\b", re.I)
_HELLO = re.compile(r"^(?:hello|hi|hey|howdy|greetings|good (?:morning|afternoon|evening|day))\b|\bhow are you\b", re.I)
_STOP = re.compile(r"^(?:no[\s,.]+)*(?:stop|wait|quiet|be quiet|enough|hold on|never ?mind|cancel|shut up)\b", re.I)
_LANGUAGE = re.compile(
    r"\b(?:speak|understand|know|talk|hear)\b.*\b(?:[a-z]+ish|french|german|[a-z]+ian|chinese|japanese|dutch|greek|arabic"
    r"|portuguese|hindi|korean|languages?)\b",
    re.I,
)
_FOREIGN_WORDS = re.compile(  # none of them is English
    r"\b(?:ich|du|sie|wir|bist|ist|sind|und|nicht|der|das|ein|eine|wie|wer|wo|bitte|danke|guten|sprichst|uhr|mir"
    r"|le|la|les|est|et|je|tu|vous|quel|quelle|heure|bonjour|merci|parlez|une?|moi|qui|pas|comment|allez"
    r"|el|los|es|que|qu\u00e9|c\u00f3mo|hola|gracias|hora|por|favor|una|eres|habla|hablas"
    r"|che|ore|sono|ciao|grazie|di|chi|sei|parli|horas|s\u00e3o|ol\u00e1|obrigad[oa]"
    r"|hoe|laat|het|een|wat|dank|hallo|goedemorgen)\b",
    re.I,
)
_TAIL = re.compile(r"[\s,]*\b(?:please|for me|now|thanks|thank you)\b[\s.!?]*$", re.I)


def repeat(said: Utterance) -> Sequence[TextOutput] | None:
    """Repeat the assistant's last message, or the user's words after "repeat after me"."""
    if _AGAIN.search(said.text) and said.answered:
        return final_answer(said.answered)
    if _MINE.search(said.text) and said.earlier:
        return final_answer(f"You said: {said.earlier[-1]}")
    match = _REPEAT.search(said.text)
    return final_answer(match[1][0].upper() + match[1][1:].strip()) if match else None


def spell(said: Utterance) -> Sequence[TextOutput] | None:
    """Spell a word, letter by letter; a long one with a commentary first."""
    match = _SPELL.search(said.text)
    words = re.findall(r"\w+", _TAIL.sub("", match[1])) if match else []
    if not words:
        return None
    letters = "; ".join(", ".join(word.upper()) for word in words)
    text = f"{' '.join(words).capitalize()}: {letters}."
    return with_commentary("Let me see.", text) if max(map(len, words)) > 7 else final_answer(text)


def count(said: Utterance) -> Sequence[TextOutput] | None:
    """Count up or down, a hundred numbers at most."""
    numbers = [int(number) for number in re.findall(r"\d{1,9}", to_digits(said.text))][:2]
    if not _COUNT.search(said.text) or not numbers:
        return None
    down = bool(_DOWN.search(said.text))
    first, last = numbers if len(numbers) == 2 else (numbers[0], 1) if down else (1, numbers[0])
    if down:
        first, last = max(first, last), min(first, last)
    if max(first, last) > 100:
        return final_answer("I count to one hundred at most.")
    sequence = range(first, last + 1) if first <= last else range(first, last - 1, -1)
    spoken = ", ".join(map(in_words, sequence))
    return final_answer(spoken.capitalize() + ".")


def story(said: Utterance) -> Sequence[TextOutput] | None:
    """Tell a story in two parts; another one each time."""
    if not _STORY.search(said.text):
        return None
    stories_told = sum(bool(_STORY.search(text)) for text in said.earlier)
    return with_commentary("Let me think of one.", _STORIES[stories_told % len(_STORIES)])


def arithmetic(said: Utterance) -> Sequence[TextOutput] | None:
    """Do a sum; a hard one with a commentary first."""
    found = solve(said.text)
    if found is None:
        return None
    return with_commentary("Let me work that out.", found.sentence) if found.hard else final_answer(found.sentence)


def date(said: Utterance) -> Sequence[TextOutput] | None:
    """Say the date."""
    if not _DATE.search(said.text):
        return None
    day = said.now.day
    suffix = "th" if day in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")
    return final_answer(f"Today is {said.now:%A}, the {day}{suffix} of {said.now:%B} {said.now.year}.")


def time(said: Utterance) -> Sequence[TextOutput] | None:
    """Say the local time."""
    if not _TIME.search(said.text):
        return None
    here = "I only know the time here. " if _ELSEWHERE.search(said.text) else ""
    return final_answer(f"{here}It is {time_of_day(said.now)}.")


def small_talk(said: Utterance) -> Sequence[TextOutput] | None:
    """Answer small talk: greetings, thanks, farewells, questions about the assistant."""
    return next((final_answer(text) for pattern, text in _SMALL_TALK if pattern.search(said.text)), None)


def another_language(said: Utterance) -> Sequence[TextOutput] | None:
    """Say which language is understood, where it is asked for or another one is used."""
    letters = [letter for letter in said.text if letter.isalpha()]
    foreign = sum(ord(letter) >= _FIRST_OTHER_SCRIPT for letter in letters) > len(letters) / 2
    words = len(re.findall(r"[^\W\d]+", said.text))
    foreign = foreign or 2 * len(_FOREIGN_WORDS.findall(said.text)) >= max(words, 1)
    if foreign or _LANGUAGE.search(said.text):
        return final_answer("I understand English only.")
    return None


_FIRST_OTHER_SCRIPT = 0x250  # the first code point after the Latin letters

_SMALL_TALK = (
    (_HELP, ABILITIES),
    (_WHO, "I am a small voice on this machine. I work without a network."),
    (_BYE, "Goodbye!"),
    (_THANKS, "You are welcome."),
    (_STOP, "All right."),
    (_HELLO, "Hello! Ask me for the time, a sum or a story."),
)

INTENT_HANDLERS: tuple[IntentHandler, ...] = (
    repeat, spell, count, story, arithmetic, date, time, small_talk, another_language,
)
"""In the order in which they are tried: the handler with the stricter pattern comes first."""


def in_words(number: int) -> str:
    """Write a number from 0 to 100 as words: 23 is "twenty-three"."""
    if number == 100:
        return "one hundred"
    tens, ones = divmod(number, 10)
    if number < 20:
        return _ONES[number]
    return _TENS[tens] + (f"-{_ONES[ones]}" if ones else "")


def time_of_day(now: datetime) -> str:
    """Write a time as it is spoken: "three forty-two in the afternoon", "five past nine in the morning", "noon"."""
    if now.minute == 0:
        return _hour(now.hour, " o'clock")
    if now.minute == 45:
        return f"a quarter to {_hour(now.hour + 1)}"
    if now.minute in _PAST and now.hour % 12:
        return f"{_PAST[now.minute]} {_hour(now.hour)}"
    if now.minute < 10:
        return f"{in_words(now.minute)} minute{'s'[: now.minute > 1]} past {_hour(now.hour)}"
    return f"{in_words(now.hour % 12 or 12)} {in_words(now.minute)} {_part_of_day(now.hour)}"


_PAST = {5: "five past", 10: "ten past", 15: "a quarter past", 20: "twenty past", 30: "half past"}


def _hour(hour: int, o_clock: str = "") -> str:
    hour %= 24
    if hour % 12 == 0:
        return "noon" if hour else "midnight"
    return f"{in_words(hour % 12)}{o_clock} {_part_of_day(hour)}"


def _part_of_day(hour: int) -> str:
    return next(name for until, name in _PARTS_OF_DAY if hour < until)


_PARTS_OF_DAY = (
    (5, "at night"), (12, "in the morning"), (18, "in the afternoon"), (22, "in the evening"), (24, "at night"),
)
"""The hour before which a part of the day ends, and its name."""
