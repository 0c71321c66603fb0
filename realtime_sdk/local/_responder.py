"""The protocol of responders: they answer in text, which is spoken afterwards."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from typing import Any, Protocol, TypeAlias

from ..server._backend import Call, Message, Request, Text

TextOutput: TypeAlias = Message | Text | Call
"""An `Output` without audio."""


class Responder(Protocol):
    """Answers a request in text; cancelled by closing the generator."""

    def respond(self, request: Request) -> AsyncGenerator[TextOutput]:
        """Yield the items of one response in order: a `Message` before its `Text`, a `Call` whole."""
        ...


def final_answer(text: str) -> list[TextOutput]:
    """Build a response of one message."""
    return [Message("final_answer"), Text(text)]


def with_commentary(commentary: str, text: str) -> list[TextOutput]:
    """Build a response of two messages: a commentary, as a model gives while it works, and the final answer."""
    return [Message("commentary"), Text(commentary), *final_answer(text)]


def text_of(item: Mapping[str, Any]) -> str:
    """Join the texts and transcripts of a wire message item."""
    parts = item.get("content") or ()
    return " ".join(part.get("text") or part.get("transcript") or "" for part in parts).strip()


def is_wordless(item: Mapping[str, Any]) -> bool:
    """Whether a wire item is a message of the user's without a word and a picture: nothing in it was understood."""
    pictures = any(part.get("type") == "input_image" for part in item.get("content") or ())
    return item.get("role") == "user" and not pictures and not text_of(item)
