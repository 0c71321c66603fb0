"""The conversation as the server holds it: an ordered list of items."""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Iterator
from typing import Any, Final, TypeAlias

import pybase64

from ..audio._formats import AudioFormat
from ..audio._pcm import FRAME_BYTES, WIRE_RATE, Pcm, from_bytes, to_seconds
from ._ids import NewId
from ._refusal import Refusal

Event: TypeAlias = dict[str, Any]
"""One event of the wire as plain JSON."""

ROOT: Final = "root"
"""The `previous_item_id` that puts an item in front of all others."""


class HeldItem:
    """An item as the server holds it."""

    def __init__(self, wire: dict[str, Any]) -> None:
        self.wire = wire  # the wire's item object
        self.part_frames: Counter[int] = Counter()  # frames of audio at 24 kHz, by content index
        self.voiced = False  # whether it is audio of the model, or was before it was truncated

    def __repr__(self) -> str:
        return f"<HeldItem {self.id} {self.wire.get('role', self.wire['type'])} {self.seconds:.2f} s {self.text!r}>"

    @property
    def id(self) -> str:
        """The item's id."""
        return str(self.wire["id"])

    @property
    def frames(self) -> int:
        """Frames of its audio."""
        return self.part_frames.total()

    @property
    def seconds(self) -> float:
        """Seconds of its audio."""
        return to_seconds(self.frames)

    @property
    def text(self) -> str:
        """Its parts' texts and transcripts, joined."""
        return "".join(part.get("text") or part.get("transcript") or "" for part in self.wire.get("content", ()))

    def snapshot(self) -> dict[str, Any]:
        """Copy the wire's item in its present state."""
        return copy.deepcopy(self.wire)


class Conversation:
    """The items in order. All methods that take an `item_id` raise `Refusal` where there is no such item.

    Each costs the same however many items there are, but the iteration.
    """

    def __init__(self, conversation_id: str) -> None:
        self.id = conversation_id
        self._items: dict[str, HeldItem] = {}  # by id
        self._before: dict[str | None, str | None] = {None: None}  # each item's predecessor; that of None is the last
        self._after: dict[str | None, str | None] = {None: None}  # each item's successor; that of None is the first
        self._calls: Counter[str] = Counter()  # how many function calls have this `call_id`

    def __iter__(self) -> Iterator[HeldItem]:
        item_id = self._after[None]
        while item_id is not None:
            yield self._items[item_id]
            item_id = self._after[item_id]

    def __len__(self) -> int:
        return len(self._items)

    def __contains__(self, item_id: str) -> bool:
        return item_id in self._items

    def last(self) -> str | None:
        """Id of the last item."""
        return self._before[None]

    def add(self, item: HeldItem, previous_item_id: str | None = None) -> Event:
        """Insert `item` after another one (None: at the end); return the event that says so."""
        if item.id in self:
            raise Refusal("invalid_value", f"An item with the id '{item.id}' exists already.", param="item.id")
        if previous_item_id is None:
            previous = self.last()
        elif previous_item_id == ROOT:
            previous = None
        elif previous_item_id in self:
            previous = previous_item_id
        else:
            message = f"Error adding item: the previous item with id '{previous_item_id}' does not exist."
            raise Refusal("item_not_found", message, param="previous_item_id")
        self._items[item.id] = item
        following = self._after[previous]
        self._link(previous, item.id)
        self._link(item.id, following)
        if item.wire["type"] == "function_call":
            self._calls[item.wire["call_id"]] += 1
        return {"type": "conversation.item.added", "previous_item_id": previous, "item": item.snapshot()}

    def done(self, item: HeldItem) -> list[Event]:
        """Report that a generated item is complete; one that is out of band, or was deleted, is not reported."""
        if item.id not in self:
            return []
        # The service says null where the predecessor is the very first item; every recording agrees.
        previous = self._before[item.id]
        previous = None if previous == self._after[None] else previous
        return [{"type": "conversation.item.done", "previous_item_id": previous, "item": item.snapshot()}]

    def find(self, item_id: str, doing: str = "retrieving") -> HeldItem:
        """Return the item; `doing` is a word for the refusal: retrieving, truncating, deleting."""
        if (item := self._items.get(item_id)) is not None:
            return item
        code = f"item_{doing.removesuffix('ing')}e_invalid_item_id"
        raise Refusal(code, f"Error {doing} item: the item with id '{item_id}' does not exist.", param="item_id")

    def remove(self, item_id: str) -> None:
        """Remove an item."""
        item = self.find(item_id, "deleting")
        del self._items[item_id]
        self._link(self._before.pop(item_id), self._after.pop(item_id))
        if item.wire["type"] == "function_call":
            self._calls[item.wire["call_id"]] -= 1

    def has_call(self, call_id: str) -> bool:
        """Whether a function call with this `call_id` is among the items."""
        return self._calls[call_id] > 0

    def _link(self, item_id: str | None, following: str | None) -> None:
        """Let an item follow another; None stands for both ends."""
        self._after[item_id], self._before[following] = following, item_id


def new_item(item: dict[str, Any], new_id: NewId, format: AudioFormat) -> HeldItem:
    """Build the item that a client describes; raise `Refusal` if its audio is not in this format."""
    wire = {"id": item.get("id") or new_id("item"), "type": item["type"]}
    if item["type"] in ("message", "function_call"):
        wire["status"] = "completed"
    wire |= copy.deepcopy({key: value for key, value in item.items() if key not in (*wire, "status", "object")})
    held = HeldItem(wire)
    for index, part in enumerate(wire.get("content", ())):
        if part["type"] == "input_audio":
            pcm = decode(part.pop("audio", None) or "", format, f"item.content[{index}].audio")
            held.part_frames[index] = len(pcm) * WIRE_RATE // format.rate
            part.setdefault("transcript", None)
    if item["type"] == "function_call":
        wire.setdefault("call_id", new_id("call"))
    return held


def decode(audio: str, format: AudioFormat, param: str) -> Pcm:
    """Decode the audio in a client's field `param`; raise `Refusal` if it is not base64 of whole samples."""
    try:
        data = format.decode(pybase64.b64decode(audio, validate=True))
    except ValueError:
        message = f"Invalid '{param}'. Expected base64-encoded audio bytes."
        raise Refusal("invalid_value", message, param=param) from None
    if len(data) % FRAME_BYTES:
        message = f"Invalid '{param}': {len(data)} bytes are no whole number of 16-bit samples."
        raise Refusal("invalid_value", message, param=param)
    return from_bytes(data)
