"""The conversation as a server has to be given it: what was heard, tool calls with their outputs, in order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final, TypeAlias

import pybase64

from ...protocol._base import Object
from ...protocol._conversation import ConversationItemCreate, ConversationItemDelete
from .._live_conversation import LiveConversation, LiveConversationItem
from ..items._items import ServerCopy
from ..items._live_items import LiveFunctionCall, LiveFunctionCallOutput
from ..items._live_mcp import LiveMcpCall
from ..message._live_message import LiveMessage
from ._wire_ids import ROOT

UNTRANSCRIBED: Final = "[speech that was not transcribed]"
"""The text that stands for a user's speech of which there is neither a transcript nor the audio."""

ANCHOR_ID: Final = "realtime_sdk.anchor"

ANCHOR: Final = (
    "The conversation above was spoken aloud, and is repeated here as text. "
    "Go on speaking, in the language in which it was held."
)
"""A system message behind a restored history: where a model's messages return as text, it may go on in writing, or in
another language."""

_Change: TypeAlias = ConversationItemCreate | ConversationItemDelete


class Restoration:
    """The items of a conversation that one server was given, and those that it still lacks."""

    def __init__(
        self, conversation: LiveConversation, audio: Mapping[str, bytes], *, running: Callable[[str], bool],
        spoken: bool,
    ) -> None:  # fmt: skip
        self._conversation = conversation
        self._running = running  # whether the call of this id runs: it is given later, with its output
        self._spoken = spoken  # the model answers by voice
        self._audio = audio  # of spoken turns that may lack a transcript, in the input format, by item id
        self._given: dict[str, Object] = {}  # the wire's items, by id
        self._refused: set[str] = set()  # ids of items that the server did not take
        self._kept: set[str] = set()  # ids of items that it has kept from an earlier connection, as they were
        self.before_anchor: str | None = None  # id of the item in front of the anchor; None: there is no item

    @property
    def held_before(self) -> set[str]:
        """The ids of the items that the last server held."""
        return {item.id for item in self._conversation.live_items if item.server_copy is not ServerCopy.NONE}

    def keep(self, item_ids: Iterable[str]) -> None:
        """The server has these items from an earlier connection. What was not heard in full, it has in full."""
        wanted = {item["id"]: item for item in self._wanted()}
        for item_id in item_ids:
            item = self._conversation.get(item_id)
            if isinstance(item, LiveFunctionCall) and self._running(item_id):
                self._kept.add(item_id)
                continue
            is_right = item_id in wanted and not (isinstance(item, LiveMessage) and item.interrupted)
            self._given[item_id] = wanted[item_id] if is_right else {}
            if is_right:
                self._kept.add(item_id)

    def changes(self) -> Iterator[_Change]:
        """The events after which the server holds the conversation as it was heard; the next call starts from there.

        They are made as they are taken: what changes meanwhile, the next call finds.
        """
        wanted = (item for item in self._wanted() if item["id"] not in self._refused)
        if self._given:
            known = {item["id"]: item for item in wanted}
            yield from self._deletions(known)
            wanted = (item for item in known.values())
        behind = set(self._given)  # ids of those behind the present place
        previous, speaks = ROOT, False
        for item in wanted:
            item_id = item["id"]
            speaks = speaks or item.get("role") == "assistant"
            behind.discard(item_id)
            if item_id not in self._given:
                yield self._creation(item, previous if behind else None)
            self.before_anchor = previous = item_id
        if previous == ROOT:
            self.before_anchor = None
        if self._needs_anchor(speaks=speaks) and ANCHOR_ID not in self._given:
            anchor = {"id": ANCHOR_ID, "type": "message", "role": "system", "content": _text_content("system", ANCHOR)}
            yield self._creation(anchor, None)

    def _deletions(self, wanted: Mapping[str, Object]) -> Iterator[_Change]:
        """Delete what the server was given, and is not to hold, or in another form."""
        speaks = any(item.get("role") == "assistant" for item in wanted.values())
        for item_id, given in list(self._given.items()):
            is_right = self._needs_anchor(speaks=speaks) if item_id == ANCHOR_ID else wanted.get(item_id) == given
            if not is_right:
                self._kept.discard(item_id)
                del self._given[item_id]
                yield ConversationItemDelete(item_id=item_id)

    def _creation(self, item: Object, previous: str | None) -> _Change:
        """Give the server an item, behind another one, or (None) behind all it has."""
        self._given[item["id"]] = item
        place = {} if previous is None else {"previous_item_id": previous}
        return ConversationItemCreate(item=item, **place)

    def _needs_anchor(self, *, speaks: bool) -> bool:
        """Whether the history needs an anchor; `speaks`: the model has said something in it."""
        return self._spoken and speaks

    def knows(self, item_id: str) -> bool:
        """Whether it is an item of the conversation, or the anchor."""
        return item_id == ANCHOR_ID or item_id in self._conversation

    def refuse(self, item_id: str) -> None:
        """The server did not take an item."""
        self._refused.add(item_id)
        self._given.pop(item_id, None)

    def server_copy(self, item_id: str) -> ServerCopy:
        """How the server holds an item now."""
        if item_id in self._kept:
            return ServerCopy.ORIGINAL
        return ServerCopy.RESTORED if item_id in self._given else ServerCopy.NONE

    @property
    def carried(self) -> tuple[LiveConversationItem, ...]:
        """The items that the server was given."""
        return tuple(item for item in self._conversation.live_items if item.id in self._given)

    @property
    def lost(self) -> tuple[LiveConversationItem, ...]:
        """The items that the server lacks, or knows only to have existed."""
        return tuple(item for item in self._conversation.live_items if self._is_lost(item))

    def _is_lost(self, item: LiveConversationItem) -> bool:
        given = self._given.get(item.id)
        if given is None and isinstance(item, LiveFunctionCall) and self._running(item.id):
            return False
        return given is None or given.get("content") == _UNTRANSCRIBED_CONTENT

    def _wanted(self) -> Iterator[Object]:
        """The wire's items that the server is to hold, in order."""
        items = list(self._conversation.live_items)
        outputs = {item.call_id for item in items if isinstance(item, LiveFunctionCallOutput)}
        answered: set[str] = set()
        for item in items:
            match item:
                case LiveMessage():
                    if (message := wire_message(item, self._audio.get(item.id))) is not None:
                        yield message
                case LiveFunctionCall() if item.output is not None or item.call_id in outputs:
                    yield wire_call(item)
                    answered.add(item.call_id)
                    if item.call_id not in outputs:
                        yield wire_output(item.id + ".output", item.call_id, item.output or "")
                case LiveFunctionCallOutput() if item.call_id in answered:
                    yield wire_output(item.id, item.call_id, item.output)
                case LiveMcpCall() if item.has_result:
                    yield item.wire.model_dump(mode="json", exclude_unset=True, exclude={"status"})


