"""Tokens, as the service bills them: 10 per second of input audio, 20 of output audio, one per 4 letters of text."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, Final

from ..audio._pcm import to_seconds
from ._items import HeldItem

INPUT_TOKENS_PER_SECOND: Final = 10
OUTPUT_TOKENS_PER_SECOND: Final = 20
LETTERS_PER_TOKEN: Final = 4


def count_text(text: str) -> int:
    """Tokens of a text."""
    return -(-len(text) // LETTERS_PER_TOKEN)


def count_input(items: Iterable[HeldItem], instructions: str, tools: list[dict[str, Any]]) -> tuple[int, int]:
    """Tokens of text and of audio that a response reads."""
    text = count_text(instructions) + (count_text(json.dumps(tools)) if tools else 0)
    audio = 0
    for item in items:
        rate = OUTPUT_TOKENS_PER_SECOND if item.voiced else INPUT_TOKENS_PER_SECOND
        audio += round(item.seconds * rate)
        text += count_text(item.text if not item.frames else "")
        text += count_text(item.wire.get("arguments") or "") + count_text(item.wire.get("output") or "")
    return text, audio


def usage(read: tuple[int, int], written: tuple[int, int]) -> dict[str, Any]:
    """Build the wire's usage object; both arguments are tokens of text and of audio."""
    nothing_cached = {"text_tokens": 0, "audio_tokens": 0, "image_tokens": 0}
    return {
        "total_tokens": sum(read) + sum(written),
        "input_tokens": sum(read),
        "output_tokens": sum(written),
        "input_token_details": {
            "text_tokens": read[0], "audio_tokens": read[1], "image_tokens": 0,
            "cached_tokens": 0, "cached_tokens_details": nothing_cached,
        },
        "output_token_details": {"text_tokens": written[0], "audio_tokens": written[1]},
    }


def count_output(items: Iterable[HeldItem], frames: int) -> tuple[int, int]:
    """Tokens of text and of audio that a response wrote; `frames` of audio in all."""
    text = sum(count_text(item.text) + count_text(item.wire.get("arguments", "")) for item in items)
    return text, round(to_seconds(frames) * OUTPUT_TOKENS_PER_SECOND)


def transcription_usage(item: HeldItem) -> dict[str, Any]:
    """Build the usage object of an item's transcript."""
    read, written = round(item.seconds * INPUT_TOKENS_PER_SECOND), count_text(item.text)
    return {
        "type": "tokens", "total_tokens": read + written, "input_tokens": read,
        "input_token_details": {"text_tokens": 0, "audio_tokens": read}, "output_tokens": written,
    }
