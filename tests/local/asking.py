"""The rule responder in tests: a conversation in, its messages and calls out."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from realtime_sdk.local._responder import TextOutput
from realtime_sdk.local._rule_responder import respond_to
from realtime_sdk.server._backend import Call, Message, Text

AFTERNOON = datetime(2026, 11, 3, 15, 42)
"""A Tuesday."""


def user(text: str) -> dict[str, Any]:
    return {"type": "message", "role": "user", "content": [{"type": "input_audio", "transcript": text}]}


def assistant(text: str) -> dict[str, Any]:
    return {"type": "message", "role": "assistant", "content": [{"type": "output_audio", "transcript": text}]}


def said(outputs: Sequence[TextOutput]) -> list[tuple[str | None, str]]:
    """The messages: the phase and the text of each."""
    messages: list[tuple[str | None, str]] = []
    for output in outputs:
        if isinstance(output, Message):
            messages.append((output.phase, ""))
        elif isinstance(output, Text):
            phase, text = messages.pop()
            messages.append((phase, text + output.delta))
    return messages


def called(outputs: Sequence[TextOutput]) -> list[tuple[str, dict[str, Any]]]:
    """The function calls: the name and the arguments of each."""
    return [(output.name, json.loads(output.arguments)) for output in outputs if isinstance(output, Call)]


def ask(text: str, *tools: dict[str, Any], now: datetime = AFTERNOON) -> Sequence[TextOutput]:
    """What a first question is answered with."""
    return respond_to([user(text)], tools, now)


def reply(text: str, now: datetime = AFTERNOON) -> str:
    """The final answer to a first question."""
    phase, answer = said(ask(text, now=now))[-1]
    assert phase == "final_answer"
    return answer
