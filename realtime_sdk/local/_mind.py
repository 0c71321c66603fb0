"""What the voice thinks without a network: small, and honest about it. Instructions are not read."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from datetime import datetime
from itertools import takewhile
from typing import Any, TypeAlias

from .._runtime import clock
from ..server._voice import Request
from . import _toolbox as toolbox
from ._arithmetic import to_digits
from ._skills import ABILITIES, SKILLS, Said, repeat, spell
from ._thought import Thought, answer, text_of

Items: TypeAlias = Sequence[Mapping[str, Any]]
"""A conversation: wire items in order."""


_LONGEST = 2000  # characters of a turn that are looked at: minutes of speech


class Mind:
    """The skills of this package as a `Thinker`."""

    def __init__(self) -> None:
        to_digits("one")  # where the reader of number words is missing, that is told now, not with the first sum

    async def think(self, request: Request) -> AsyncGenerator[Thought]:
        """See `Thinker`."""
        now = datetime.fromtimestamp(clock.wall()).astimezone()
        for thought in think(request.items, _allowed(request), now):
            yield thought


def think(items: Items, tools: Sequence[Mapping[str, Any]], now: datetime) -> Sequence[Thought]:
    """Answer the last turn of a conversation; pure.

    Results of the client's tools that came since anybody spoke are told; else the user is answered, by a skill or with
    the help of one of the client's `tools`.
    """
    since = list(takewhile(lambda item: item.get("role") not in ("user", "assistant"), reversed(items)))
    outputs = [str(item.get("output", "")) for item in reversed(since) if item.get("type") == "function_call_output"]
    if outputs:
        return toolbox.report(outputs)
    # Whoever types may have a keyboard that sets typographic apostrophes.
    texts = [text_of(item)[:_LONGEST] for item in items if item.get("role") == "user"]
    spoken = [text.replace("\u2019", "'") for text in texts]
    if not spoken:
        return answer(f"Hello! {ABILITIES}")
    if not spoken[-1]:
        return answer("Sorry, I did not catch that.")
    answered = next((text_of(item) for item in reversed(items) if item.get("role") == "assistant"), "")
    said = Said(spoken[-1], now, spoken[:-1], answered)
    # What is to be repeated or spelled may well hold the name of a tool.
    return (
        repeat(said)
        or spell(said)
        or toolbox.choose(said.text, tools)
        or next(filter(None, (skill(said) for skill in SKILLS)), None)
        or answer(f"I don't know that: I am a small voice without a network. {ABILITIES}")
    )


def _allowed(request: Request) -> Sequence[Mapping[str, Any]]:
    """Give the tools that the request's `tool_choice` leaves."""
    choice = request.extra.get("tool_choice")
    if choice == "none":
        return ()
    if isinstance(choice, Mapping) and "name" in choice:
        return [tool for tool in request.tools if tool.get("name") == choice["name"]]
    return request.tools
