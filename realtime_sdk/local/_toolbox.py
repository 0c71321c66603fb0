"""Calls the client's tools without a model: intent matching, slot filling, and reports of results.

A tool matches an utterance that has the words of its name, or two of its description. The slots are filled with the
words after prepositions, with numbers, and with the values that the schema lists.
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

_MAX_RESULT_CHARACTERS = 600  # characters of a tool's result that are spoken

_STOP_WORDS = re.compile(
    r"\b(?:an?|the|of|for|in|on|at|to|from|by|with|and|or|is|are|its?|this|that|my|your|me|you|i|we|what|which|who|when"
    r"|where|how|get|set|fetch|find|look|up|show|give|tell|make|do|does|run|call|please|can|could|would|current|new"
    r"|given|returns?|used?|user|value|name|times)\b"
)
"""Words without a content that could match a tool ("times" is a sign of arithmetic)."""

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


def call_tool(text: str, tools: Sequence[Mapping[str, Any]]) -> Sequence[TextOutput] | None:
    """Call the tool that `text` asks for; None where it asks for none. Asks for a missing argument."""
    tool = max(tools, key=lambda tool: _match_score(text, tool), default=None)
    if tool is None or not _match_score(text, tool):
        return None
    arguments, missing = fill_slots(text, tool.get("parameters") or {})
    if missing:
        return final_answer(f"For that I need to know the {_plain(missing)}. Please ask again and name it.")
    return [Message("commentary"), Text("One moment."), Call(str(tool["name"]), json.dumps(arguments))]


def _match_score(text: str, tool: Mapping[str, Any]) -> int:
    """Score how well an utterance matches a tool; 0: not at all."""
    said = _content_words(text)
    name = _content_words(str(tool.get("name", "")))
    named = {word for word in name if _has(said, word)}
    described = {word for word in _content_words(str(tool.get("description") or "")) if _has(said, word)}
    if name and named == name:
        return 10 * len(named) + len(described)
    return len(described) if len(described | named) >= 2 else 0


def _content_words(text: str) -> set[str]:
    """Return the content words of a text, or of a name in snake_case or camelCase."""
    return set(re.findall(r"[^\W\d]{2,}", _STOP_WORDS.sub(" ", _plain(text))))


def _has(said: set[str], word: str) -> bool:
    """Whether an utterance has a word, in the singular, the plural, or another form with the same beginning."""
    return any(other in (word, word + "s") or word == other + "s" or _same_stem(word, other) for other in said)


def _same_stem(word: str, other: str) -> bool:
    return min(len(word), len(other)) >= 5 and (word.startswith(other) or other.startswith(word))


def fill_slots(text: str, schema: Mapping[str, Any]) -> tuple[dict[str, Any], str | None]:
    """Fill the slots of a JSON schema from an utterance; return the arguments, and the first required one missing."""
    slots = _SlotValues.of(text)
    properties: Mapping[str, Any] = schema.get("properties") or {}
    required = list(schema.get("required") or ())
    arguments: dict[str, Any] = {}
    # Listed values come first, as they take nothing from the other slots; then the required ones.
    for name in sorted(properties, key=lambda name: ("enum" not in _simple(properties[name]), name not in required)):
        value = slots.value(name, _simple(properties[name]))
        if value is not None:
            arguments[name] = value
    return arguments, next((name for name in required if name not in arguments), None)


def _simple(schema: Any) -> Mapping[str, Any]:
    """Remove null from a schema that also allows it, as the schemas of optional parameters do."""
    if not isinstance(schema, Mapping):
        return {}
    kinds = schema.get("type")
    if isinstance(kinds, list):
        return {**schema, "type": next((kind for kind in kinds if kind != "null"), "null")}
    options = [_simple(option) for option in schema.get("anyOf") or ()]
    return next((option for option in options if option.get("type") != "null"), schema)


@dataclass(slots=True)
class _SlotValues:
    """Values in an utterance that are not assigned to a slot yet."""

    text: str
    numbers: list[str]
    phrases: list[tuple[str, str]]  # preposition in lower case, and the words after it

    @classmethod
    def of(cls, text: str) -> _SlotValues:
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
    """Report the outputs of tools, each a text that may be JSON."""
    return final_answer(" ".join(_spoken_result(output) for output in outputs))


def _spoken_result(output: str) -> str:
    try:
        result = json.loads(output)
    except ValueError:
        result = output
    if isinstance(result, dict) and result.get("error"):
        text = f"That did not work: {_value(result['error'])}"
    elif result in (None, "", [], {}):
        return "It is done."
    else:
        text = _value(result)
        text = text if isinstance(result, str | dict) else f"The result is {text}"
    text = text[:_MAX_RESULT_CHARACTERS].strip()
    return text[:1].upper() + text[1:] + ("" if text[-1:] in (".", "!", "?") else ".")


def _value(value: Any) -> str:
    """Put a JSON value into words."""
    if isinstance(value, dict):
        return _enumerated(_fact(_plain(str(key)), inner) for key, inner in value.items())
    if isinstance(value, list):
        return _enumerated(_value(inner) for inner in value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        digits = f"{abs(value):.10g}" if isinstance(value, float) else str(abs(value))
        return f"minus {digits}" if value < 0 else digits
    return "nothing" if value is None else str(value).strip()


def _fact(name: str, value: Any) -> str:
    """Put a field into words: "the temperature is 21", "it is not raining", "the tasks are work and rest"."""
    if isinstance(value, bool):
        return f"it is {'' if value else 'not '}{name.removeprefix('is ')}"
    if isinstance(value, dict):
        return f"the {name}: {_value(value)}"
    if isinstance(value, list):
        return f"the {name} {'is' if len(value) == 1 else 'are'} {_value(value)}" if value else f"there are no {name}"
    return f"the {name} is {_value(value)}"


def _enumerated(parts: Iterator[str]) -> str:
    *most, last = list(parts) or [""]
    return f"{', '.join(most)} and {last}" if most else last


def _plain(name: str) -> str:
    """Write a name in snake_case or camelCase as words in lower case."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).replace("_", " ").lower()
