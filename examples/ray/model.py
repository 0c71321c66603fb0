"""A model that counts to nine, each number a tone of its own: a listener knows if one is lost, or repeated."""

from collections.abc import AsyncIterator
from typing import Any

import numpy as np

from realtime_sdk.server import Audio, Message, Request, Text

NUMBERS = "123456789"

TONE = 0.4  # seconds


def pitch(number: str) -> float:
    """Hz of a number's tone."""
    return 300.0 + 100.0 * int(number)


class Counter:
    """A `Backend` that counts on after the number that was heard last, or from it if the instructions say so."""

    async def respond(self, request: Request) -> AsyncIterator[Any]:
        """Count on."""
        said = [part.get("text", "") for item in request.items for part in item.get("content", ())]
        heard = sum(text.count(number) for text in said for number in NUMBERS)
        yield Message()
        for number in NUMBERS[heard - ("cut off in your last word" in request.instructions) :]:
            yield Text(f"{number} ")
            turns = pitch(number) * np.arange(int(24_000 * TONE)) / 24_000
            yield Audio((8000 * np.sin(2 * np.pi * turns)).astype(np.int16))
