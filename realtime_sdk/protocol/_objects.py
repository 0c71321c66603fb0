"""The objects inside events: conversation items, their content parts, responses, errors."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Annotated, Any, Final, TypeAlias

from pydantic import AfterValidator, BeforeValidator, FiniteFloat, model_validator

from .._runtime.credentials import mask_text, masked
from .._runtime.text import printable
from ._base import Listed, Loose, WireModel
from ._usage import WireUsage

__all__ = [
    "ContentPart",
    "ErrorDetails",
    "RateLimit",
    "StatusDetails",
    "WireItem",
    "WireResponse",
]


class KeptObject(WireModel):
    """An object that is kept for as long as the conversation: those that have the same fields share their names."""

    def model_post_init(self, context: Any) -> None:
        """Share the names of the fields that were set: a set of its own would be half of its size."""
        object.__setattr__(self, "__pydantic_fields_set__", _shared_names(frozenset(self.model_fields_set)))


@lru_cache(256)
def _shared_names(names: frozenset[str]) -> set[str]:
    """The one set of these names; nothing changes it, as objects of the wire are frozen, and copies have their own."""
    return set(names)


class ContentPart(KeptObject):
    """A part of a message: its `type` says which of the other fields it has.

    Types: `input_text`, `input_audio`, `input_image`, `output_text`, `output_audio`; in `response.content_part.*` and
    in other servers' items also `text` and `audio`.
    """

    type: str
    text: Loose[str] = None
    transcript: Loose[str] = None
    audio: Loose[str] = None  # base64 as it came; seen in `conversation.item.retrieved` only


class WireItem(KeptObject):
    """A conversation item as the server describes it; which fields it has depends on `type`."""

    id: str
    type: str  # message, function_call, function_call_output, mcp_call, mcp_list_tools, mcp_approval_request, …
    status: str | None = None  # in_progress, completed, incomplete
    role: str | None = None  # of a message: user, assistant, system
    phase: str | None = None  # of an assistant's message: commentary, final_answer, or whatever the server says
    content: Listed[ContentPart] = ()
    name: str | None = None
    call_id: str | None = None
    arguments: str | None = None  # of a function_call: a JSON object as text, unchecked
    output: str | None = None  # of a function_call_output

    @property
    def text(self) -> str:
        """The texts of its content, joined."""
        return "".join(content.transcript or content.text or "" for content in self.content)


_TEXTS: Final = ("message", "detail", "details", "description", "reason", "text", "error")
"""The fields in which servers say what went wrong, beginning with the service's."""

_NESTED: Final = 3
"""Objects in one another in which the text is looked for."""

_QUOTED: Final = 200
"""Characters that are quoted of an error without a text."""


class ErrorDetails(WireModel):
    """What went wrong; `event_id` is that of our client event, where the server says.

    `message` is the server's text, whichever field it is in; without text and code, the beginning of what it sent.
    """

    type: Loose[str] = None  # invalid_request_error, server_error, …
    code: Loose[str] = None
    message: Loose[Annotated[str, AfterValidator(mask_text)]] = None  # it may quote the address of a tool
    param: Loose[str] = None
    event_id: Loose[str] = None

    @property
    def text(self) -> str:
        """What went wrong, in words; never empty."""
        return self.message or self.code or "the server sent an error without a message"

    @model_validator(mode="before")
    @classmethod
    def _with_message(cls, value: object) -> object:
        if isinstance(value, str):
            return {"message": value}
        if not isinstance(value, dict) or _is_text(value.get("message")):
            return value
        given = {name: inner for name, inner in value.items() if inner not in (None, "")}
        text = error_text(given) or ("" if _is_text(value.get("code")) or not given else _beginning(given))
        return {**value, "message": text} if text else value


def error_text(value: object) -> str:
    """The text in an error of whatever form; empty: there is none."""
    return _text_in(value, _NESTED)


def _text_in(value: object, depth: int) -> str:
    if isinstance(value, Mapping) and depth:
        return next((text for name in _TEXTS if (text := _text_in(value.get(name), depth - 1))), "")
    return str(value) if _is_text(value) else ""


def _is_text(value: object) -> bool:
    return isinstance(value, str) and not value.isspace() and value != ""


def _beginning(value: object) -> str:
    """The beginning of a value as JSON, without credentials."""
    try:
        return printable(json.dumps(masked(value), ensure_ascii=False)[:_QUOTED])
    except RecursionError:  # it is nested too deeply
        return ""


def as_details(value: object) -> object:
    """Turn whatever a server sent into the object that belongs here: no error is lost because of its form."""
    if value is None:
        return {}
    return value if isinstance(value, dict | str | ErrorDetails) else {"message": _beginning(value)}


def _bare_word(value: object) -> object:
    # xAI sends "unimplemented" in every response.
    return None if isinstance(value, str) else value


Error: TypeAlias = Annotated[ErrorDetails, BeforeValidator(as_details)]
"""An error's details, in whatever form they came."""


class StatusDetails(WireModel):
    """Why a response ended as it did."""

    type: str | None = None  # the response's status once more
    reason: str | None = None  # turn_detected, client_cancelled, max_output_tokens, content_filter
    error: ErrorDetails | None = None  # of a failed response


class WireResponse(WireModel):
    """A response as the server describes it."""

    id: str = ""  # "": the server does not say which
    status: str | None = None  # in_progress, completed, cancelled, incomplete, failed
    status_details: Annotated[StatusDetails | None, BeforeValidator(_bare_word)] = None
    output: tuple[WireItem, ...] = ()
    conversation_id: str | None = None  # null: out of band, writes to no conversation
    output_modalities: Listed[str] = ()
    usage: Loose[WireUsage] = None
    metadata: dict[str, str] | None = None  # as the request gave it; entries that are no strings are left out


class RateLimit(WireModel):
    """How much of a limit is left, and after how many seconds it is whole again."""

    name: Loose[str] = None  # requests, tokens
    limit: Loose[int] = None
    remaining: Loose[int] = None
    reset_seconds: Loose[FiniteFloat] = None
