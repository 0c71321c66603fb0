"""The client's tools, without a model: which one is meant, with which arguments, and how its result is reported.

A tool is meant where what was said has the words of its name, or two of its description. Its arguments are taken from
the words around prepositions, from numbers, and from the values that its schema lists.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..server._backend import Call, Message, Text
from ._arithmetic import to_digits
from ._responder import TextOutput, final_answer

_LONGEST_RESULT = 600  # characters of a tool's result that are read out

_EMPTY = re.compile(
    r"\b(?:an?|the|of|for|in|on|at|to|from|by|with|and|or|is|are|its?|this|that|my|your|me|you|i|we|what|which|who|when"
    r"|where|how|get|set|fetch|find|look|up|show|give|tell|make|do|does|run|call|please|can|could|would|current|new"
    r"|given|returns?|used?|user|value|name|times)\b"
)
"""Words that say nothing about which tool is meant ("times" is a sign of arithmetic)."""

_PREPOSITION = r"in|for|at|of|to|about|on|from|with|named|called|near"
_END = rf"(?=\s+(?:{_PREPOSITION}|and|please|today|tomorrow|tonight|now|right now|by|using)\b|[?.!,;]|$)"
_PHRASE = re.compile(rf"\b({_PREPOSITION})\s+(?:the\s+|a\s+|an\s+)?(.+?){_END}", re.I)
_PROPER = re.compile(r"(?<!^)(?<![.?!] )\b(?!I\b)[A-Z][\w'-]*(?:\s+[A-Z][\w'-]*)*")
_DAY = re.compile(r"\b(today|tonight|tomorrow|yesterday|(?:mon|tues|wednes|thurs|fri|satur|sun)day)\b", re.I)
_PREFERRED = (
    (re.compile(r"from|origin|source|start|depart", re.I), ["from"]),
    (re.compile(r"^to$|dest|target|recipient|arriv", re.I), ["to"]),
    (re.compile(r"city|place|location|country|where|town|room", re.I), ["in", "for", "at", "near", "of", "to", ""]),
)
"""Which prepositions go before the value of a parameter of that name, the likeliest first; "": a name without one."""


def choose(text: str, tools: Sequence[Mapping[str, Any]]) -> Sequence[TextOutput] | None:
    """Call the tool that `text` asks for; None where it asks for none. Asks back for what is missing."""
    tool = max(tools, key=lambda tool: _likeness(text, tool), default=None)
    if tool is None or not _likeness(text, tool):
        return None
    arguments, missing = fill(text, tool.get("parameters") or {})
    if missing:
        return final_answer(f"For that I need to know the {_plain(missing)}. Please ask again, and say it too.")
    return [Message("commentary"), Text("One moment."), Call(str(tool["name"]), json.dumps(arguments))]


def _likeness(text: str, tool: Mapping[str, Any]) -> int:
    """How well what was said fits a tool; 0: not at all."""
    said = _telling(text)
    name = _telling(str(tool.get("name", "")))
    named = {word for word in name if _has(said, word)}
    described = {word for word in _telling(str(tool.get("description") or "")) if _has(said, word)}
    if name and named == name:
        return 10 * len(named) + len(described)
    return len(described) if len(described | named) >= 2 else 0


def _telling(text: str) -> set[str]:
    """Give the words that say what something is about; of a name in snake_case or camelCase too."""
    return set(re.findall(r"[^\W\d]{2,}", _EMPTY.sub(" ", _plain(text))))


def _has(said: set[str], word: str) -> bool:
    """Whether a word was said, in the singular, the plural, or another form with the same beginning."""
    return any(other in (word, word + "s") or word == other + "s" or _same_stem(word, other) for other in said)


def _same_stem(word: str, other: str) -> bool:
    return min(len(word), len(other)) >= 5 and (word.startswith(other) or other.startswith(word))


def fill(text: str, schema: Mapping[str, Any]) -> tuple[dict[str, Any], str | None]:
    """Take the arguments for a JSON schema from what was said; also the first required one that was not said."""
    clues = _Clues.of(text)
    properties: Mapping[str, Any] = schema.get("properties") or {}
    required = list(schema.get("required") or ())
    arguments: dict[str, Any] = {}
    # Listed values choose first, for they take nothing from the others; then what is required.
    for name in sorted(properties, key=lambda name: ("enum" not in _simple(properties[name]), name not in required)):
        value = clues.value(name, _simple(properties[name]))
        if value is not None:
            arguments[name] = value
    return arguments, next((name for name in required if name not in arguments), None)


def _simple(schema: Any) -> Mapping[str, Any]:
    """Give what a schema wants where it also allows null, as the schemas of optional parameters do."""
    if not isinstance(schema, Mapping):
        return {}
    kinds = schema.get("type")
    if isinstance(kinds, list):
        return {**schema, "type": next((kind for kind in kinds if kind != "null"), "null")}
    options = [_simple(option) for option in schema.get("anyOf") or ()]
    return next((option for option in options if option.get("type") != "null"), schema)


@dataclass(slots=True)
class _Clues:
    """What an utterance offers as arguments; what was taken is gone."""

    text: str
    numbers: list[str]
    phrases: list[tuple[str, str]]  # preposition in lower case, what follows it

    @classmethod
    def of(cls, text: str) -> _Clues:
        phrases = [(preposition.lower(), phrase) for preposition, phrase in _PHRASE.findall(text)]
        names = [name for name in _PROPER.findall(text) if not any(name in phrase for _, phrase in phrases)]
        phrases += [("", name) for name in names]
        return cls(text, re.findall(r"-?\d+(?:\.\d+)?", to_digits(text)), phrases)

    def value(self, name: str, schema: Mapping[str, Any]) -> Any:
        """Find the value of one parameter; None where nothing fits."""
        if "enum" in schema:
            return self._listed(schema["enum"])
        kind = schema.get("type", "string")
        if kind in ("integer", "number"):
            return self._number(whole=kind == "integer")
        if kind == "boolean":
            return self._switch()
        return self._phrase(name) if kind == "string" else None

    def _listed(self, values: Sequence[Any]) -> Any:
        for value in values:
            word = _plain(str(value))
            if word in self.text.lower():
                self.phrases = [phrase for phrase in self.phrases if phrase[1].lower() != word]
                return value
        return None

    def _number(self, whole: bool) -> float | int | None:
        if not self.numbers:
            return None
        number = float(self.numbers.pop(0))
        return int(number) if whole or number.is_integer() else number

    def _switch(self) -> bool | None:
        if re.search(r"\b(?:off|disable|disabled|without|no)\b", self.text, re.I):
            return False
        return True if re.search(r"\b(?:on|enable|enabled|with|yes)\b", self.text, re.I) else None

    def _phrase(self, name: str) -> str | None:
        if re.search(r"\b(?:date|day|when)\b", _plain(name), re.I):
            day = _DAY.search(self.text)
            return day[1].lower() if day else None
        prepositions = next((likely for pattern, likely in _PREFERRED if pattern.search(name)), None)
        fitting = [phrase for phrase in self.phrases if prepositions is None or phrase[0] in prepositions]
        if prepositions:
            fitting.sort(key=lambda phrase: prepositions.index(phrase[0]))
        if not fitting:
            return None
        self.phrases.remove(fitting[0])
        return fitting[0][1].strip()


def report(outputs: Sequence[str]) -> Sequence[TextOutput]:
    """Tell what the tools gave back, each a text that may be JSON."""
    return final_answer(" ".join(_told(output) for output in outputs))


def _told(output: str) -> str:
    try:
        result = json.loads(output)
    except ValueError:
        result = output
    if isinstance(result, dict) and result.get("error"):
        return f"That did not work: {_value(result['error'])}."
    text = "" if result is None else _value(result)[:_LONGEST_RESULT].strip()
    if not text:
        return "It is done."
    if not isinstance(result, str):
        text = text if isinstance(result, dict) else f"The result is {text}"
    return text[0].upper() + text[1:] + ("" if text[-1] in ".!?" else ".")


def _value(value: Any) -> str:
    """Put a JSON value into words."""
    if isinstance(value, dict):
        return _enumerated(f"the {_plain(str(key))} is {_value(inner)}" for key, inner in value.items())
    if isinstance(value, list):
        return _enumerated(_value(inner) for inner in value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "nothing" if value is None else str(value)


def _enumerated(parts: Iterator[str]) -> str:
    *most, last = list(parts) or [""]
    return f"{', '.join(most)} and {last}" if most else last


def _plain(name: str) -> str:
    """Write a name in snake_case or camelCase as words in lower case."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).replace("_", " ").lower()
