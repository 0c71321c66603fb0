"""Calls the client's tools without a model: a tool matches an utterance by the words of its name or its description."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from ..server._backend import Call, Message, Text
from ._plain_words import plain_words
from ._responder import TextOutput, final_answer
from ._slots import fill_slots

_STOP_WORDS = re.compile(
    r"\b(?:an?|the|of|for|in|on|at|to|from|by|with|and|or|is|are|its?|this|that|my|your|me|you|i|we|what|which|who|when"
    r"|where|how|get|set|fetch|find|look|up|show|give|tell|make|do|does|run|call|please|can|could|would|current|new"
    r"|given|returns?|used?|user|value|name|times)\b"
)
"""Words without a content that could match a tool ("times" is a sign of arithmetic)."""


def call_tool(text: str, tools: Sequence[Mapping[str, Any]]) -> Sequence[TextOutput] | None:
    """Call the tool that `text` asks for; None where it asks for none. Asks for a missing argument."""
    tool = max(tools, key=lambda tool: _match_score(text, tool), default=None)
    if tool is None or not _match_score(text, tool):
        return None
    arguments, missing = fill_slots(text, tool.get("parameters") or {})
    if missing:
        return final_answer(f"For that I need to know the {plain_words(missing)}. Please ask again and name it.")
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
    return set(re.findall(r"[^\W\d]{2,}", _STOP_WORDS.sub(" ", plain_words(text))))


def _has(said: set[str], word: str) -> bool:
    """Whether an utterance has a word, in the singular, the plural, or another form with the same beginning."""
    return any(other in (word, word + "s") or word == other + "s" or _same_stem(word, other) for other in said)


def _same_stem(word: str, other: str) -> bool:
    return min(len(word), len(other)) >= 5 and (word.startswith(other) or other.startswith(word))
