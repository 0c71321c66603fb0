"""Items of an exported conversation, made again in a session."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final

from ...protocol._base import Object
from ...protocol._conversation import ConversationItemCreate
from ...protocol._objects import ContentPart, WireItem
from .._effects import NOTHING, Effects
from .._engine_state import EngineState
from .._live_conversation import LiveConversation, LiveConversationItem
from .._settings import MessageSettings
from ..items._items import ServerCopy
from ..items._live_items import LiveFunctionCall, LiveFunctionCallOutput
from ..items._live_mcp import tool_item
from ..message._live_message import LiveMessage
from ..message._playout import Playout
from ._exported import ExportedCall, ExportedItem, ExportedMessage, ExportedOutput
from ._wire_ids import WireIds, numbered

BURST: Final = 50
"""Items that are made, or given to the server, at a time: either takes some 20 µs."""


def restore(
    state: EngineState, items: Iterable[ExportedItem], settings: MessageSettings, ids: WireIds
) -> Iterator[Effects]:
    """Add exported items to the conversation, all in one step; the other steps make them, and send them to the server.

    ids: of the present connection, or of the last one. It is left unfinished where the server's connection is lost: the
    next one is given them with the rest.
    """
    read: list[ExportedItem] = []
    restored = LiveConversation.detached()
    for exported in items:
        read.append(exported)
        _add(restored, exported, state, settings)
        if len(read) % BURST == 0:
            yield NOTHING
    if any(state.find(item.id) is not None for item in restored.live_items):  # one has come meanwhile
        restored = LiveConversation.detached()
        for exported in read:
            _add(restored, exported, state, settings)
    for item in restored.live_items:
        state.conversation.add(item)
    ids.add_earlier(item.id for item in restored.live_items)
    if state.requests.connected:  # else the next server is given them with the rest
        yield from _given_to_server(state, restored, ids)


def _given_to_server(state: EngineState, restored: LiveConversation, ids: WireIds) -> Iterator[Effects]:
    restoration = state.restoration(restored, audio={})
    changes = restoration.changes()
    items = list(restored.live_items)
    while burst := tuple(islice(changes, BURST)):
        given = [change.item["id"] for change in burst if isinstance(change, ConversationItemCreate)]
        ids.add_earlier(given)  # the anchor, and the outputs of calls, among them
        for item_id in given:
            if (item := restored.get(item_id)) is not None:
                item.server_copy = ServerCopy.RESTORED
        is_last_given = items[-1].server_copy is not ServerCopy.NONE
        # What the server adds stands behind all that was restored.
        state.before_anchor = restoration.before_anchor if is_last_given else items[-1].id
        yield Effects(send=burst)


def _add(restored: LiveConversation, exported: ExportedItem, state: EngineState, settings: MessageSettings) -> None:
    """Make an item, with an id that neither the conversation nor the other items have.

    A message that was cut before anything of it was heard is forgotten, as it is in the session that cuts it.
    """
    item_id = exported.id
    if state.find(item_id) is not None or item_id in restored:
        item_id = numbered(item_id, 2, state.conversation, restored)
    item = _live_item(exported, item_id, settings)
    if isinstance(item, LiveMessage) and item.discarded:
        return
    item.server_copy = ServerCopy.NONE
    restored.add(item)


def _live_item(exported: ExportedItem, item_id: str, settings: MessageSettings) -> LiveConversationItem:
    fields: Object = {"id": item_id, "type": exported.type, "status": exported.final_status}
    match exported:
        case ExportedMessage():
            return _message(exported, item_id, settings)
        case ExportedCall(name=name, call_id=call_id, arguments=arguments):
            call = LiveFunctionCall(WireItem(**fields, name=name, call_id=call_id, arguments=arguments))
            call.closed = True
            if exported.output is not None:
                call._answer(exported.output)
            return call
        case ExportedOutput(call_id=call_id, output=output):
            return LiveFunctionCallOutput(WireItem(**fields, call_id=call_id, output=output))
    return tool_item(exported.wire(item_id))


def _message(exported: ExportedMessage, item_id: str, settings: MessageSettings) -> LiveMessage:
    generated = exported.text if exported.generated is None else exported.generated
    if exported.role == "assistant":
        parts = [ContentPart(type="output_text", text=generated)]
    elif exported.spoken:
        parts = [ContentPart(type="input_audio", transcript=generated or None)]
    else:
        parts = [ContentPart(type="input_text", text=generated)] if generated else []
    parts += [ContentPart(**image) for image in exported.images]
    wire = WireItem(
        id=item_id, type="message", status=exported.final_status, role=exported.role, phase=exported.phase,
        content=tuple(parts),
    )  # fmt: skip
    playout = Playout(
        item_id, exported.started_at, exported.finished_at, exported.position, exported.duration,
        exported.was_cut, exported.text,
    )  # fmt: skip
    message = LiveMessage(wire, settings, playout=playout)
    message.transcription_ended = True
    return message
