"""What is thought before it is spoken."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from typing import Any, Protocol, TypeAlias

from ..server._voice import Call, Message, Request, Text

Thought: TypeAlias = Message | Text | Call
"""An `Output` without its sound."""


class Thinker(Protocol):
    """Answers a request in text; cancelled by closing the generator."""

    def think(self, request: Request) -> AsyncGenerator[Thought]:
        """Give the items of one response in order: a `Message` before its `Text`, a `Call` whole."""
        ...


def answer(text: str) -> list[Thought]:
    """Say it at once."""
    return [Message("final_answer"), Text(text)]


def worked_out(meanwhile: str, text: str) -> list[Thought]:
    """Say something meanwhile, as one does while one thinks; then the answer, in a message of its own."""
    return [Message("commentary"), Text(meanwhile), *answer(text)]


def text_of(item: Mapping[str, Any]) -> str:
    """Give what a message item of the wire says: its texts and transcripts."""
    parts = item.get("content") or ()
    return " ".join(part.get("text") or part.get("transcript") or "" for part in parts).strip()
