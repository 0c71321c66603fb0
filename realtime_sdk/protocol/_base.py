"""The parts that all event models share: the base class, the lenient fields and the audio field.

How a value of the wrong type is read depends on the field's declaration:

- `str | None = None`: something depends on it. It counts as absent (it is not in `model_fields_set`), and is listed in
  the event's `invalid_fields`. `parse` does this; a model made by code raises pydantic's `ValidationError`.
- `Loose[str] = None`, `Listed[...]`, `Index`: it counts as absent, silently and at no cost.
- `str`, without a default: there is no object without it.

Null counts as absent in all but the last, and is not listed.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, ClassVar, Final, Self, TypeAlias, TypeVar

import pybase64
from pydantic import BaseModel, ConfigDict, Field, GetCoreSchemaHandler, PlainSerializer, PlainValidator
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from .._runtime.credentials import masked

T = TypeVar("T")

EVENT_LIMIT: Final = 2**24
"""Bytes of a client event: a little more than OpenAI's service takes of audio (15 MiB), in base64."""


class WireModel(BaseModel):
    """An object of the wire: unknown fields are kept (`model_extra`), and it is never changed after it was read."""

    # defer_build: some sixty models, of which a session meets twenty; each is built when it is first met.
    model_config: ClassVar[ConfigDict] = ConfigDict(extra="allow", frozen=True, defer_build=True)

    def __repr_args__(self) -> Iterator[tuple[str | None, Any]]:
        """The fields in its repr, without credentials: a tool that the server calls has some."""
        for name, value in super().__repr_args__():
            yield name, masked({name or "": value})[name or ""]


class _OnError:
    """An optional field: an invalid value becomes the default (in a list: is left out)."""

    def __init__(self, **behaviour: Any) -> None:
        self.behaviour = behaviour

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.with_default_schema(handler(source), **self.behaviour)


Loose: TypeAlias = Annotated[T | None, _OnError(on_error="default", default=None)]
"""A field that nothing depends on: None where the other side sent null or a value of the wrong type."""

Listed: TypeAlias = Annotated[
    tuple[Annotated[T, _OnError(on_error="omit")], ...], _OnError(on_error="default", default=())
]
"""A JSON array whose unreadable entries are left out; empty where the other side sent null or no array."""

Index: TypeAlias = Annotated[int, _OnError(on_error="default", default=0)]
"""The index of a content part; 0, the first and mostly only one, where the other side gives none."""

Object: TypeAlias = dict[str, Any]
"""A JSON object that this package passes on as it came."""

Milliseconds: TypeAlias = Annotated[int, Field(ge=0, le=2**53)]
"""A position or length in audio; larger integers would overflow where they become seconds."""


def _number(value: object) -> object:
    # Not `float`: that makes 8000.0 of 8000, and takes true and "8000" for numbers.
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise PydanticCustomError("number", "should be a number")
    if not abs(value) <= 2**53:  # so written for NaN's sake
        raise PydanticCustomError("number_size", "should be a finite number below 2^53")
    return value


def _as_it_came(value: float) -> Any:
    return value  # pydantic would write 5000 as 5000.0, which the service refuses where it expects an integer


Number: TypeAlias = Annotated[float, PlainValidator(_number), PlainSerializer(_as_it_came)]
"""A finite JSON number, as it came."""


def _decode(value: object) -> bytes:
    if isinstance(value, str):
        try:
            return pybase64.b64decode(value, validate=True)
        except ValueError:
            return _decode_unpadded(value)
    if isinstance(value, bytes | bytearray | memoryview):  # a model made by code, not read from a frame
        return bytes(value)
    raise PydanticCustomError("base64", "should be a string of base64")


def _decode_unpadded(value: str) -> bytes:
    """Read base64 whose padding was left off, which decoders of other languages allow."""
    try:
        return pybase64.b64decode(value + "=" * (-len(value) % 4), validate=True)
    except ValueError as error:
        raise PydanticCustomError("base64", "is not base64: {problem}", {"problem": str(error)}) from None


def _encode(value: bytes) -> str:
    return pybase64.b64encode_as_string(value)


Audio: TypeAlias = Annotated[
    bytes,
    PlainValidator(_decode),
    PlainSerializer(_encode, return_type=str),
    Field(repr=False),
]
"""Audio: bytes here, base64 on the wire. Decoded once, when the event is read."""


class Event(WireModel):
    """One event, of either side; `type` names it on the wire."""

    invalid_fields: ClassVar[tuple[str, ...]] = ()
    """The values that `parse` took as absent, such as "`response.metadata` should be an object, is a list".

    Mostly empty."""

    type: str
    event_id: Loose[str] = None

    def with_invalid_fields(self, invalid_fields: tuple[str, ...]) -> Self:
        """Attach the descriptions of invalid values."""
        # Beside the fields, where pydantic leaves cached properties alone: a private attribute would cost every event.
        vars(self)["invalid_fields"] = invalid_fields
        return self
