"""Fills the slots of a tool: with the words after prepositions, with numbers, and with values that the schema lists."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ._arithmetic import to_digits
from ._plain_words import plain_words

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
            word = plain_words(str(value))
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
        if re.search(r"\b(?:date|day|when)\b", plain_words(name), re.I):
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
