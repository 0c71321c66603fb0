"""Follows the instructions of a response that answers no one: to greet, to say something, to ask for something."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from ._intents import Utterance, date, small_talk, time
from ._responder import TextOutput, final_answer

_WORDS = re.compile(r"\bsay (?:this|only|exactly|just|the following|these words)\b[^:]*:\s*(\S.*)$", re.I | re.S)
_USER = r"(?:(?:the )?(?:user|caller|customer|guest)s?|them)\b"
_SAY = re.compile(
    rf"^(?:please |now |only |just )*(?:say\b(?: to {_USER})?|(?:tell|remind|inform|let) {_USER}(?: know\b)?)"
    r"[\s:,]*(\S.*)$",
    re.I | re.S,
)
_GREET = re.compile(r"^(?:please |now )*(?:greet|welcome)\b", re.I)
_ASK = re.compile(rf"^(?:please |now )*ask\b(?: {_USER})?\s*([^.!?]+)", re.I)
_QUOTED = re.compile(r"^[\"'\u201c\u2018](.+)[\"'\u201d\u2019]\W*$", re.S)


def follow(instructions: str, now: datetime) -> Sequence[TextOutput] | None:
    """Return what instructions such as "Say goodbye." ask to be said; None where they ask for nothing of that kind.

    Those of a whole session describe the assistant, and begin otherwise.
    """
    text = instructions.strip()
    if match := _WORDS.search(text):
        return _said(match[1])
    if _GREET.search(text):
        return small_talk(Utterance("Hello", now))
    if match := _ASK.search(text):
        return _said(f"May I ask {match[1].strip()}?")
    if match := _SAY.search(text):
        return _say(match[1], now)
    return None


def _say(what: str, now: datetime) -> Sequence[TextOutput] | None:
    if _QUOTED.match(what):
        return _said(what)
    if what.lower().startswith("that "):
        return _said(what[5:])
    asked = Utterance(f"What is {what}", now)
    return time(asked) or date(asked) or small_talk(Utterance(what, now)) or _said(what)


def _said(words: str) -> Sequence[TextOutput]:
    quoted = _QUOTED.match(words)
    text = (quoted[1] if quoted else words).strip()
    return final_answer(text[0].upper() + text[1:] + ("" if text[-1] in ".!?\u2026" else "."))
