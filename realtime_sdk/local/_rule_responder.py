"""Answers by rules, without a network: few, and it says so."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from datetime import datetime
from itertools import takewhile
from typing import Any, TypeAlias

from .._runtime import clock
from ..server._backend import Request
from ._arithmetic import to_digits
from ._instructions import follow
from ._intents import ABILITIES, INTENT_HANDLERS, Utterance, repeat, spell
from ._responder import TextOutput, final_answer, text_of
from ._tool_matching import call_tool
from ._tool_results import report

Items: TypeAlias = Sequence[Mapping[str, Any]]
"""A conversation: wire items in order."""


_UNKNOWN = f"I don't know that. I am a small voice without a network, and I understand English only. {ABILITIES}"
_UNKNOWN_AGAIN = "I don't know that, either. Ask me what I can do."

_MAX_TURN_CHARACTERS = 2000
"""Characters of a turn that are read: minutes of speech."""


class RuleResponder:
    """A `Responder` that matches intents by keywords."""

    def __init__(self) -> None:
        to_digits("one")  # a missing reader of number words is reported here, not with the first sum

    async def respond(self, request: Request) -> AsyncGenerator[TextOutput]:
        """See `Responder`."""
        now = datetime.fromtimestamp(clock.wall()).astimezone()
        for output in respond_to(request.items, _allowed(request), now, request.instructions):
            yield output


def respond_to(
    items: Items, tools: Sequence[Mapping[str, Any]], now: datetime, instructions: str = ""
) -> Sequence[TextOutput]:
    """Answer the last turn of a conversation; pure.

    Tool outputs after the last message are reported; where the user waits for no answer, `instructions` are followed
    that say what to say; otherwise an intent answers the user, or a call of one of the client's `tools`.
    """
    since = list(takewhile(lambda item: item.get("role") not in ("user", "assistant"), reversed(items)))
    outputs = [str(item.get("output", "")) for item in reversed(since) if item.get("type") == "function_call_output"]
    if outputs:
        return report(outputs)
    if not _user_waits(items) and (instructed := follow(instructions, now)):
        return instructed
    # Some keyboards type typographic apostrophes.
    texts = [text_of(item)[:_MAX_TURN_CHARACTERS] for item in items if item.get("role") == "user"]
    spoken = [text.replace("\u2019", "'") for text in texts]
    if not spoken:
        return final_answer(f"Hello! {ABILITIES}")
    answered = next((text_of(item) for item in reversed(items) if item.get("role") == "assistant"), "")
    said = Utterance(spoken[-1], now, spoken[:-1], answered)
    # A phrase to be repeated or spelled may contain the name of a tool.
    return (
        repeat(said)
        or spell(said)
        or call_tool(said.text, tools)
        or next(filter(None, (handle(said) for handle in INTENT_HANDLERS)), None)
        or final_answer(_UNKNOWN_AGAIN if _has_told_abilities(items) else _UNKNOWN)
    )


def _user_waits(items: Items) -> bool:
    """Whether the user has spoken or written last: a call, too, is an answer."""
    speakers = (
        item.get("role") for item in reversed(items)
        if item.get("type") == "function_call" or item.get("role") in ("user", "assistant")
    )
    return next(speakers, None) == "user"


def _has_told_abilities(items: Items) -> bool:
    """Whether the user has been told before what can be asked for: it takes ten seconds."""
    return any(ABILITIES in text_of(item) for item in items if item.get("role") == "assistant")


def _allowed(request: Request) -> Sequence[Mapping[str, Any]]:
    """Return the tools that the request's `tool_choice` allows."""
    choice = request.extra.get("tool_choice")
    if choice == "none":
        return ()
    if isinstance(choice, Mapping) and "name" in choice:
        return [tool for tool in request.tools if tool.get("name") == choice["name"]]
    return request.tools
