"""The base of the models of client events."""

from __future__ import annotations

from typing import Annotated, Any, Final, TypeAlias

from pydantic import BaseModel, ConfigDict, Discriminator, Field

MAX_ID: Final = 32
"""Characters of an item's id, and of a call's."""

Id: TypeAlias = Annotated[str, Field(max_length=MAX_ID)]
Milliseconds: TypeAlias = Annotated[int, Field(ge=0)]
Object: TypeAlias = dict[str, Any]


class Strict(BaseModel):
    """A model that refuses fields it does not know, and values of another type."""

    model_config = ConfigDict(extra="forbid", strict=True, defer_build=True)


def _form(value: object) -> str:
    return "fields" if isinstance(value, dict | BaseModel) else "word"


WORD_OR_FIELDS: Final = Discriminator(_form)
"""Chooses between an object and a word where a field may be either: an error is then about the one that was given."""
