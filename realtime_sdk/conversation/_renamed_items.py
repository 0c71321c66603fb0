"""Recognises items of a response that a compatible server renames in its last events."""

from __future__ import annotations

from collections.abc import Sequence

from ..protocol._objects import WireItem
from ._live_response import LiveResponseItem
from .items._live_items import LiveFunctionCall
from .message._live_message import LiveMessage


def paired(items: Sequence[LiveResponseItem], output: Sequence[WireItem]) -> dict[str, WireItem]:
    """Return the items that `response.done` describes, by the ids that they have here.

    A call is identified by its `call_id`, any other item by its type and its place among those without an id in
    `output`.
    """
    described, present = {item.id for item in output}, {item.id for item in items}
    unnamed = [item for item in items if item.id not in described]
    pairs: dict[str, WireItem] = {}
    for wire in output:
        match = _match(wire, unnamed) if wire.id not in present else None
        if match is not None:
            unnamed.remove(match)
        pairs[wire.id if match is None else match.id] = wire
    return pairs


def renamed(wire: WireItem, unended: Sequence[LiveResponseItem]) -> LiveResponseItem | None:
    """Return the item that ends under another id, where that is sure: the id may be of an item still to begin."""
    if wire.type == "function_call":
        return _match(wire, unended) if wire.call_id else None
    messages = (item for item in unended if isinstance(item, LiveMessage) and item.transcript)
    return next((message for message in messages if wire.text.startswith(message.transcript)), None)


def _match(wire: WireItem, unnamed: Sequence[LiveResponseItem]) -> LiveResponseItem | None:
    alike = [item for item in unnamed if item.type == wire.type]
    if wire.type == "function_call" and wire.call_id:
        calls = [item for item in alike if isinstance(item, LiveFunctionCall) and item.call_id]
        return next((call for call in calls if call.call_id == wire.call_id), None)
    return alike[0] if alike else None
