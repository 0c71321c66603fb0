"""Every client event as a strict model.

The models are stricter than those of `realtime_sdk.protocol`, on purpose: here a field that
the service does not know is an error.
"""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from pydantic import Field, TypeAdapter

from ._item_models import MAX_AUDIO, InputItem, NewItem
from ._session_models import AudioOutput, Generation, SessionFields, TranscriptionFields
from ._strict import Milliseconds, Strict


class ResponseAudio(Strict):
    """The audio of one response."""

    output: AudioOutput | None = None


class ResponseFields(Generation):
    """The `response` of `response.create`: its fields replace the session's for this response."""

    conversation: Literal["auto", "none"] | None = None
    metadata: Annotated[dict[str, str], Field(max_length=16)] | None = None
    input: list[InputItem] | None = None
    audio: ResponseAudio | None = None


class _ClientEvent(Strict):
    type: str
    event_id: Annotated[str, Field(max_length=512)] | None = None


class SessionUpdate(_ClientEvent):
    """Change the session."""

    session: Annotated[SessionFields | TranscriptionFields, Field(discriminator="type")]


class Append(_ClientEvent):
    """More of the user's audio."""

    audio: Annotated[str, Field(max_length=MAX_AUDIO)]


class ItemCreate(_ClientEvent):
    """Add an item after `previous_item_id`: `None` is the end, `"root"` the beginning."""

    item: NewItem
    previous_item_id: str | None = None


class ItemNamed(_ClientEvent):
    """An event about one item."""

    item_id: str


class ItemTruncate(ItemNamed):
    """Remove the audio of an item that was not heard."""

    content_index: Annotated[int, Field(ge=0)]
    audio_end_ms: Milliseconds


class ResponseCreate(_ClientEvent):
    """Ask for a response."""

    response: ResponseFields | None = None


class ResponseCancel(_ClientEvent):
    """Stop a response: that of the conversation, unless one is named."""

    response_id: str | None = None


CLIENT_EVENTS: Final[dict[str, TypeAdapter[Any]]] = {
    "session.update": TypeAdapter(SessionUpdate),
    "input_audio_buffer.append": TypeAdapter(Append),
    "input_audio_buffer.commit": TypeAdapter(_ClientEvent),
    "input_audio_buffer.clear": TypeAdapter(_ClientEvent),
    "conversation.item.create": TypeAdapter(ItemCreate),
    "conversation.item.retrieve": TypeAdapter(ItemNamed),
    "conversation.item.truncate": TypeAdapter(ItemTruncate),
    "conversation.item.delete": TypeAdapter(ItemNamed),
    "response.create": TypeAdapter(ResponseCreate),
    "response.cancel": TypeAdapter(ResponseCancel),
}
"""Every client event that a WebSocket client may send, by its type."""
