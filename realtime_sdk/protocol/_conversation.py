"""`conversation.*`: the items that the server holds, and how the client changes them."""

from __future__ import annotations

from typing import Literal, TypeAlias

from ._base import Event, Index, Loose, Milliseconds, Object
from ._objects import WireItem

__all__ = [
    "ConversationCreated",
    "ConversationItemAdded",
    "ConversationItemCreate",
    "ConversationItemDelete",
    "ConversationItemDeleted",
    "ConversationItemDone",
    "ConversationItemRetrieve",
    "ConversationItemRetrieved",
    "ConversationItemTruncate",
    "ConversationItemTruncated",
]


class _AnnouncedItem(WireItem):
    """An item as its server announces it."""

    id: str = ""  # "": the server does not say which


class ConversationCreated(Event):
    """The server opened a conversation."""

    type: Literal["conversation.created"] = "conversation.created"
    conversation: Loose[Object] = None


class ConversationItemAdded(Event):
    """An item entered the conversation after `previous_item_id`.

    Null: it is the first; absent (not in `model_fields_set`): the server does not say.
    """

    type: Literal["conversation.item.added"] = "conversation.item.added"
    previous_item_id: str | None = None
    item: _AnnouncedItem


class ConversationItemDone(Event):
    """An item is complete. `previous_item_id` is often null here: trust that of `conversation.item.added`."""

    type: Literal["conversation.item.done"] = "conversation.item.done"
    previous_item_id: Loose[str] = None
    item: _AnnouncedItem


class ConversationItemRetrieved(Event):
    """The answer to `conversation.item.retrieve`: the item with its audio, as the server holds it."""

    type: Literal["conversation.item.retrieved"] = "conversation.item.retrieved"
    item: WireItem


class ConversationItemTruncated(Event):
    """The server cut an item's audio at `audio_end_ms` and dropped its transcript."""

    type: Literal["conversation.item.truncated"] = "conversation.item.truncated"
    item_id: str
    content_index: Index = 0
    audio_end_ms: Loose[Milliseconds] = None


class ConversationItemDeleted(Event):
    """The server deleted an item."""

    type: Literal["conversation.item.deleted"] = "conversation.item.deleted"
    item_id: str


class ConversationItemCreate(Event):
    """Client: add an item, after `previous_item_id` (left out: at the end; `"root"`: in front)."""

    type: Literal["conversation.item.create"] = "conversation.item.create"
    previous_item_id: str | None = None
    item: Object


class ConversationItemRetrieve(Event):
    """Client: send me this item with its audio."""

    type: Literal["conversation.item.retrieve"] = "conversation.item.retrieve"
    item_id: str


class ConversationItemTruncate(Event):
    """Client: of this assistant's item only `audio_end_ms` were heard; never more than the server sent."""

    type: Literal["conversation.item.truncate"] = "conversation.item.truncate"
    item_id: str
    content_index: int
    audio_end_ms: int


class ConversationItemDelete(Event):
    """Client: delete this item."""

    type: Literal["conversation.item.delete"] = "conversation.item.delete"
    item_id: str


FromServer: TypeAlias = (
    ConversationCreated | ConversationItemAdded | ConversationItemDone | ConversationItemRetrieved
    | ConversationItemTruncated | ConversationItemDeleted
)
FromClient: TypeAlias = (
    ConversationItemCreate | ConversationItemRetrieve | ConversationItemTruncate | ConversationItemDelete
)
