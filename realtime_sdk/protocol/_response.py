"""`response.created`, `response.done` and the items between them; `response.create`, `response.cancel`."""

from __future__ import annotations

from typing import Literal, TypeAlias

from ._base import Event, Index, Loose, Object
from ._objects import ContentPart, WireItem, WireResponse

__all__ = [
    "ResponseCancel",
    "ResponseContentPartAdded",
    "ResponseContentPartDone",
    "ResponseCreate",
    "ResponseCreated",
    "ResponseDone",
    "ResponseOutputItemAdded",
    "ResponseOutputItemDone",
]


class ResponseCreated(Event):
    """The server began a response; `response.metadata` is that of the request."""

    type: Literal["response.created"] = "response.created"
    response: WireResponse = WireResponse()  # some servers do not describe it


class ResponseDone(Event):
    """A response ended, as `response.status` says; always sent, without the audio."""

    type: Literal["response.done"] = "response.done"
    response: WireResponse = WireResponse()  # likewise: it is the only one that runs


class ResponseOutputItemAdded(Event):
    """The model began an item. Some servers send the same `output_index` for every item: go by order of arrival."""

    type: Literal["response.output_item.added"] = "response.output_item.added"
    response_id: str = ""  # "": that of the only response that runs
    output_index: Loose[int] = None
    item: WireItem


class ResponseOutputItemDone(Event):
    """An item is complete, or as complete as it will be."""

    type: Literal["response.output_item.done"] = "response.output_item.done"
    response_id: str = ""  # "": that of the only response that runs
    output_index: Loose[int] = None
    item: WireItem


class ResponseContentPartAdded(Event):
    """A message gained a content part."""

    type: Literal["response.content_part.added"] = "response.content_part.added"
    response_id: str = ""  # "": that of the only response that runs
    item_id: str = ""  # "": of the only message that is open
    output_index: Loose[int] = None
    content_index: Index = 0
    part: Loose[ContentPart] = None


class ResponseContentPartDone(Event):
    """A content part is complete."""

    type: Literal["response.content_part.done"] = "response.content_part.done"
    response_id: str = ""  # "": that of the only response that runs
    item_id: str
    output_index: Loose[int] = None
    content_index: Index = 0
    part: Loose[ContentPart] = None


class ResponseCreate(Event):
    """Client: answer now; `response` overrides fields of the session for this response."""

    type: Literal["response.create"] = "response.create"
    response: Object | None = None


class ResponseCancel(Event):
    """Client: stop this response (left out: the one in progress in the conversation)."""

    type: Literal["response.cancel"] = "response.cancel"
    response_id: str | None = None


FromServer: TypeAlias = (
    ResponseCreated | ResponseDone | ResponseOutputItemAdded | ResponseOutputItemDone | ResponseContentPartAdded
    | ResponseContentPartDone
)
FromClient: TypeAlias = ResponseCreate | ResponseCancel