_UNTRANSCRIBED_CONTENT: Final[list[Object]] = [{"type": "input_text", "text": UNTRANSCRIBED}]


def wire_message(message: LiveMessage, audio: bytes | None = None) -> Object | None:
    """A message as a server takes it: the text that was heard; None: nothing of it was heard or said."""
    role = message.role
    content = _text_content(role, message.heard_text) if role == "assistant" else _content(message, audio)
    return {"id": message.id, "type": "message", "role": role, "content": content} if content else None


def wire_call(call: LiveFunctionCall) -> Object:
    """A function call as a server takes it."""
    call_fields = {"name": call.name, "call_id": call.call_id, "arguments": call.arguments}
    return {"id": call.id, "type": "function_call", **call_fields}


def wire_output(item_id: str, call_id: str, output: str) -> Object:
    """The answer to a call as a server takes it."""
    return {"id": item_id, "type": "function_call_output", "call_id": call_id, "output": output}


def replacement(message: LiveMessage, previous: str) -> list[_Change]:
    """The events after which a server holds only the text that was heard in place of a message."""
    heard = wire_message(message)
    again = [ConversationItemCreate(previous_item_id=previous, item=heard)] if heard is not None else []
    return [ConversationItemDelete(item_id=message.id), *again]


def _content(message: LiveMessage, audio: bytes | None) -> list[Object]:
    """The content of a message that the user, or the application, has sent."""
    parts: list[Object] = []
    spoken = False
    for part in message.wire.content:
        if part.type == "input_image" and "image_url" in (part.model_extra or {}):
            parts.append(part.model_dump(mode="json", exclude_unset=True))
        elif part.type == "input_text" and part.text:
            parts += _text_content(message.role, part.text)
        spoken = spoken or part.type == "input_audio"
    if spoken or not message.wire.content:
        parts += _speech(message, audio)
    return parts


def _speech(message: LiveMessage, audio: bytes | None) -> list[Object]:
    if message.transcript:
        return _text_content("user", message.transcript)
    if audio:
        return [{"type": "input_audio", "audio": pybase64.b64encode_as_string(audio)}]
    return _text_content("user", UNTRANSCRIBED)


def _text_content(role: str, text: str) -> list[dict[str, Any]]:
    kind = "output_text" if role == "assistant" else "input_text"
    return [{"type": kind, "text": text}] if text else []
