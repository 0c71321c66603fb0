"""What a response, or a transcription, cost: the usage objects of the wire."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from pydantic import PlainValidator
from pydantic_core import PydanticCustomError

from ._base import Loose, Number, WireModel

__all__ = ["WireTokens", "WireUsage"]


def _count(value: object) -> int:
    # 12.0 is a count in JSON; true, "12" and -1 are none.
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 2**53 or value != int(value):
        raise PydanticCustomError("count", "should be a count")
    return int(value)


Count: TypeAlias = Annotated[int, PlainValidator(_count)]
"""A number of tokens."""


class WireTokens(WireModel):
    """Tokens by their modality."""

    text_tokens: Loose[Count] = None
    audio_tokens: Loose[Count] = None
    image_tokens: Loose[Count] = None
    cached_tokens: Loose[Count] = None  # of the input: read from the server's cache; counted in the others, too
    cached_tokens_details: Loose[WireTokens] = None
    reasoning_tokens: Loose[Count] = None  # of the output; counted in the others, too


class WireUsage(WireModel):
    """Tokens of a response; of a transcription (`type` says which) tokens, or seconds of audio."""

    type: Loose[str] = None  # of a transcription: tokens, duration
    total_tokens: Loose[Count] = None
    input_tokens: Loose[Count] = None
    output_tokens: Loose[Count] = None
    input_token_details: Loose[WireTokens] = None
    output_token_details: Loose[WireTokens] = None
    seconds: Loose[Number] = None
