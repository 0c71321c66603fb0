"""What a page and this side say to each other over their WebSocket, beside audio: text frames of JSON.

A binary frame is audio, mono int16, little-endian: from the page what its microphone captured, to the page what it
plays next. A page is not trusted: what it sends is checked here, and bounded.
"""

from __future__ import annotations

import json
from typing import Annotated, Any, Final, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from ..errors import UsageError

MAX_FRAME: Final = 64 * 1024
"""Bytes of the largest frame of a page: a second of audio, more or less."""

MAX_TEXT: Final = 4000
"""Characters of the longest text that the user types."""

Frames: TypeAlias = Annotated[int, Field(ge=0, le=2**53)]


class _Message(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")


class Hello(_Message):
    """The page's first message; rate: of its microphone's audio in Hz, None if it has no microphone."""

    type: Literal["hello"]
    rate: Annotated[int, Field(ge=8000, le=192_000)] | None


class Opened(_Message):
    """The page plays; epoch: of the `open` that it answers."""

    type: Literal["opened"]
    epoch: int


class Position(_Message):
    """How far the page has played, in frames since `open`."""

    type: Literal["position"]
    epoch: int  # of the last `open` or `stop` that the page obeyed
    left: Frames  # that have left the worklet
    heard: Frames  # that have left the converter
    overrun: Frames  # that were heard beyond the ends of cuts, in all, because those came too late


class Mute(_Message):
    """The user switches the microphone off, or on."""

    type: Literal["mute"]
    on: bool


class Pause(_Message):
    """The user holds the sound, or lets it continue."""

    type: Literal["pause"]
    on: bool


class Interrupt(_Message):
    """The user silences the reply."""

    type: Literal["interrupt"]


class Typed(_Message):
    """The user typed this."""

    type: Literal["typed"]
    text: Annotated[str, Field(min_length=1, max_length=MAX_TEXT)]


PageMessage: TypeAlias = Hello | Opened | Position | Mute | Pause | Interrupt | Typed

_MESSAGE: Final[TypeAdapter[PageMessage]] = TypeAdapter(Annotated[PageMessage, Field(discriminator="type")])


def parse(frame: str) -> PageMessage:
    """Read a text frame of a page.

    Raises:
        UsageError: it is no message.
    """
    try:
        return _MESSAGE.validate_json(frame)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(f"{part}" for part in first["loc"])
        raise UsageError(f"the page sent no message that is known here: {where} {first['msg']}".strip()) from None


def to_page(kind: str, **fields: Any) -> str:
    """Write a message to the page."""
    return json.dumps({"type": kind, **fields}, ensure_ascii=False)
